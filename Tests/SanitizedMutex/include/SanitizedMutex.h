#ifndef SANITIZED_MUTEX_H
#define SANITIZED_MUTEX_H

/// Linked into a program for the thread sanitizer: the part of Swift's `Mutex` that waits.
///
/// The library's own is not instrumented: the sanitizer would not see who waited for whom, and report as a race what the
/// mutex orders. The part that does not wait is inlined, and seen.

#endif
