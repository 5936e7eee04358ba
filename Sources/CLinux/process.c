#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int linux_spawn(pid_t *process, const char *path, char *const arguments[], char *const environment[], int input,
                int output, int errors)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int code = posix_spawn_file_actions_init(&files);
    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code != 0) {
        posix_spawn_file_actions_destroy(&files);
        return code;
    }
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if ((code = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO)) == 0
        && (code = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO)) == 0
        && (code = posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO)) == 0
        && (code = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1)) == 0)
        code = posix_spawn(process, path, &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

int linux_process_descriptor(pid_t process)
{
    return (int)syscall(SYS_pidfd_open, process, 0);
}

int linux_sealed_file(const void *bytes, size_t size)
{
    int file = memfd_create("event", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0)
        return -1;
    size_t written = 0;
    while (written < size) {
        ssize_t count = write(file, (const char *)bytes + written, size - written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            goto failed;
        written += (size_t)count;
    }
    if (lseek(file, 0, SEEK_SET) != 0
        || fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
        goto failed;
    return file;
failed:;
    int code = errno;
    close(file);
    errno = code;
    return -1;
}

static int caught = -1;

static void note(int signal)
{
    int code = errno;
    unsigned char number = (unsigned char)signal;
    ssize_t written = write(caught, &number, 1);
    (void)written;
    errno = code;
}

int linux_catch_signals(const int *signals, size_t count)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    caught = ends[1];
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    // Whoever started this process may have held them back.
    sigset_t wanted;
    sigemptyset(&wanted);
    for (size_t index = 0; index < count; index++) {
        sigaddset(&wanted, signals[index]);
        if (sigaction(signals[index], &action, NULL) != 0)
            return -1;
    }
    pthread_sigmask(SIG_UNBLOCK, &wanted, NULL);
    return ends[0];
}
