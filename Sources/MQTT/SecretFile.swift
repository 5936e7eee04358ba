import Glibc
import ServiceSettings

/// A file that only its owner and its group may read: a password, a key.
struct SecretFile {
    let path: String
    /// The setting that names it.
    private let setting: String

    /// - Parameters:
    ///   - name: as it is configured. Without a "/" it is a credential that the service manager gave (`LoadCredential=`).
    init(_ name: String, setting: String, environment: [String: String]) {
        self.setting = setting
        let folder = environment["CREDENTIALS_DIRECTORY"]
        path = name.contains("/") ? name : folder.map { "\($0)/\(name)" } ?? name
    }

    /// That it can be read, and not by everybody.
    ///
    /// - Throws: ``StartError``.
    func check() throws(StartError) { fclose(try open()) }

    /// Its first line.
    ///
    /// - Throws: ``StartError``.
    func firstLine() throws(StartError) -> String {
        let file = try open()
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { throw failure("is empty", EX_NOINPUT) }
        let line = buffer.prefix { $0 != 0 && $0 != 10 && $0 != 13 }.map { UInt8(bitPattern: $0) }
        guard !line.isEmpty else { throw failure("its first line is empty", EX_NOINPUT) }
        return String(decoding: line, as: UTF8.self)
    }

    private func open() throws(StartError) -> UnsafeMutablePointer<FILE> {
        guard let file = fopen(path, "re") else { throw failure(String(cString: strerror(errno)), EX_NOINPUT) }
        var status = stat()
        fstat(fileno(file), &status)
        guard status.st_mode & (S_IROTH | S_IWOTH) == 0 else {
            fclose(file)
            throw failure("may be read or written by everybody; chmod o-rwx it, and think of another secret", EX_CONFIG)
        }
        return file
    }

    private func failure(_ reason: String, _ code: Int32) -> StartError {
        StartError("\(path), the file of \(setting): \(reason)", exitCode: code)
    }
}
