/// Why recordings cannot be evaluated. The message names the file, the line where there is one, and what would do.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
    /// A file that cannot be opened.
    case unreadable(file: String, reason: String)
    /// A line that cannot be used.
    case malformed(file: String, line: Int, reason: String)
    /// Recordings that a line names and that are not there.
    case missing(file: String, line: Int, recording: String, others: Int)
    /// Everything can be read, but there is nothing to measure.
    case nothing(file: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .malformed(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .missing(let file, let line, let recording, let others):
            "\(file), line \(line): there is no \(recording)\(others > 0 ? ", and \(others) others are missing" : ""); "
                + "complete the folder, or take the lines away"
        case .nothing(let file, let reason): "\(file): \(reason)"
        }
    }
}
