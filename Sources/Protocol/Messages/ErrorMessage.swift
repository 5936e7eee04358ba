/// A request that was not carried out, and why.
public struct ErrorMessage: SocketMessage, Equatable, Error {
    public static let type = "error"

    /// What went wrong, for a program. New codes may come.
    public enum Code: String, Sendable {
        /// Not UTF-8, not JSON, or not an object.
        case notAnObject = "not_an_object"
        /// A field is missing or of the wrong type.
        case badField = "bad_field"
        /// No request of that name.
        case unknownRequest = "unknown_request"
        /// A line of more than 256 KiB; the connection is closed.
        case lineTooLong = "line_too_long"
        /// This peer may not do that.
        case notPermitted = "not_permitted"
        /// As many readers as allowed; the connection is closed.
        case tooManyReaders = "too_many_readers"
        /// The daemon tried and failed.
        case failed
    }

    /// The value of a ``Code``, or one that this version does not know.
    public var code: String
    /// What went wrong and what to do, one sentence for a person.
    public var error: String

    public init(_ code: Code, _ error: String) {
        self.code = code.rawValue
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case code, error
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.error, error)
        line.add(CodingKeys.code, code)
    }
}
