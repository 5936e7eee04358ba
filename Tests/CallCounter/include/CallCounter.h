#ifndef CALL_COUNTER_H
#define CALL_COUNTER_H

#include <stdint.h>

/// What one thread has asked for since it was named. 64 bytes, little-endian on the machines we run on.
struct call_counts {
    char name[16]; ///< the thread's name, zero-terminated; empty in an unused slot
    uint64_t malloc_calls;
    uint64_t calloc_calls;
    uint64_t realloc_calls;
    uint64_t aligned_calls; ///< posix_memalign, aligned_alloc, memalign
    uint64_t free_calls;    ///< of pointers that are not null
    uint64_t lock_calls;    ///< of mutexes, locks, conditions, semaphores, and of the kernel by number, as for a futex
};

/// The file that `CALL_COUNTER_FILE` names: 1024 bytes, made and mapped when the library is loaded.
struct call_file {
    char magic[8];      ///< "CALLCNT" and a zero
    uint64_t version;   ///< 1
    uint64_t unused[6]; ///< zero
    struct call_counts threads[15];
};

#endif
