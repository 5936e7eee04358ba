#ifndef CALSA_H
#define CALSA_H

#include <alsa/asoundlib.h>

/// Makes libasound hand its messages to this target instead of printing them on standard error. Process-wide and
/// idempotent.
void calsa_keep_messages(void);

/// The first message libasound gave on this thread since `calsa_forget_message`, or "" if it gave none. The first one
/// names the cause; those after it repeat it on the way up. Valid until the thread's next call of
/// `calsa_forget_message`.
const char *calsa_message(void);

/// Forgets this thread's message, so that the next one is kept.
void calsa_forget_message(void);

#endif
