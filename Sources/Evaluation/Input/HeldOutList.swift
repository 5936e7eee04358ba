import FoundationEssentials

/// The running speech and noise that a model was not trained on: one path a line, relative to the folder of recordings;
/// empty lines and those that begin with `#` are left out.
public struct HeldOutList: Sendable {
    /// Its name in the folder of a model.
    public static let fileName = "held-out.txt"

    public let file: String
    /// Each path with its line, counted from 1.
    public let paths: [(line: Int, path: String)]

    public init(path: String) throws(CorpusError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(
                file: path, reason: "no such list; give a text file with one path a line, relative to the recordings")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .unreadable(file: path, reason: "is not UTF-8 text")
        }
        file = path
        paths = text.split(omittingEmptySubsequences: false) { $0.isNewline }.enumerated().compactMap { index, line in
            let name = line.trimmed
            return name.isEmpty || name.hasPrefix("#") ? nil : (index + 1, name)
        }
    }
}
