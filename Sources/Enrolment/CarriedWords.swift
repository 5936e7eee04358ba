import Audio
import Models
import Protocol
import Spotting

/// Words that are kept, as a model can hear them: those that were taught to another one are fitted again to the takes that were
/// kept with them.
public struct CarriedWords: Sendable {
    /// By name.
    public let words: [OwnWord]
    /// Those among them that were fitted again.
    public let carried: [OwnWord]
    /// Those that cannot be heard.
    public let problems: [OwnWordStore.Problem]

    /// Reads all that are kept, and changes nothing. What is fitted again takes about a second each.
    public init(_ store: OwnWordStore, to model: Model) {
        var carrier = Carrier(model)
        var carried: [OwnWord] = []
        (words, problems) = store.load(for: model.description) { word, takes throws(OwnWordError) in
            carried.append(try carrier.carry(word, takes))
            return carried[carried.count - 1]
        }
        self.carried = carried
    }
}

extension OwnWordFile {
    /// The word as a model can hear it, fitted again if it was taught to another one.
    ///
    /// Throws why it cannot be heard, and what to do.
    public func word(for model: Model) throws(OwnWordError) -> OwnWord {
        guard model.description.ownWords != nil, !word.isTaught(to: model.description), !takes.isEmpty else {
            try word.check(fits: model.description)
            return word
        }
        var carrier = Carrier(model)
        return try carrier.carry(word, takes)
    }
}

/// Fits words to a model; what that takes is read for the first of them.
private struct Carrier {
    private let model: Model
    private var enrolment: Enrolment?

    init(_ model: Model) { self.model = model }

    mutating func carry(_ word: OwnWord, _ recordings: [Int: [UInt8]]) throws(OwnWordError) -> OwnWord {
        let (name, version) = (model.description.name, model.description.version)
        do {
            let enrolment = try self.enrolment ?? Enrolment(model)
            self.enrolment = enrolment
            return try enrolment.teachAgain(word.name, word, takes: Take.kept(recordings)) { _, _ in }
        } catch {
            throw OwnWordError(
                "it was taught to \(word.model) \(word.modelVersion), and its takes make no word of \(name) \(version): \(error)"
            )
        }
    }
}

extension Take {
    /// The takes that were kept with a word, those that can be read and serve, by their numbers.
    public static func kept(_ recordings: [Int: [UInt8]]) -> [Take] {
        recordings.sorted { $0.key < $1.key }.compactMap { number, recording in
            let name = "take \(number)"
            guard let file = try? AudioFile(bytes: recording, name: name),
                let samples = try? MonoReader(file).readAll(longestSeconds: longestRecordingSeconds)
            else { return nil }
            return try? Take(name: name, samples: samples)
        }
    }
}

extension Enrolment {
    /// Fits a word again: what was set for it since it was taught stays.
    ///
    /// - Parameter known: as it was taught; nil if it was not.
    func teachAgain(
        _ name: String, _ known: OwnWord?, takes: [Take], refuse: (Take, TakeProblem) -> Void
    ) throws -> OwnWord {
        var word = try teach(name, takes: takes, alarmsPerHour: Self.budget(of: known), refuse: refuse).word
        guard let known else { return word }
        (word.isWakeWord, word.after, word.isEnabled) = (known.isWakeWord, known.after, known.isEnabled)
        word.thresholdScore = known.thresholdScore
        return word
    }

    /// The false alarms an hour that it was allowed when it was taught.
    private static func budget(of known: OwnWord?) -> Double {
        guard case .number(let rate)? = known?.card["false_alarms_per_hour"], (0.01...10).contains(rate) else {
            return alarmsPerHour
        }
        return rate
    }
}
