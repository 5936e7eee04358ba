// Holds one thread of another process, as if it had died: freeze-thread PID NAME, until it is killed. NAME is how the
// thread's name begins.
//
// It is held while it waits for something: elsewhere it may have a lock that every thread needs, such as the allocator's,
// and what then stands is the process.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int has_name(const char *process, const char *thread, const char *wanted)
{
    char path[300], name[64] = "";
    snprintf(path, sizeof path, "/proc/%s/task/%s/comm", process, thread);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    int found = fgets(name, sizeof name, file) != NULL;
    fclose(file);
    name[strcspn(name, "\n")] = '\0';
    return found && !strncmp(name, wanted, strlen(wanted));
}

// Whether a thread sleeps in a system call; of one that is held, it must not be asked whether it sleeps.
static int is_waiting(const char *process, const char *thread, int is_held)
{
    char path[300], content[512] = "";
    snprintf(path, sizeof path, "/proc/%s/task/%s/%s", process, thread, is_held ? "syscall" : "stat");
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    if (is_held) // "-1 …" where it is in none
        return content[0] >= '0' && content[0] <= '9';
    const char *state = strrchr(content, ')'); // the name before it may hold anything
    return state && !strncmp(state, ") S", 3);
}

// Holds a thread that is traced. Returns 0 if it never waits, or is gone.
static int hold(const char *process, const char *name, pid_t thread)
{
    for (int tries = 0; tries < 5000; ++tries) {
        int status;
        if (is_waiting(process, name, 0)) {
            if (ptrace(PTRACE_INTERRUPT, thread, 0, 0) || waitpid(thread, &status, __WALL) != thread)
                return 0;
            if (is_waiting(process, name, 1))
                return 1;
            if (ptrace(PTRACE_CONT, thread, 0, 0))
                return 0;
        }
        usleep(500);
    }
    return 0;
}

int main(int count, char **arguments)
{
    char path[64];
    if (count != 3)
        return 64;
    snprintf(path, sizeof path, "/proc/%.20s/task", arguments[1]);
    DIR *threads = opendir(path);
    for (struct dirent *entry; threads && (entry = readdir(threads));) {
        if (!has_name(arguments[1], entry->d_name, arguments[2]))
            continue;
        pid_t thread = (pid_t)atoi(entry->d_name);
        int status;
        if (ptrace(PTRACE_SEIZE, thread, 0, 0) || !hold(arguments[1], entry->d_name, thread)) {
            perror("the thread cannot be held");
            return 1;
        }
        puts("frozen");
        fflush(stdout);
        for (;;) // a thread goes on when its tracer ends; other stops of it are not of interest
            if (waitpid(thread, &status, __WALL) < 0)
                return 0;
    }
    fprintf(stderr, "process %s has no thread \"%s\"\n", arguments[1], arguments[2]);
    return 1;
}
