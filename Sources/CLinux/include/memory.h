#ifndef CLINUX_MEMORY_H
#define CLINUX_MEMORY_H

/// Gives back the pages of program code that are mapped by now, most of which only the start needed; what is needed again is
/// mapped again, from the page cache. For a service that does little from then on: its part of the memory halves.
void linux_release_code(void);

#endif
