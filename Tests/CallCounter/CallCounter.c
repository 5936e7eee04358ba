// Counts allocations and locks per named thread, for tests that show that a thread makes and takes none.
//
//     CALL_COUNTER_FILE=/tmp/counts LD_PRELOAD=.../libCallCounter.so attuned ...
//
// A thread is counted from the moment it names itself with pthread_setname_np; threads with no name are not counted,
// threads with the same name share a slot. The file's layout is in CallCounter.h; read it before and after a
// span of time.
#define _GNU_SOURCE
#include "CallCounter.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// glibc's own allocator under its internal names: asking dlsym for it would allocate inside malloc.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static struct call_file *file;
static pthread_mutex_t naming = PTHREAD_MUTEX_INITIALIZER;
// Initial-exec: the dynamic model would allocate on a thread's first access, inside malloc.
static _Thread_local struct call_counts *counts __attribute__((tls_model("initial-exec")));

static void count(uint64_t *calls)
{
    // Relaxed, and atomic because threads with the same name share their slot.
    __atomic_fetch_add(calls, 1, __ATOMIC_RELAXED);
}

__attribute__((constructor)) static void open_file(void)
{
    const char *path = getenv("CALL_COUNTER_FILE");
    int descriptor = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (descriptor < 0)
        return;
    void *mapped = MAP_FAILED;
    if (ftruncate(descriptor, sizeof *file) == 0)
        mapped = mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (mapped == MAP_FAILED)
        return;
    file = mapped;
    file->version = 1;
    memcpy(file->magic, "CALLCNT", 8);
}

static struct call_counts *slot_named(const char *name)
{
    struct call_counts *found = NULL;
    pthread_mutex_lock(&naming);
    for (size_t i = 0; i < sizeof file->threads / sizeof *file->threads && !found; i++) {
        struct call_counts *slot = &file->threads[i];
        if (slot->name[0] == '\0')
            strncpy(slot->name, name, sizeof slot->name - 1);
        if (strncmp(slot->name, name, sizeof slot->name - 1) == 0)
            found = slot;
    }
    pthread_mutex_unlock(&naming);
    return found;
}

int pthread_setname_np(pthread_t thread, const char *name)
{
    int (*real)(pthread_t, const char *) = (int (*)(pthread_t, const char *))dlsym(RTLD_NEXT, "pthread_setname_np");
    int result = real ? real(thread, name) : ENOSYS;
    if (file && pthread_equal(thread, pthread_self()))
        counts = slot_named(name);
    return result;
}

void *malloc(size_t size)
{
    if (counts)
        count(&counts->malloc_calls);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    if (counts)
        count(&counts->calloc_calls);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
    if (counts)
        count(&counts->realloc_calls);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    if (counts)
        count(&counts->aligned_calls);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *allocated = memalign(alignment, size);
    if (!allocated)
        return ENOMEM;
    *memory = allocated;
    return 0;
}

void free(void *memory)
{
    if (counts && memory)
        count(&counts->free_calls);
    __libc_free(memory);
}

// What may wait for another thread. The library that defines it is asked once: after that a call costs nothing more.
#define COUNTED_LOCK(result, name, parameters, arguments)                                                              \
    result name parameters                                                                                             \
    {                                                                                                                  \
        static result(*real) parameters;                                                                               \
        if (!real)                                                                                                     \
            real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                                                      \
        if (counts)                                                                                                    \
            count(&counts->lock_calls);                                                                                \
        return real arguments;                                                                                         \
    }

COUNTED_LOCK(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
COUNTED_LOCK(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
COUNTED_LOCK(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
COUNTED_LOCK(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex), (condition, mutex))
COUNTED_LOCK(int, sem_wait, (sem_t * semaphore), (semaphore))

// Swift's Mutex, where it has to wait: a futex by its number. Every such call has at most six arguments.
long syscall(long number, ...)
{
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    static long (*real)(long, ...);
    if (!real)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    if (counts)
        count(&counts->lock_calls);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
