// Forgets one width of registers, for the next.
#undef VECTOR
#undef WIDTH
#undef MOST
#undef ZERO
#undef LOAD
#undef BROADCAST
#undef FINISH
