#ifndef CLINUX_H
#define CLINUX_H

// What Linux has and Swift's Glibc module leaves out, because it is not POSIX.
#include "memory.h"
#include "process.h"
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>

/// Names the calling thread; at most 15 bytes. 0 or an errno.
int linux_name_this_thread(const char *name);

/// Waits for the end of a thread until a time of CLOCK_MONOTONIC. 0 or an errno, ETIMEDOUT if it still runs.
int linux_join_thread(pthread_t thread, struct timespec deadline);

#endif
