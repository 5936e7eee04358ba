import Glibc
import HTTPTypes
import Hummingbird
import ServiceSettings

/// What a client must know to control the daemon, and to hear what was said.
struct ControlToken: Sendable {
    /// Nil: nobody may, over the network.
    private let token: String?

    var isSet: Bool { token != nil }

    /// Reads the first line of a file.
    ///
    /// - Parameter path: empty where there is to be no token.
    /// - Throws: ``StartError`` if it cannot be read, or is short.
    init(file path: String) throws(StartError) {
        guard !path.isEmpty else {
            token = nil
            return
        }
        func failure(_ reason: String, exitCode: Int32 = EX_CONFIG) -> StartError {
            StartError("\(path), the token of web.token_file: \(reason)", exitCode: exitCode)
        }
        guard let file = fopen(path, "re") else {
            throw failure(String(cString: strerror(errno)), exitCode: EX_NOINPUT)
        }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 1024)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { throw failure("is empty") }
        let line = buffer.prefix { $0 != 0 && $0 != 10 && $0 != 13 }.map { UInt8(bitPattern: $0) }
        guard line.count >= 16 else { throw failure("has less than 16 characters; try `openssl rand -hex 16`") }
        token = String(decoding: line, as: UTF8.self)
    }

    /// - Throws: ``Problem``: 401 without the token, 403 where there is none. A page of a stranger cannot send it: no
    ///   browser adds it by itself.
    func permit(_ request: Request) throws(Problem) {
        guard let token else {
            throw Problem(.forbidden, "control is switched off; web.token_file in the configuration switches it on")
        }
        let given = request.headers[.authorization].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        guard let given, Self.isEqual(given, token) else {
            throw Problem(
                .unauthorized, "this needs the token, as \"Authorization: Bearer TOKEN\"",
                headers: [.wwwAuthenticate: "Bearer"])
        }
    }

    /// In a time that tells nothing about where the two differ.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var difference = left.count ^ right.count
        for index in right.indices { difference |= Int(right[index] ^ (index < left.count ? left[index] : 0)) }
        return difference == 0
    }
}
