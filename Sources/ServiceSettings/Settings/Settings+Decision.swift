import Models
import Spotting
import Time

extension Settings {
    /// The decision that these settings ask for, with a model's words and thresholds.
    ///
    /// Throws every problem at once: words that the model does not have, words that can never be heard. Words that it was
    /// taught are never a problem.
    public func decisionPolicy(for description: ModelDescription) throws(SettingsError) -> DecisionPolicy {
        let shipped = description.teaching([])
        let problems = words.validate(words: shipped.keywords, wakeWords: shipped.wakeWords)
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        var policy = detectionPolicy(for: description)
        let labels = description.labels
        let measured = policy.words.map(\.thresholdScore)
        let keywords = Set(description.keywords)
        for (index, word) in labels.enumerated() where keywords.contains(word) {
            let own = words.policy(for: word)
            let taught = index < description.words.count ? nil : description.taught[index - description.words.count]
            let openers = words.openers(of: word, wakeWords: description.wakeWords, taught: taught?.after ?? [])
            policy.words[index].after = openers.compactMap { opener in
                labels.firstIndex { OwnWord.haveSameName($0, opener) }
            }
            // What waits for words that are still to be taught does not count without them.
            let canCount = openers.isEmpty || !policy.words[index].after.isEmpty
            policy.words[index].enabled = own.isEnabled && taught?.isEnabled ?? true && canCount
            if let threshold = own.threshold {
                let score = LogOdds.of(probability: threshold)
                if let original = policy.words[index].original {
                    // What was taught beside a word of the model has scores of its own: it becomes as much stricter.
                    policy.words[index].thresholdScore += score - measured[original]
                } else {
                    policy.words[index].thresholdScore = score
                }
            }
            if let own = own.refractoryMilliseconds {
                policy.words[index].refractorySamples = samples(milliseconds: own)
            }
            policy.words[index].afterSamples = samples(milliseconds: Int(own.withinSeconds * 1000))
        }
        return policy
    }

    /// The decision as the section `detection` has it: every word enabled.
    func detectionPolicy(for description: ModelDescription) -> DecisionPolicy {
        var policy = DecisionPolicy(
            description, asksSecond: detection.secondLook, falseAlarmsPerHour: detection.falseAlarmsPerHour)
        policy.majorityHops = detection.majorityHops
        policy.smoothingHops = detection.smoothingHops ?? max(policy.smoothingHops, policy.majorityHops)
        policy.delayHops = detection.delayHops
        policy.crossWordRefractorySamples = samples(milliseconds: detection.crossWordRefractoryMilliseconds)
        policy.rearmRatio = Float(detection.rearmFraction)
        for index in policy.words.indices {
            policy.words[index].refractorySamples = samples(milliseconds: detection.refractoryMilliseconds)
        }
        return policy
    }

    /// What these settings ask of a model and cannot get, in words for a person; nothing that keeps it from working.
    public func notices(for description: ModelDescription) -> [String] {
        let missing = words.ownNames.filter { name in !description.taught.contains { $0.isNamed(name) } }
        return budgetNotices(for: description)
            + missing.map { "words.\($0): this word is not taught yet; teach it: attune enroll \"\($0)\"" }
    }

    private func budgetNotices(for description: ModelDescription) -> [String] {
        guard let budget = detection.falseAlarmsPerHour else { return [] }
        let (beyond, unmeasured) = description.unmetShares(of: budget, asksSecond: detection.secondLook)
        let setting = "detection.false_alarms_per_hour: \(budget) is"
        return [
            (beyond, "beyond what was measured, and the nearest threshold that was is used"),
            (unmeasured, "not known to the model, and its own threshold stays"),
        ].compactMap { words, message in
            words.isEmpty ? nil : "\(setting) \(message), for \(words.joined(separator: ", "))"
        }
    }

    /// The words that are listened for.
    public func enabledWords(of description: ModelDescription) -> [String] {
        description.keywords.filter { words.policy(for: $0).isEnabled }
    }

    private func samples(milliseconds: Int) -> Int { milliseconds * SampleRate.perMillisecond }
}
