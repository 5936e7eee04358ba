#ifndef OFFER_H
#define OFFER_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

/// Tells ALSA what the microphone can be set to. Formats and rates are words separated by blanks; access is "read",
/// "mmap", or null for both; a channels_max under channels_min means the same; period_ms is the only length of a period, 0 for any, and then there
/// is one format, rate and channel count. 0 or a negative errno.
int fake_offer(snd_pcm_ioplug_t *io, const char *formats, const char *rates, const char *access, long channels_min,
               long channels_max, long period_ms);

#endif
