// Holds one thread of another process, as if it had died: freeze-thread PID NAME, until it is killed. NAME is how the
// thread's name begins.
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
        if (ptrace(PTRACE_SEIZE, thread, 0, 0) || ptrace(PTRACE_INTERRUPT, thread, 0, 0) ||
            waitpid(thread, &status, __WALL) != thread) {
            perror("ptrace");
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
