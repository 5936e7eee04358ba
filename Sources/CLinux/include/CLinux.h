#ifndef CLINUX_H
#define CLINUX_H

// What Linux has and Swift's Glibc module leaves out, because it is not POSIX.
#include <sys/eventfd.h>

/// Names the calling thread; at most 15 bytes. 0 or an errno.
int linux_name_this_thread(const char *name);

#endif
