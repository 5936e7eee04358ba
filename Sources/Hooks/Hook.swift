/// What is to be done when certain words are heard.
public struct Hook: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        /// A program and its arguments, handed over as they are: there is no shell.
        case command(path: String, arguments: [String])
        /// The event's JSON is posted to this address.
        case post(url: String)
    }

    /// The word that stands for all of them.
    public static let anyWord = "*"
    /// What a time limit may be.
    public static let timeLimits: ClosedRange<Duration> = .milliseconds(100)...(.seconds(3600))
    /// How many events may wait for one hook.
    public static let queueLengths = 0...100

    /// As the log calls it.
    public var name: String
    /// The words for which it runs.
    public var words: [String]
    public var action: Action
    /// After which it is ended.
    public var timeLimit: Duration
    /// How many events may wait while it runs; what comes beyond that is dropped and counted.
    public var queueLength: Int

    public init(name: String, words: [String], action: Action, timeLimit: Duration = .seconds(30), queueLength: Int = 0)
    {
        self.name = name
        self.words = words
        self.action = action
        self.timeLimit = timeLimit
        self.queueLength = queueLength
    }

    public func isFor(_ word: String) -> Bool { words.contains(word) || words.contains(Self.anyWord) }

    /// A time as a person writes it: `30s`, `500ms`, `2m`, or a number of seconds; nil for anything else, or what no time
    /// limit may be.
    public static func timeLimit(_ text: String) -> Duration? {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
        guard let (unit, seconds) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
        let digits = text.dropLast(unit.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }),
            let number = Double(digits), number.isFinite, number * seconds <= 3600
        else { return nil }
        let limit = Duration.seconds(number * seconds)
        return timeLimits.contains(limit) ? limit : nil
    }

    /// What a time limit may be, to stand after "give".
    public static let timeLimitMeaning = "a time from 100ms to 1h, as 30s or 2m"
}
