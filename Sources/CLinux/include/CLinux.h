#ifndef CLINUX_H
#define CLINUX_H

// What Linux has and Swift's Glibc module leaves out, because it is not POSIX.
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>

/// Names the calling thread; at most 15 bytes. 0 or an errno.
int linux_name_this_thread(const char *name);

/// Joins a thread by a deadline of CLOCK_MONOTONIC. 0, ETIMEDOUT, or another errno.
int linux_join(pthread_t thread, const struct timespec *deadline);

#endif
