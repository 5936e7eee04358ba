// A microphone without hardware: an ALSA capture PCM (ioplug) that plays a raw sound file in real time.
//
//     pcm_type.attuned_fake { lib "/path/to/libFakeMicrophone.so" }
//     pcm.microphone {
//         type attuned_fake
//         file "/path/to/sound.raw"      # raw samples, read as what was negotiated; then, or without a file, silence
//         control "/path/to/control"     # optional; commands, one a line, appended while it runs
//         formats "S16_LE S32_LE"        # offered sample formats      (default S16_LE)
//         rates "48000 16000"            # offered rates               (default 16000)
//         channels_min 1                 # offered channel counts      (default 1)
//         channels_max 2                 #                             (default channels_min)
//         access "mmap"                  # offer one way of access only, "read" or "mmap" (default: both)
//         speed 1.0                      # how fast its clock goes against the real one
//         period_ms 0                    # offers periods of this length alone   (default 0: any)
//         loop 1                         # plays the file again and again        (default 0)
//     }
//
// Like a microphone its clock never waits: what is not read within the buffer is lost with a true overrun, and the file
// goes on from where it would be by then. The commands of the control file, obeyed within a period:
//
//     xrun     one overrun                              lie      overruns for ever, though prepare and start succeed
//     suspend  one suspend (ESTRPIPE, no resume)        hang     the device stays open and gives no more sound
//     vanish   unplugged: ENODEV, open fails too        error    every read fails with EIO
//     block    reads do not return, against the rules
//     speed X  its clock goes at this speed from now on
//     return   ends hang, lie, error and block; after vanish it can be opened again
#include "Offer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum condition { WORKING, HUNG, LYING, FAILING, BLOCKING, GONE };

struct microphone {
    snd_pcm_ioplug_t io;
    int timer, file, control;
    double speed;
    int64_t loop;             // bytes of the file, if it is played again and again; else 0
    enum condition condition;
    int overrun, suspend;     // one-shot commands that have not been carried out yet
    double epoch;             // when the first sample was recorded; 0 before the first start
    double held;              // the clock is held here while hung; 0 while it runs
    int64_t start;            // where in the file the last start was; io.appl_ptr counts what was read since
};

static double now_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// How many samples the device has recorded since its first start, whether anybody read them or not.
static int64_t recorded(const struct microphone *m)
{
    double until = m->held > 0 ? m->held : now_seconds();
    return m->epoch > 0 ? (int64_t)((until - m->epoch) * m->io.rate * m->speed) : 0;
}

static int64_t waiting(const struct microphone *m)
{
    return recorded(m) - m->start - (int64_t)m->io.appl_ptr;
}

// Has the timer tick whenever a period is complete, as a device interrupts.
static int keep_time(struct microphone *m)
{
    if (m->epoch <= 0)
        return 0;
    double period = (double)m->io.period_size / (m->io.rate * m->speed);
    double first = m->epoch + (double)m->start / (m->io.rate * m->speed) + period, now = now_seconds();
    if (first < now)
        first += period * (double)(int64_t)((now - first) / period + 1);
    // A moment later, so that the last sample of a period is there.
    first += 1e-4;
    struct itimerspec time = {.it_interval = {(time_t)period, (long)(1e9 * (period - (double)(time_t)period))},
                              .it_value = {(time_t)first, (long)(1e9 * (first - (double)(time_t)first))}};
    return timerfd_settime(m->timer, TFD_TIMER_ABSTIME, &time, NULL) < 0 ? -errno : 0;
}

