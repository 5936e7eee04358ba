/// Why a recording cannot be used. The message names the file and says what would do.
public enum AudioError: Error, Equatable, CustomStringConvertible {
    case notFound(file: String)
    case unreadable(file: String, reason: String)
    case notAudio(file: String, reason: String)
    case foreign(file: String, format: ForeignFormat)
    case empty(file: String)
    case truncated(file: String, seconds: Double, reason: String)
    case unsupported(file: String, reason: String)
    case tooLong(file: String, seconds: Int)

    public var description: String {
        switch self {
        case .notFound(let file): "\(file): no such file"
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .notAudio(let file, let reason):
            "\(file): not a recording (\(reason)); give WAV, FLAC, Ogg (Opus, Vorbis) or MP3"
        case .foreign(let file, let format): "\(file): \(format.advice)"
        case .empty(let file): "\(file): holds no samples"
        case .truncated(let file, let seconds, let reason):
            "\(file): damaged after \((seconds * 100).rounded() / 100) s (\(reason)); give a whole recording"
        case .unsupported(let file, let reason): "\(file): \(reason)"
        case .tooLong(let file, let seconds): "\(file): longer than \(seconds) s"
        }
    }
}
