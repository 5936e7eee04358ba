import Glibc

/// Why a model folder cannot be used. The message names the folder and says what to do.
public enum ModelFolderError: Error, Equatable, CustomStringConvertible {
    case notFound(path: String)
    case unusable(path: String, reason: String)

    public var description: String {
        switch self {
        case .notFound(let path):
            "\(path): no model there; give a folder with model.json, model.safetensors and SHA256SUMS"
        case .unusable(let path, let reason): "\(path): \(reason)"
        }
    }
}

/// The files of one model, read whole and with a limit.
package struct ModelFolder {
    let path: String

    /// - Parameter path: a folder with `model.json`, or one whose subfolders are versions.
    init(path: String) throws(ModelFolderError) {
        if Self.isModel(path) {
            self.path = path
        } else if let latest = Self.versions(in: path).last {
            self.path = "\(path)/\(latest)"
        } else {
            throw .notFound(path: path)
        }
    }

    /// The shipped model, found from where the program lies: `share/attuned/models` once installed, `Config/models` in a
    /// checkout. Nil if there is neither.
    static func shipped() -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        guard length > 0 else { return nil }
        var parts = String(decoding: buffer[..<length], as: UTF8.self).split(separator: "/")
        while !parts.isEmpty {
            parts.removeLast()
            let parent = "/" + parts.joined(separator: "/")
            for place in ["share/attuned/models/commands", "Config/models/commands"] {
                let candidate = parent == "/" ? "/\(place)" : "\(parent)/\(place)"
                if isModel(candidate) || !versions(in: candidate).isEmpty { return candidate }
            }
        }
        return nil
    }

    /// The shipped model.
    package static func shippedOrThrow() throws(ModelFolderError) -> String {
        guard let shipped = shipped() else {
            throw .notFound(path: "share/attuned/models/commands (beside the program)")
        }
        return shipped
    }

    /// The whole content of a file of the model, of at most `limit` bytes.
    func read(_ name: String, limit: Int) throws(ModelFolderError) -> [UInt8] {
        do throws(FileError) {
            return try readFile("\(path)/\(name)", limit: limit)
        } catch {
            throw .unusable(path: path, reason: "\(name): \(error.reason)")
        }
    }

    /// Reads what `sha256sum` wrote: checksum, two spaces and name, a file a line. Nil if it is anything else.
    static func parseChecksums(_ bytes: [UInt8]) -> [String: String]? {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else { return nil }
        var checksums: [String: String] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let digits = line.prefix(64)
            let rest = line.dropFirst(64)
            guard digits.utf8.count == 64, digits.allSatisfy({ "0123456789abcdef".contains($0) }), rest.hasPrefix("  "),
                checksums.updateValue(String(digits), forKey: String(rest.dropFirst(2))) == nil
            else { return nil }
        }
        return checksums
    }

    private static func isModel(_ path: String) -> Bool { access("\(path)/model.json", F_OK) == 0 }

    /// Names of the subfolders that hold a model, by version, the latest last.
    static func versions(in path: String) -> [String] {
        let names = subfolders(of: path).filter { isModel("\(path)/\($0)") }
        // 0.10.0 is later than 0.9.0: the parts between the dots count as numbers.
        func parts(_ version: String) -> [Int] { version.split(separator: ".").map { Int($0) ?? -1 } }
        return names.sorted { parts($0).lexicographicallyPrecedes(parts($1)) }
    }

    /// Names of what is in a folder, but for hidden ones; none if it cannot be read.
    static func subfolders(of path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
