/// Why a recording does not serve as a take, and what to do.
public enum TakeProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case damaged
    case silent
    case nothingStandsOut
    case tooQuiet(levelDBFS: Float)
    case clipped
    case severalWords(Int)
    case tooShort(seconds: Double)
    case tooLong(seconds: Double)
    case cutOff(atStart: Bool)
    case sameAs(String)
    case unlikeOthers
    case knownWord(String)

    public var description: String {
        switch self {
        case .damaged: "it holds numbers that are no sound"
        case .silent: "nothing is heard in it: is the microphone switched on?"
        case .nothingStandsOut:
            "no word stands out from what is around it: say it nearer to the microphone, in a quieter room"
        case .tooQuiet(let level): "it is very quiet (\(Int(level)) dBFS): come nearer, or raise the capture gain"
        case .clipped: "it is overdriven: lower the capture gain, or go further away"
        case .severalWords(let count):
            "\(count) words are heard in it, with pauses between: say the word once in each take"
        case .tooShort(let seconds):
            "what is heard lasts \(hundredths(seconds)) s: too short to be told from other sounds"
        case .tooLong(let seconds):
            "what is heard lasts \(hundredths(seconds)) s: at most \(hundredths(Take.seconds.upperBound)) s fit into the time that is looked at"
        case .cutOff(let atStart):
            atStart
                ? "its beginning is cut off: wait a moment before you speak"
                : "its end is cut off: wait a moment after you spoke"
        case .sameAs(let other): "it is the same recording as \(other): say the word anew for each take"
        case .unlikeOthers: "it sounds unlike the other takes: was it the same word?"
        case .knownWord(let word): "it is heard as \"\(word)\", which is listened for already"
        }
    }

    private func hundredths(_ seconds: Double) -> String {
        let value = Int((seconds * 100).rounded())
        return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
    }
}
