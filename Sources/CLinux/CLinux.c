#define _GNU_SOURCE
#include "CLinux.h"

int linux_name_this_thread(const char *name)
{
    return pthread_setname_np(pthread_self(), name);
}

int linux_join_thread(pthread_t thread, struct timespec deadline)
{
#if defined(__has_feature) && __has_feature(thread_sanitizer)
    // ThreadSanitizer knows of no join by a chosen clock: it would take the thread as never ended.
    (void)deadline;
    return pthread_join(thread, NULL);
#else
    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline);
#endif
}
