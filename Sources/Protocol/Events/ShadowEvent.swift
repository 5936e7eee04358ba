/// A word that the active model heard and its shadow did not, or the other way round.
public struct ShadowEvent: SocketMessage, Equatable {
    public static let type = "shadow"

    public var word: HeardWord
    /// `active` or `shadow`.
    public var heardBy: String
    /// Whether it was acted on: a command after a wake word, a wake word before a command. Nil if that cannot be told.
    public var isActedOn: Bool?

    public init(_ word: HeardWord, heardBy: String, isActedOn: Bool?) {
        self.word = word
        self.heardBy = heardBy
        self.isActedOn = isActedOn
    }

    private enum CodingKeys: String, CodingKey {
        case heardBy = "heard_by"
        case isActedOn = "acted_on"
    }

    public init(from decoder: any Decoder) throws {
        word = try HeardWord(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        heardBy = try container.decode(String.self, forKey: .heardBy)
        isActedOn = try container.decodeIfPresent(Bool.self, forKey: .isActedOn)
    }

    public func addFields(to line: inout JSONLine) {
        word.addFields(to: &line)
        line.add(CodingKeys.heardBy, heardBy)
        line.add(CodingKeys.isActedOn, isActedOn)
    }
}
