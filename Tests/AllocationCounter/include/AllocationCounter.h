#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/// What one thread has asked of the allocator since it was named. 64 bytes, little-endian on the machines we run on.
struct allocation_counts {
    char name[16]; ///< the thread's name, zero-terminated; empty in an unused slot
    uint64_t malloc_calls;
    uint64_t calloc_calls;
    uint64_t realloc_calls;
    uint64_t aligned_calls; ///< posix_memalign, aligned_alloc, memalign
    uint64_t free_calls;    ///< of pointers that are not null
    uint64_t bytes;         ///< asked for by all of the above together
};

/// The file that `ALLOCATION_COUNTER_FILE` names: 1024 bytes, made and mapped when the library is loaded.
struct allocation_file {
    char magic[8];      ///< "ALLOCNT" and a zero
    uint64_t version;   ///< 1
    uint64_t unused[6]; ///< zero
    struct allocation_counts threads[15];
};

#endif
