import Protocol

/// Why a daemon could not be asked. The description says what to do.
public enum EventClientError: Error, Equatable, CustomStringConvertible {
    /// Nobody listens at the path, or there is nothing.
    case noDaemon(path: String)
    /// The socket is there, but this user may not connect.
    case notPermitted(path: String)
    /// The path cannot be one of a socket.
    case badPath(SocketError)
    /// Anything else that the kernel refused.
    case failed(path: String, code: Int32)
    /// The daemon would not have us, in its own words.
    case refused(String)
    /// Connected, but no answer came in time.
    case noAnswer(path: String, to: String)
    /// The daemon closed the connection.
    case closed(path: String)
    /// What came is not this protocol; the start of the line.
    case notUnderstood(line: String)

    public var description: String {
        switch self {
        case .noDaemon(let path):
            "no daemon is listening on \(path); start it with \"systemctl start attuned\" or \"attuned --config FILE\", "
                + "or name its socket with --socket or ATTUNED_SOCKET"
        case .notPermitted(let path):
            "this user may not connect to \(path); join its group (\"adduser USER attuned\", then log in again) or ask as root"
        case .badPath(let error): error.description
        case .failed(let path, let code): "cannot connect to \(path): \(systemText(code))"
        case .refused(let sentence): "the daemon refused: \(sentence)"
        case .noAnswer(let path, let request):
            "the daemon on \(path) did not answer \"\(request)\" in time; see \"systemctl status attuned\""
        case .closed(let path): "the daemon on \(path) closed the connection"
        case .notUnderstood(let line): "what answered is not attuned, or a version too different: \(line)"
        }
    }
}