static void obey(struct microphone *m, const char *command)
{
    if (!strcmp(command, "xrun"))
        m->overrun = 1;
    else if (!strcmp(command, "suspend"))
        m->suspend = 1;
    else if (!strcmp(command, "lie"))
        m->condition = LYING;
    else if (!strcmp(command, "error"))
        m->condition = FAILING;
    else if (!strcmp(command, "block"))
        m->condition = BLOCKING;
    else if (!strcmp(command, "vanish"))
        m->condition = GONE;
    else if (!strncmp(command, "speed ", 6) && atof(command + 6) > 0) {
        // What was recorded up to now stays recorded.
        double until = m->held > 0 ? m->held : now_seconds(), speed = atof(command + 6);
        m->epoch = m->epoch > 0 ? until - (until - m->epoch) * m->speed / speed : 0;
        m->speed = speed;
        keep_time(m);
    } else if (!strcmp(command, "hang")) {
        m->condition = HUNG;
        m->held = m->held > 0 ? m->held : now_seconds();
    } else if (!strcmp(command, "return")) {
        m->condition = WORKING;
        m->epoch += m->held > 0 ? now_seconds() - m->held : 0;
        m->held = 0;
        keep_time(m);
    }
}

// Reads the lines that were appended since the last look; a line is written in one piece.
static void read_control(struct microphone *m)
{
    char text[256], *rest = NULL;
    ssize_t length;
    while (m->control >= 0 && (length = read(m->control, text, sizeof text - 1)) > 0) {
        ssize_t whole = length;
        while (whole > 0 && text[whole - 1] != '\n')
            whole--;
        if (lseek(m->control, whole - length, SEEK_CUR) < 0 || !whole)
            return;
        text[whole] = '\0';
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            obey(m, line);
    }
}

static int on_prepare(snd_pcm_ioplug_t *io)
{
    struct microphone *m = io->private_data;
    return m->condition == GONE ? -ENODEV : 0;
}

static int on_start(snd_pcm_ioplug_t *io)
{
    struct microphone *m = io->private_data;
    if (m->condition == GONE)
        return -ENODEV;
    m->epoch = m->epoch > 0 ? m->epoch : now_seconds();
    m->start = recorded(m);
    return keep_time(m);
}

static int on_stop(snd_pcm_ioplug_t *io)
{
    struct microphone *m = io->private_data;
    return timerfd_settime(m->timer, 0, &(struct itimerspec){{0, 0}, {0, 0}}, NULL) < 0 ? -errno : 0;
}

// Carries out what the control file asked for. ioplug would make XRUN of every negative pointer: the state is set here.
static int is_running(struct microphone *m)
{
    snd_pcm_state_t broken = SND_PCM_STATE_RUNNING;
    read_control(m);
    if (m->condition == GONE)
        broken = SND_PCM_STATE_DISCONNECTED;
    else if (m->suspend)
        broken = SND_PCM_STATE_SUSPENDED;
    else if (m->overrun || m->condition == LYING || waiting(m) > (int64_t)m->io.buffer_size)
        broken = SND_PCM_STATE_XRUN;
    if (broken == SND_PCM_STATE_RUNNING)
        return m->io.state == SND_PCM_STATE_RUNNING;
    m->suspend = m->overrun = 0;
    snd_pcm_ioplug_set_state(&m->io, broken);
    return 0;
}

static snd_pcm_sframes_t on_pointer(snd_pcm_ioplug_t *io)
{
    struct microphone *m = io->private_data;
    int64_t position = is_running(m) ? recorded(m) - m->start : (int64_t)io->appl_ptr;
    return (snd_pcm_sframes_t)(position % (int64_t)io->buffer_size);
}

static snd_pcm_sframes_t on_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                     snd_pcm_uframes_t offset, snd_pcm_uframes_t count)
{
    struct microphone *m = io->private_data;
    if (m->condition == FAILING)
        return -EIO;
    for (; m->condition == BLOCKING; read_control(m))
        usleep(10000);
    size_t stride = areas->step / 8, size = count * stride;
    char *target = (char *)areas->addr + areas->first / 8 + offset * stride;
    // Always from the first sample that was not read: a mapped buffer is filled again and again before it is moved on.
    int64_t position = (m->start + (int64_t)io->appl_ptr) * (int64_t)stride;
    ssize_t got = m->file < 0 ? 0 : pread(m->file, target, size, m->loop > 0 ? position % m->loop : position);
    if (got < 0)
        return -errno;
    if (m->loop > 0 && got < (ssize_t)size) {
        ssize_t more = pread(m->file, target + got, size - (size_t)got, 0);
        got += more > 0 ? more : 0;
    }
    memset(target + got, 0, size - (size_t)got);
    return (snd_pcm_sframes_t)count;
}

