#include "CExecutor.h"

#define SWIFT_CALL __attribute__((swiftcall))

// Of Swift's runtime: include/swift/Runtime/Concurrency.h in its sources.
extern SWIFT_CALL void (*swift_task_enqueueGlobal_hook)(void *job, void *original);

static executor_enqueue taken_by;

static SWIFT_CALL void enqueue(void *job, void *original)
{
    (void)original;
    taken_by(job);
}

void executor_take_over(executor_enqueue enqueue_job)
{
    taken_by = enqueue_job;
    swift_task_enqueueGlobal_hook = enqueue;
}
