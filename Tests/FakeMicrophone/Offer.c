#include "Offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 8 };

static unsigned int format_of(const char *word)
{
    return (unsigned int)snd_pcm_format_value(word);
}

static unsigned int rate_of(const char *word)
{
    return (unsigned int)atoi(word);
}

static int offer_list(snd_pcm_ioplug_t *io, int parameter, const char *words, unsigned int (*value_of)(const char *))
{
    unsigned int values[MOST_WORDS], count = 0;
    char text[128], *rest = NULL;
    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok_r(text, " ", &rest); word && count < MOST_WORDS; word = strtok_r(NULL, " ", &rest))
        values[count++] = value_of(word);
    return snd_pcm_ioplug_set_param_list(io, parameter, count, values);
}

static int offer_range(snd_pcm_ioplug_t *io, int parameter, long least, long most)
{
    most = most > least ? most : least;
    return snd_pcm_ioplug_set_param_minmax(io, parameter, (unsigned int)least, (unsigned int)most);
}

int fake_offer(snd_pcm_ioplug_t *io, const char *formats, const char *rates, const char *access, long channels_min,
               long channels_max, long period_ms)
{
    unsigned int both[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
    unsigned int *accesses = access && !strcmp(access, "mmap") ? both + 1 : both;
    int failure = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, access ? 1 : 2, accesses);
    if (failure >= 0)
        failure = offer_list(io, SND_PCM_IOPLUG_HW_FORMAT, formats, format_of);
    if (failure >= 0)
        failure = offer_list(io, SND_PCM_IOPLUG_HW_RATE, rates, rate_of);
    if (failure >= 0)
        failure = offer_range(io, SND_PCM_IOPLUG_HW_CHANNELS, channels_min, channels_max);
    long bits = period_ms > 0 ? snd_pcm_format_physical_width((snd_pcm_format_t)format_of(formats)) : 0;
    long period = period_ms * (long)rate_of(rates) / 1000 * channels_min * bits / 8;
    if (failure >= 0)
        failure = offer_range(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, period > 0 ? period : 64, period > 0 ? period : 1 << 16);
    if (failure >= 0)
        failure = offer_range(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128, 1 << 20);
    if (failure >= 0)
        failure = offer_range(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
    return failure;
}