static int on_poll(snd_pcm_ioplug_t *io, struct pollfd *polled, unsigned int count, unsigned short *events)
{
    struct microphone *m = io->private_data;
    uint64_t ticks;
    (void)count;
    if (polled[0].revents & POLLIN && read(m->timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
        return -errno;
    *events = !is_running(m) ? POLLERR | POLLIN : waiting(m) >= (int64_t)io->period_size ? POLLIN : 0;
    return 0;
}

static void discard(struct microphone *m)
{
    close(m->timer);
    close(m->file); // -1, if there is none, closes nothing
    close(m->control);
    free(m);
}

static int on_close(snd_pcm_ioplug_t *io)
{
    discard(io->private_data);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = on_start,     .stop = on_stop,         .pointer = on_pointer, .transfer = on_transfer,
    .prepare = on_prepare, .poll_revents = on_poll, .close = on_close,
};

SND_PCM_PLUGIN_DEFINE_FUNC(attuned_fake)
{
    (void)root;
    const char *file = NULL, *control = NULL, *formats = "S16_LE", *rates = "16000", *access = NULL, *key;
    long channels_min = 1, channels_max = 0, loop = 0, period_ms = 0;
    double speed = 1.0;
    snd_config_iterator_t entry, next;
    snd_config_for_each(entry, next, conf)
    {
        snd_config_t *node = snd_config_iterator_entry(entry);
        int failure = snd_config_get_id(node, &key);
        if (failure < 0 || !strcmp(key, "type") || !strcmp(key, "comment") || !strcmp(key, "hint"))
            continue;
        failure = !strcmp(key, "file")           ? snd_config_get_string(node, &file)
                  : !strcmp(key, "control")      ? snd_config_get_string(node, &control)
                  : !strcmp(key, "formats")      ? snd_config_get_string(node, &formats)
                  : !strcmp(key, "rates")        ? snd_config_get_string(node, &rates)
                  : !strcmp(key, "access")       ? snd_config_get_string(node, &access)
                  : !strcmp(key, "channels_min") ? snd_config_get_integer(node, &channels_min)
                  : !strcmp(key, "channels_max") ? snd_config_get_integer(node, &channels_max)
                  : !strcmp(key, "loop")         ? snd_config_get_integer(node, &loop)
                  : !strcmp(key, "period_ms")    ? snd_config_get_integer(node, &period_ms)
                  : !strcmp(key, "speed")        ? snd_config_get_ireal(node, &speed)
                                                 : -EINVAL;
        if (failure < 0) {
            SNDERR("attuned_fake: unknown key or wrong type: %s", key);
            return failure;
        }
    }
    struct microphone *m = stream == SND_PCM_STREAM_CAPTURE ? calloc(1, sizeof *m) : NULL;
    if (!m)
        return -EINVAL;
    m->speed = speed;
    m->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    m->file = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    m->loop = loop && m->file >= 0 ? lseek(m->file, 0, SEEK_END) : 0;
    m->control = control ? open(control, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    int failure = m->timer < 0 || (file && m->file < 0) || (control && m->control < 0) ? -errno : 0;
    read_control(m); // what was appended before: a microphone that vanished is still gone
    m->overrun = m->suspend = 0;
    if (!failure && m->condition == GONE)
        failure = -ENODEV;
    m->io = (snd_pcm_ioplug_t){.version = SND_PCM_IOPLUG_VERSION, .name = "Fake microphone", .poll_fd = m->timer,
                               .poll_events = POLLIN, .callback = &callbacks, .private_data = m};
    if (!failure)
        failure = snd_pcm_ioplug_create(&m->io, name, stream, mode);
    if (failure < 0) {
        discard(m);
        return failure;
    }
    failure = fake_offer(&m->io, formats, rates, access, channels_min, channels_max, period_ms);
    if (failure < 0)
        snd_pcm_ioplug_delete(&m->io); // calls on_close
    else
        *pcmp = m->io.pcm;
    return failure;
}
SND_PCM_PLUGIN_SYMBOL(attuned_fake);
