import FoundationEssentials
import Protocol

/// A word that was taught as one file, to be taken to another machine: the word, the recordings it was taught with if they are
/// to go with it, and a checksum over both.
public struct OwnWordFile: Sendable, Equatable {
    public var word: OwnWord
    /// By number.
    public var takes: [Int: [UInt8]]

    public static let mostBytes = 8 << 20
    /// What such a file is called at its end.
    public static let suffix = ".word"

    public init(_ word: OwnWord, takes: [Int: [UInt8]] = [:]) { (self.word, self.takes) = (word, takes) }

    /// Reads and checks a file.
    public init(path: String) throws(OwnWordError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try readFile(path, limit: Self.mostBytes)
        } catch {
            throw OwnWordError(error.reason)
        }
        try self.init(bytes: bytes)
    }

    /// Throws what is wrong with it.
    public init(bytes: [UInt8]) throws(OwnWordError) {
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch {
            throw OwnWordError("it is no file of a word; have one written with attune words export")
        }
        word = try OwnWord(content: content.word)
        takes = [:]
        for (number, recording) in content.takes ?? [:] {
            guard let number = Int(number), (1...99).contains(number), takes[number] == nil,
                (1...OwnWordStore.mostTakeBytes).contains(recording.count)
            else { throw OwnWordError("its takes are none; have it written again with attune words export") }
            takes[number] = [UInt8](recording)
        }
        guard takes.count <= OwnWordStore.mostTakes, content.sha256 == checksum else {
            throw OwnWordError("it is damaged; have it written again with attune words export")
        }
    }

    /// The file.
    public var bytes: [UInt8] {
        var recordings = JSONLine()
        for (number, recording) in takes.sorted(by: { $0.key < $1.key }) {
            recordings.add("\(number)", Data(recording).base64EncodedString())
        }
        var line = JSONLine()
        line.add("word", word.jsonLine)
        line.add("takes", takes.isEmpty ? nil : recordings)
        line.add("sha256", checksum)
        return line.utf8 + [UInt8(ascii: "\n")]
    }

    /// Of the word as it is written here, and the checksum of each take behind its number.
    private var checksum: String {
        let recordings = takes.sorted { $0.key < $1.key }.map { "\n\($0.key) \(sha256($0.value))" }
        return sha256(word.jsonLine.utf8 + recordings.joined().utf8)
    }

    private struct Content: Decodable {
        let word: JSONContent
        let takes: [String: Data]?
        let sha256: String
    }
}
