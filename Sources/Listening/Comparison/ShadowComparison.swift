import Models
import Spotting
import Time

/// Compares what the active model and its shadow heard in the same audio.
///
/// Nobody says what was spoken, so what followed is taken as the judge: a word that was acted on was meant. A command
/// counts as acted on if one of the words that it must follow came before it, and such a word, if one that must follow it
/// came after. When only one of the models heard a word, it was right if the word was acted on, and wrong if not.
package struct ShadowComparison {
    /// Who heard a word.
    package enum Hearer: Sendable { case active, shadow }

    /// A word that was heard, by one or by both.
    package struct Utterance: Sendable {
        package let word: String
        package let heardBy: Hearer
        package let detection: Detection
        /// Whether it was acted on; nil where the policy tells nothing.
        package internal(set) var isActedOn: Bool?
        /// When the other model heard it too: how late the two decided, in milliseconds.
        fileprivate var latencies: (active: Double, shadow: Double)?
        /// When each word was last heard before it, by either model, and which were heard since.
        fileprivate let before: [String: UInt64]
        fileprivate var after: Set<String> = []
    }

    /// What came of one word.
    package struct Counts: Sendable, Equatable {
        /// Heard by both, by the active model alone, by the shadow alone.
        package var agreed: UInt64 = 0
        package var activeOnly: UInt64 = 0
        package var shadowOnly: UInt64 = 0
        /// Of those that one heard alone: where the active model was right, and where the shadow.
        package var forActive: UInt64 = 0
        package var forShadow: UInt64 = 0

        package init(
            agreed: UInt64 = 0, activeOnly: UInt64 = 0, shadowOnly: UInt64 = 0, forActive: UInt64 = 0,
            forShadow: UInt64 = 0
        ) {
            (self.agreed, self.activeOnly, self.shadowOnly) = (agreed, activeOnly, shadowOnly)
            (self.forActive, self.forShadow) = (forActive, forShadow)
        }
    }

    /// For each word that both models know.
    package private(set) var counts: [String: Counts]
    /// Sums over all words that both heard, in milliseconds.
    package private(set) var latencySum = (active: 0.0, shadow: 0.0)

    /// Not judged yet, oldest first.
    private var open: [Utterance] = []
    /// When a word was last heard by either model, in samples.
    private var lastHeard: [String: UInt64] = [:]

    /// The same word by both within this time is one utterance, in samples.
    private static let sameSamples: UInt64 = 12000
    /// So long after its end a word is judged: what follows a wake word has come, or has not.
    private static let patienceSamples: UInt64 = 6 * UInt64(SampleRate.perSecond)
    /// More are never kept open, however much is spoken.
    private static let mostOpen = 256

    package init(active: ModelDescription, shadow: ModelDescription) {
        let known = Set(shadow.keywords)
        counts = Dictionary(
            uniqueKeysWithValues: active.keywords.filter(known.contains).map { ($0, Counts()) })
    }

    /// Takes a word that a model decided on, in the order of the decisions.
    package mutating func add(_ detection: Detection, of word: String, heardBy hearer: Hearer) {
        for index in open.indices { open[index].after.insert(word) }
        defer { lastHeard[word] = detection.endSample }
        guard counts[word] != nil else { return }
        let same = open.lastIndex {
            $0.word == word && $0.heardBy != hearer && $0.latencies == nil
                && distance($0.detection.endSample, detection.endSample) <= Self.sameSamples
        }
        if let same {
            let (first, second) = (open[same].detection.latencyMilliseconds, detection.latencyMilliseconds)
            open[same].latencies = hearer == .shadow ? (first, second) : (second, first)
        } else if open.count < Self.mostOpen {
            open.append(Utterance(word: word, heardBy: hearer, detection: detection, before: lastHeard))
        }
    }

    /// Judges what was spoken long enough ago.
    ///
    /// - Parameters:
    ///   - now: samples heard so far.
    ///   - policy: of the active model, as it is now.
    /// - Returns: the words that only one of the models heard.
    package mutating func judge(now: UInt64, policy: DecisionPolicy, words: [String]) -> [Utterance] {
        var disagreements: [Utterance] = []
        while let oldest = open.first, oldest.detection.endSample + Self.patienceSamples <= now {
            var utterance = open.removeFirst()
            if let latencies = utterance.latencies {
                counts[utterance.word]?.agreed += 1
                latencySum.active += latencies.active
                latencySum.shadow += latencies.shadow
                continue
            }
            utterance.isActedOn = isActedOn(utterance, policy, words)
            count(utterance)
            disagreements.append(utterance)
        }
        return disagreements
    }

    private mutating func count(_ utterance: Utterance) {
        var count = counts[utterance.word] ?? Counts()
        let isActive = utterance.heardBy == .active
        if isActive { count.activeOnly += 1 } else { count.shadowOnly += 1 }
        if let isActedOn = utterance.isActedOn {
            if isActive == isActedOn { count.forActive += 1 } else { count.forShadow += 1 }
        }
        counts[utterance.word] = count
    }

    private func isActedOn(_ utterance: Utterance, _ policy: DecisionPolicy, _ words: [String]) -> Bool? {
        guard let index = words.firstIndex(of: utterance.word) else { return nil }
        let rules = policy.words[index]
        if !rules.after.isEmpty {
            let start = utterance.detection.endSample - min(utterance.detection.endSample, UInt64(rules.afterSamples))
            return rules.after.contains { utterance.before[words[$0]].map { $0 >= start } ?? false }
        }
        let followers = words.indices.filter { policy.words[$0].after.contains(index) }
        return followers.isEmpty ? nil : followers.contains { utterance.after.contains(words[$0]) }
    }

    private func distance(_ left: UInt64, _ right: UInt64) -> UInt64 { max(left, right) - min(left, right) }
}
