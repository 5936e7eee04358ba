/// Why a word cannot be taught, and what to do.
public enum EnrolmentError: Error, Equatable, Sendable, CustomStringConvertible {
    case noEmbedding(model: String, version: String)
    case noBank(path: String, reason: String)
    case tooFewTakes(Int)
    case tooManyTakes(Int)
    case takesUnlikeEachOther
    case insideKnownWord(String)
    case unlikeKnownWord(String)
    case notTellable(alarmsPerHour: Double)

    public var description: String {
        switch self {
        case .noEmbedding(let model, let version):
            "the model \(model) \(version) cannot learn words; use a newer one"
        case .noBank(let path, let reason): "\(path): \(reason)"
        case .tooFewTakes(let count):
            "\(count) takes serve, at least \(Enrolment.takes.lowerBound) are needed: say the word a few times more, each time as you would call it"
        case .tooManyTakes(let count):
            "\(count) takes are more than \(Enrolment.takes.upperBound): choose those that differ most"
        case .takesUnlikeEachOther:
            "the takes are not alike enough to be one word: say the same word in each, without others before or behind it"
        case .insideKnownWord(let word):
            "it is heard as \"\(word)\", which is listened for already: both would fire; choose another word"
        case .unlikeKnownWord(let word):
            "the takes sound nothing like \"\(word)\", which the model knows; call your word by another name"
        case .notTellable(let rate):
            "it cannot be told from other speech: it would fire \(rate > 100 ? "more than 100" : "\(Int(rate.rounded(.up)))") times an hour; choose a longer word, of two or three syllables"
        }
    }
}
