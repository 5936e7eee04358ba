import FoundationEssentials

/// What may be asked about words, those of one's own above all. All but ``list`` are only for permitted peers.
public enum OwnWordRequest: Sendable, Equatable {
    /// Every word that there is, and what is known of it.
    case list
    /// A word that was taught, as its file has it; with `take`, the recording of that number instead.
    case get(name: String, take: Int? = nil)
    /// Has a word heard from now on, instead of the one of its name: the content of a `word.json`. It has no takes yet.
    case install(JSONContent)
    /// Keeps a recording that a word was taught with, so that it can be taught to another model.
    case addTake(name: String, number: Int, recording: [UInt8])
    /// Forgets a word.
    case remove(name: String)

    /// The value of the field `request`.
    var name: String {
        switch self {
        case .list: "words"
        case .get: "word"
        case .install: "install_word"
        case .addTake: "add_take"
        case .remove: "remove_word"
        }
    }

    static let names = ["words", "word", "install_word", "add_take", "remove_word"]

    /// A recording is a short one.
    private static let mostRecordingBytes = 120 << 10

    private enum CodingKeys: String, CodingKey {
        case name, word, number, take, wav
    }

    /// Nil if it is another request.
    init?(named request: String, from decoder: any Decoder) throws(ErrorMessage) {
        guard Self.names.contains(request) else { return nil }
        guard request != "words" else {
            self = .list
            return
        }
        guard let container = try? decoder.container(keyedBy: CodingKeys.self) else { return nil }
        func number(_ key: CodingKeys) throws(ErrorMessage) -> Int {
            guard let number = try? container.decode(Int.self, forKey: key), (1...99).contains(number) else {
                throw ErrorMessage(.badField, "\(key.stringValue) must be a whole number from 1 to 99")
            }
            return number
        }
        guard request != "install_word" else {
            guard let word = try? container.decode(JSONContent.self, forKey: .word), case .object = word else {
                throw ErrorMessage(.badField, "word must be an object, the content of a word.json")
            }
            self = .install(word)
            return
        }
        guard let name = try? container.decode(String.self, forKey: .name), name.utf8.count <= 1024 else {
            throw ErrorMessage(.badField, "name must be a string, that of a word")
        }
        switch request {
        case "word": self = .get(name: name, take: container.contains(.take) ? try number(.take) : nil)
        case "remove_word": self = .remove(name: name)
        default:
            guard let wav = try? container.decode(Data.self, forKey: .wav), wav.count <= Self.mostRecordingBytes else {
                throw ErrorMessage(
                    .badField, "wav must be a recording of at most \(Self.mostRecordingBytes) bytes, in base64")
            }
            self = .addTake(name: name, number: try number(.number), recording: [UInt8](wav))
        }
    }

    func addFields(to line: inout JSONLine) {
        switch self {
        case .list: break
        case .get(let name, let take):
            line.add(CodingKeys.name, name)
            line.add(CodingKeys.take, take)
        case .install(let word): line.add(CodingKeys.word, word)
        case .addTake(let name, let number, let recording):
            line.add(CodingKeys.name, name)
            line.add(CodingKeys.number, number)
            line.add(CodingKeys.wav, Data(recording).base64EncodedString())
        case .remove(let name): line.add(CodingKeys.name, name)
        }
    }
}
