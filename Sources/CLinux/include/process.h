#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

/// Starts a program in a session of its own, with every signal as it is by default, these three descriptors for standard
/// input, output and errors, and no other. 0 or an errno, also for what keeps the program from being executed.
int linux_spawn(pid_t *process, const char *path, char *const arguments[], char *const environment[], int input,
                int output, int errors);

/// A descriptor that can be read once the process has ended (Linux 5.3); -1 and errno without one.
int linux_process_descriptor(pid_t process);

/// A file without a name that holds these bytes and can only be read, from its beginning; -1 and errno without one.
int linux_sealed_file(const void *bytes, size_t size);

/// From now on these signals come as bytes, each its number, through the descriptor that is returned; -1 and errno if they
/// cannot. Once in a process.
int linux_catch_signals(const int *signals, size_t count);

#endif
