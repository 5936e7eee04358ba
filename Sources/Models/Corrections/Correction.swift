import FoundationEssentials
import Protocol

/// A sound that was taken for a word and marked as wrong: where the second network's embedding of a window is like that sound's,
/// the word was not said.
///
/// With the embedding e, a vector of length 1, it is that sound where w · e + b > 0.
public struct Correction: Sendable, Equatable {
    /// The label that it is about.
    public let word: String
    /// The mark that it was learned from.
    public let mark: String
    public let head: OwnWord.Head

    public init(word: String, mark: String, head: OwnWord.Head) {
        (self.word, self.mark, self.head) = (word, mark, head)
    }
}

/// What was learned from marks, as one file: what counts, and what counted before, so that the last learning can be undone.
/// Words that were taught again lie where all words lie; of them it has what they were before.
///
/// It is written beside itself and exchanged by renaming: a kill or a full disk leaves the one before.
public struct CorrectionStore: Sendable {
    /// More are not kept: each costs as much as a word of one's own, where the second network is asked.
    public static let most = 256
    private static let mostBytes = 2 << 20
    private static let format = 1

    public struct Content: Sendable, Equatable {
        public var corrections: [Correction]
        /// What counted before the last learning; nil if that was undone, or there was none.
        public var before: [Correction]?
        /// What the words that the last learning taught again were before it.
        public var wordsBefore: [WordBefore]

        public init(corrections: [Correction] = [], before: [Correction]? = nil, wordsBefore: [WordBefore] = []) {
            (self.corrections, self.before, self.wordsBefore) = (corrections, before, wordsBefore)
        }
    }

    /// A word before it was taught again.
    public struct WordBefore: Sendable, Equatable {
        public let name: String
        /// Nil if there was none: only the model knew it.
        public let word: OwnWord?
        /// The numbers of its takes.
        public let takes: [Int]

        public init(name: String, word: OwnWord?, takes: [Int]) {
            (self.name, self.word, self.takes) = (name, word, takes)
        }
    }

    public let path: String

    /// - Parameter path: the file; need not be there.
    public init(path: String) { self.path = path }

    /// What is kept. Throws why it cannot be used, and what to do.
    public func load() throws(OwnWordError) -> Content {
        let bytes: [UInt8]
        do throws(FileError) {
            guard let found = try readFileIfThere(path, limit: Self.mostBytes) else { return Content() }
            bytes = found
        } catch {
            throw OwnWordError("\(path) cannot be read: \(error.reason)")
        }
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let file = try decoder.decode(File.self, from: Data(bytes))
            guard file.format == Self.format else { throw OwnWordError("of format \(file.format)") }
            return Content(
                corrections: try file.corrections.prefix(Self.most).map { try $0.correction() },
                before: try file.before?.prefix(Self.most).map { try $0.correction() },
                wordsBefore: try (file.wordsBefore ?? []).prefix(OwnWordStore.mostWords).map { try $0.wordBefore() })
        } catch {
            throw OwnWordError("\(path) is damaged; delete it, and have it made again: attune learn --apply")
        }
    }

    /// Those that a model can use: the others were learned for another network.
    public func load(for model: ModelDescription) throws(OwnWordError) -> [Correction] {
        guard let size = model.ownWords?.secondSize, let trunk = model.secondLook?.sha256 else { return [] }
        return try load().corrections.filter { $0.head.trunk == trunk && $0.head.weights.count == size }
    }

    public func save(_ content: Content) throws(OwnWordError) {
        var line = JSONLine()
        line.add("format", Self.format)
        line.add("corrections", content.corrections.suffix(Self.most).map(\.jsonLine))
        line.add("before", content.before?.suffix(Self.most).map(\.jsonLine))
        line.add("words_before", content.wordsBefore.isEmpty ? nil : content.wordsBefore.map(\.jsonLine))
        do throws(FileError) {
            try replaceFile(path, line.utf8 + [UInt8(ascii: "\n")])
        } catch {
            throw OwnWordError("\(path) cannot be written: \(error.reason); what was learned before stays")
        }
    }

    private struct File: Decodable {
        let format: Int
        let corrections: [Entry]
        let before: [Entry]?
        let wordsBefore: [WordEntry]?
    }

    private struct WordEntry: Decodable {
        let name: String
        let word: String?
        let takes: [Int]

        func wordBefore() throws -> WordBefore {
            guard name.utf8.count <= 512, takes.count <= OwnWordStore.mostTakes else {
                throw OwnWordError("a word has a name that is too long, or too many takes")
            }
            return WordBefore(name: name, word: try word.map { try OwnWord(json: Array($0.utf8)) }, takes: takes)
        }
    }

    private struct Entry: Decodable {
        let word: String
        let mark: String
        let head: OwnWord.HeadFile

        func correction() throws -> Correction {
            let head = try head.head()
            try head.check("head")
            guard word.utf8.count <= 512, mark.utf8.count <= 64 else { throw OwnWordError("a name is too long") }
            return Correction(word: word, mark: mark, head: head)
        }
    }
}

extension Correction {
    fileprivate var jsonLine: JSONLine {
        var line = JSONLine()
        line.add("word", word)
        line.add("mark", mark)
        line.add("head", head.jsonLine)
        return line
    }
}

extension CorrectionStore.WordBefore {
    fileprivate var jsonLine: JSONLine {
        var line = JSONLine()
        line.add("name", name)
        // As the text that `word.json` was: its card has keys of its own.
        line.add("word", word?.jsonLine.text)
        line.add("takes", takes)
        return line
    }
}
