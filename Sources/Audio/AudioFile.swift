import CSndfile
import Glibc

/// A recording on disk or in memory, decoded by libsndfile piece by piece, so that its length does not matter: WAV, FLAC,
/// Ogg Opus and Vorbis, MP3 and what else libsndfile knows.
///
/// One thread at a time.
public final class AudioFile {
    /// Channel counts that are read.
    public static let channelRange = 1...64
    /// Rates that are read, in samples a second.
    public static let rateRange = 1000...768_000

    /// Its path, or what it is called.
    public let name: String
    /// Samples a second.
    public let sampleRate: Int
    public let channels: Int
    /// Samples of each channel, as the file's header says; it may say nothing (0) or lie.
    public let statedSamples: Int64

    private let handle: OpaquePointer
    private let content: VirtualFile
    /// What the file states and does not hold; nil if it is whole as far as it tells.
    private let missing: String?
    private var samplesRead: Int64 = 0

    /// Full scale is 1; a file of floats may go beyond, but what is louder than this is no sound.
    private static let largestSample: Float = 1e6
    /// Samples of each channel that are asked of libsndfile at once, a frame of MP3: where it finds damage it gives nothing
    /// of what was asked.
    private static let stepSamples = 1152

    /// Opens a file.
    public convenience init(path: String) throws(AudioError) {
        let byteCount = try Self.checkRegularFile(path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        try self.init(RecordingBytes(descriptor: descriptor, count: byteCount), name: path)
    }

    /// Opens the content of a file; messages call it by `name`.
    public convenience init(bytes: [UInt8], name: String) throws(AudioError) {
        guard !bytes.isEmpty else { throw .empty(file: name) }
        try self.init(RecordingBytes(bytes), name: name)
    }

    private init(_ bytes: RecordingBytes, name: String) throws(AudioError) {
        let layout = RecordingLayout(of: bytes)
        let content = VirtualFile(bytes, layout)
        var info = SF_INFO()
        guard let handle = content.open(&info) else {
            let reason = String(cString: sf_strerror(nil))
            if let format = ForeignFormat(bytes.bytes(at: 0, min(16, bytes.count)) ?? []) {
                throw .foreign(file: name, format: format)
            }
            if let missing = layout.missing { throw .truncated(file: name, seconds: 0, reason: missing) }
            throw .notAudio(file: name, reason: reason)
        }
        self.name = name
        self.handle = handle
        self.content = content
        missing = layout.missing
        sampleRate = Int(info.samplerate)
        channels = Int(info.channels)
        // Streams without a length are given as the largest number there is.
        statedSamples = info.frames >= 0 && info.frames < Int64.max / 2 ? info.frames : 0
        guard Self.channelRange.contains(channels), Self.rateRange.contains(sampleRate) else {
            throw .unsupported(
                file: name, reason: "\(channels) channels at \(sampleRate) samples a second are not supported")
        }
    }

    deinit { sf_close(handle) }

    /// The length in seconds as the header says.
    public var statedSeconds: Double { Double(statedSamples) / Double(sampleRate) }

    /// Reads the next samples of all channels, interleaved.
    ///
    /// - Returns: how many samples of each channel were read; 0 at the end.
    /// Throws if the file ends before the length that it states, is damaged, or holds what is no level of a sound.
    public func read(into buffer: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        let wanted = buffer.count / channels
        var count = 0
        while count < wanted {
            let step = min(Self.stepSamples, wanted - count)
            let read = Int(sf_readf_float(handle, buffer.baseAddress! + count * channels, sf_count_t(step)))
            count += read
            let error = sf_error(handle)
            if error != 0 {
                throw truncated(after: count, reason: missing ?? String(cString: sf_error_number(error)))
            }
            if read < step { break }
        }
        if count < wanted, samplesRead + Int64(count) < statedSamples {
            throw truncated(after: count, reason: missing ?? "it states a length of \(statedSeconds) s")
        }
        if count < wanted, let missing { throw truncated(after: count, reason: missing) }
        guard (0..<count * channels).allSatisfy({ abs(buffer[$0]) <= Self.largestSample }) else {
            throw .unsupported(
                file: name,
                reason: "holds samples that are not numbers or far beyond full scale; give floats from -1 to 1")
        }
        samplesRead += Int64(count)
        return count
    }

    /// - Parameter count: samples that were read since `samplesRead` was counted.
    private func truncated(after count: Int, reason: String) -> AudioError {
        .truncated(file: name, seconds: Double(samplesRead + Int64(count)) / Double(sampleRate), reason: reason)
    }

    /// How many bytes it has. A pipe or a device would make libsndfile wait for ever.
    private static func checkRegularFile(_ path: String) throws(AudioError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            throw code == ENOENT
                ? .notFound(file: path) : .unreadable(file: path, reason: String(cString: strerror(code)))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .unreadable(file: path, reason: "it is a folder")
        default: throw .unreadable(file: path, reason: "it is not a regular file")
        }
        guard access(path, R_OK) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_size > 0 else { throw .empty(file: path) }
        return Int(status.st_size)
    }
}
