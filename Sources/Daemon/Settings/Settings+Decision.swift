import Capture
import Inference
import Spotting

extension Settings {
    /// The decision that these settings ask for, with a model's words and thresholds.
    ///
    /// Throws every problem at once: words that the model does not have, words that can never be heard.
    public func decisionPolicy(for description: ModelDescription) throws(SettingsError) -> DecisionPolicy {
        let problems = words.validate(words: description.keywords, wakeWords: description.wakeWords)
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        var policy = DecisionPolicy(description)
        policy.smoothingHops = detection.smoothingHops
        policy.majorityHops = detection.majorityHops
        policy.delayHops = detection.delayHops
        policy.crossWordRefractorySamples = samples(milliseconds: detection.crossWordRefractoryMilliseconds)
        policy.rearmRatio = Float(detection.rearmFraction)
        for (index, word) in description.words.enumerated() where description.thresholds[word] != nil {
            let own = words.policy(for: word)
            policy.words[index].enabled = own.isEnabled
            if let threshold = own.threshold { policy.words[index].threshold = Float(threshold) }
            policy.words[index].refractorySamples = samples(
                milliseconds: own.refractoryMilliseconds ?? detection.refractoryMilliseconds)
            policy.words[index].after = words.openers(of: word, wakeWords: description.wakeWords)
                .compactMap { description.words.firstIndex(of: $0) }
            policy.words[index].afterSamples = samples(milliseconds: Int(own.withinSeconds * 1000))
        }
        return policy
    }

    /// The words that are listened for.
    public func enabledWords(of description: ModelDescription) -> [String] {
        description.keywords.filter { words.policy(for: $0).isEnabled }
    }

    /// What differs from earlier settings, and what of it waits for a restart, in words for a person.
    func changes(since before: Settings) -> String {
        let live = [
            ("capture", capture.source != before.capture.source), ("words", words != before.words),
            ("detection", detection != before.detection),
            ("log.level", log.level != before.log.level),
        ].filter(\.1).map(\.0)
        let later = [
            ("capture.keep_seconds", capture.keepSeconds != before.capture.keepSeconds),
            ("model", model != before.model),
            ("socket", socket != before.socket), ("log.format", log.format != before.log.format),
        ].filter(\.1).map(\.0)
        var parts = [live.isEmpty ? "nothing changed" : "\(live.joined(separator: ", ")) changed"]
        if !later.isEmpty { parts.append("\(later.joined(separator: ", ")) changes with a restart of the daemon") }
        return parts.joined(separator: "; ")
    }

    private func samples(milliseconds: Int) -> Int { milliseconds * 16 }
}

extension Settings.Capture {
    /// What is to be opened.
    var source: Microphone.Source {
        Microphone.Source(device: device, channel: channel.policy, realtimePriority: realtimePriority)
    }
}

extension CaptureChannel {
    /// As capture counts: from 0.
    var policy: ChannelPolicy {
        switch self {
        case .mix: .mix
        case .number(let number): .channel(number - 1)
        }
    }
}
