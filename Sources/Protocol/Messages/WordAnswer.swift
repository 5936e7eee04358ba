import FoundationEssentials

/// The answer to `word`: a word that was taught, or one of its takes.
public struct WordAnswer: SocketMessage, Equatable {
    public static let type = "word"

    public var name: String
    /// The content of its `word.json`; nil in the answer that brings a take.
    public var word: JSONContent?
    /// The numbers of its takes.
    public var takes: [Int]
    /// A recording, as it was given.
    public var recording: [UInt8]?

    public init(name: String, word: JSONContent? = nil, takes: [Int], recording: [UInt8]? = nil) {
        (self.name, self.word, self.takes, self.recording) = (name, word, takes, recording)
    }

    private enum CodingKeys: String, CodingKey {
        case name, word, takes
        case recording = "wav"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        word = try container.decodeIfPresent(JSONContent.self, forKey: .word)
        takes = try container.decode([Int].self, forKey: .takes)
        recording = try container.decodeIfPresent(Data.self, forKey: .recording).map { [UInt8]($0) }
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.name, name)
        line.add(CodingKeys.takes, takes)
        line.add(CodingKeys.word, word)
        line.add(CodingKeys.recording, recording.map { Data($0).base64EncodedString() })
    }
}

/// The answer to `install_word`, `add_take` and `remove_word`: it is done.
public struct WordChangeAnswer: SocketMessage, Equatable {
    public static let type = "word_change"

    public var name: String
    /// The name of the request.
    public var change: String

    public init(name: String, change: String) { (self.name, self.change) = (name, change) }

    private enum CodingKeys: CodingKey { case name, change }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.name, name)
        line.add(CodingKeys.change, change)
    }
}
