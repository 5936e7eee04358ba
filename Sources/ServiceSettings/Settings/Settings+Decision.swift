import Models
import Spotting
import Time

extension Settings {
    /// The decision that these settings ask for, with a model's words and thresholds.
    ///
    /// Throws every problem at once: words that the model does not have, words that can never be heard.
    public func decisionPolicy(for description: ModelDescription) throws(SettingsError) -> DecisionPolicy {
        let problems = words.validate(words: description.keywords, wakeWords: description.wakeWords)
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        var policy = detectionPolicy(for: description)
        for (index, word) in description.words.enumerated() where description.thresholds[word] != nil {
            let own = words.policy(for: word)
            policy.words[index].enabled = own.isEnabled
            if let threshold = own.threshold { policy.words[index].thresholdScore = LogOdds.of(probability: threshold) }
            if let own = own.refractoryMilliseconds {
                policy.words[index].refractorySamples = samples(milliseconds: own)
            }
            policy.words[index].after = words.openers(of: word, wakeWords: description.wakeWords)
                .compactMap { description.words.firstIndex(of: $0) }
            policy.words[index].afterSamples = samples(milliseconds: Int(own.withinSeconds * 1000))
        }
        return policy
    }

    /// The decision as the section `detection` has it: every word enabled.
    func detectionPolicy(for description: ModelDescription) -> DecisionPolicy {
        var policy = DecisionPolicy(
            description, asksSecond: detection.secondLook, falseAlarmsPerHour: detection.falseAlarmsPerHour)
        policy.smoothingHops = detection.smoothingHops
        policy.majorityHops = detection.majorityHops
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
