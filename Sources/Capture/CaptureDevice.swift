import Glibc
import Time
internal import CALSA

/// An open ALSA capture PCM, prepared and ready to start. Closed when it goes out of scope.
///
/// One thread at a time. Opening allocates and may block (a `file` PCM on a FIFO waits for its writer); `wait`, `read`,
/// `restart` and `resume` are for the capture thread: they return ALSA's negative errno and throw nothing.
package struct CaptureDevice: ~Copyable {
    package let name: String
    package let format: CaptureFormat

    private let pcm: OpaquePointer
    private let isMapped: Bool
    private let descriptors: UnsafeMutableBufferPointer<pollfd>

    /// Opens any PCM by name and settles its format; see `HardwareNegotiation` for what is asked of it.
    package init(opening name: String, channel: ChannelPolicy) throws(CaptureError) {
        calsa_keep_messages()
        calsa_forget_message()
        var opened: OpaquePointer?
        let code = snd_pcm_open(&opened, name, SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK)
        guard code >= 0, let pcm = opened else {
            throw CaptureError(device: name, operation: CaptureError.open, code: min(code, -1))
        }
        do throws(CaptureError) {
            let negotiation = HardwareNegotiation(device: name, pcm: pcm, channel: channel)
            (format, isMapped) = try negotiation.settle()
        } catch {
            snd_pcm_close(pcm)
            throw error
        }
        self.name = name
        self.pcm = pcm
        descriptors = .allocate(capacity: max(0, Int(snd_pcm_poll_descriptors_count(pcm))))
        descriptors.initialize(repeating: pollfd())
    }

    deinit {
        snd_pcm_close(pcm)
        descriptors.deallocate()
    }

    /// Starts the stream.
    package func start() throws(CaptureError) {
        calsa_forget_message()
        let code = snd_pcm_start(pcm)
        if code < 0 { throw CaptureError(device: name, operation: "start", code: code) }
    }

    /// Waits until so many samples are there: 1 when they are, 0 when they did not come in time, or a negative errno. What is
    /// wrong a `read` tells more exactly. A device whose periods are shorter does not wake the thread for each of them.
    ///
    /// Not `snd_pcm_wait`: that one begins its timeout anew whenever a plug-in is woken for nothing, and may never
    /// return.
    func wait(for count: Int, timeoutMilliseconds: Int32) -> Int32 {
        let deadline = MonotonicClock.nanoseconds() + Int64(timeoutMilliseconds) * 1_000_000
        while true {
            let available = snd_pcm_avail_update(pcm)
            if available < 0 { return Int32(clamping: available) }
            if available >= count { return 1 }
            let remaining = deadline - MonotonicClock.nanoseconds()
            guard remaining > 0 else { return 0 }
            if format.periodSamples < count {
                // A little longer than its clock should need, so that the last sample is there.
                let missing = Int64(count - available) * 1_000_000_000 / Int64(format.rate)
                MonotonicClock.sleep(nanoseconds: min(remaining, missing + 200_000))
                continue
            }

            let polled = snd_pcm_poll_descriptors(pcm, descriptors.baseAddress, UInt32(descriptors.count))
            guard polled >= 0 else { return polled }
            let milliseconds = Int32((remaining + 999_999) / 1_000_000)
            if poll(descriptors.baseAddress, nfds_t(polled), milliseconds) < 0, errno != EINTR { return -errno }
            var events: UInt16 = 0
            let code = snd_pcm_poll_descriptors_revents(pcm, descriptors.baseAddress, UInt32(polled), &events)
            if code < 0 { return code }
            if events & UInt16(POLLERR | POLLNVAL) != 0 { return -EIO }
            if events & UInt16(POLLIN) != 0 { return 1 }
        }
    }

    /// Reads at most `count` interleaved samples and returns how many there were, or a negative errno. Never waits,
    /// unless the PCM does so against the rules.
    func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
        isMapped
            ? snd_pcm_mmap_readi(pcm, buffer, snd_pcm_uframes_t(count))
            : snd_pcm_readi(pcm, buffer, snd_pcm_uframes_t(count))
    }

    /// How many samples the device holds that have not been read; 0 when it cannot say.
    func backlog() -> Int { max(0, snd_pcm_avail_update(pcm)) }

    /// Begins again after an overrun: what the device held is lost. 0 or a negative errno.
    func restart() -> Int32 {
        let code = snd_pcm_prepare(pcm)
        return code < 0 ? code : snd_pcm_start(pcm)
    }

    /// Goes on after the machine was suspended: 0, `-EAGAIN` while it is not awake yet, or another negative errno.
    func resume() -> Int32 { snd_pcm_resume(pcm) }
}
