#pragma once

// What is called with each job (an UnownedJob) that Swift's concurrency would give to its pool of threads.
typedef void (*executor_enqueue)(void *job);

// From now on every job goes there, but for those of Task.sleep, which libdispatch's timers hold. Once, before the first task.
void executor_take_over(executor_enqueue enqueue);
