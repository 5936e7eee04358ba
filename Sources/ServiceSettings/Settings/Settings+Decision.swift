import Inference
import Spotting

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
            if let threshold = own.threshold { policy.words[index].threshold = Float(threshold) }
            if let own = own.refractoryMilliseconds {
                policy.words[index].refractorySamples = samples(milliseconds: own)
            }
            policy.words[index].after = words.openers(of: word, wakeWords: description.wakeWords)
                .compactMap { description.words.firstIndex(of: $0) }
            policy.words[index].afterSamples = samples(milliseconds: Int(own.withinSeconds * 1000))
        }
        return policy
    }

    /// The decision as the section `detection` has it: every word enabled, at the model's own threshold.
    func detectionPolicy(for description: ModelDescription) -> DecisionPolicy {
        var policy = DecisionPolicy(description)
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

    /// The words that are listened for.
    public func enabledWords(of description: ModelDescription) -> [String] {
        description.keywords.filter { words.policy(for: $0).isEnabled }
    }

    private func samples(milliseconds: Int) -> Int { milliseconds * 16 }
}
