import Glibc
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
    }

    deinit { snd_pcm_close(pcm) }

    /// Starts the stream.
    package func start() throws(CaptureError) {
        calsa_forget_message()
        let code = snd_pcm_start(pcm)
        if code < 0 { throw CaptureError(device: name, operation: "start", code: code) }
    }

    /// Waits for a period: 1 when there is one, 0 when there was none in time, or a negative errno.
    func wait(timeoutMilliseconds: Int32) -> Int32 { snd_pcm_wait(pcm, timeoutMilliseconds) }

    /// Reads at most `count` interleaved samples and returns how many there were, or a negative errno. Never waits, unless the
    /// PCM does so against the rules.
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
