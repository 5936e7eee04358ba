#define _GNU_SOURCE
#include "CLinux.h"

int linux_name_this_thread(const char *name)
{
    return pthread_setname_np(pthread_self(), name);
}

int linux_join_thread(pthread_t thread, struct timespec deadline)
{
    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline);
}
