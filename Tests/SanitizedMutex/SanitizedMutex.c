#include "SanitizedMutex.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// Named as Swift names the methods of Synchronization._MutexHandle, which go before the library's. The handle holds the
// owner's thread, 0 for none.
typedef _Atomic(uint32_t) Handle;
#define SWIFT_METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) Handle *

SWIFT_METHOD void lock_slow(uint32_t thread, SELF owner) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT_METHOD bool try_lock_slow(SELF owner) __asm__("$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF");
SWIFT_METHOD void unlock_slow(SELF owner) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

SWIFT_METHOD void lock_slow(uint32_t thread, SELF owner)
{
    uint32_t none = 0;
    while (!atomic_compare_exchange_strong_explicit(owner, &none, thread, memory_order_acquire, memory_order_relaxed)) {
        none = 0;
        sched_yield();
    }
}

SWIFT_METHOD bool try_lock_slow(SELF owner)
{
    (void)owner;
    return false;
}

SWIFT_METHOD void unlock_slow(SELF owner)
{
    atomic_store_explicit(owner, 0, memory_order_release);
}
