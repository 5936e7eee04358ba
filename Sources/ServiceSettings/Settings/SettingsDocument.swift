/// One configuration file, read key by key: what it sets goes into the settings, what is wrong is kept with its line.
package struct SettingsDocument {
    private let name: String
    package private(set) var problems: [SettingsProblem] = []
    /// Where each setting of the table stands.
    package private(set) var origins: [String: SettingsOrigin] = [:]

    package init(name: String) {
        self.name = name
    }

    package mutating func read(_ text: String, into settings: inout Settings) {
        guard let root = compose(text) else { return }
        guard case .mapping(let sections) = root.content else {
            if !root.isNull {
                report(
                    root, nil, "is \(root.kind) and not settings; write sections like \"capture:\" with keys below"
                )
            }
            return
        }
        for (keyNode, value) in sections {
            let key = keyNode.keyText
            if key == "words" {
                readWords(value, into: &settings.words)
            } else if SettingKey.sections.contains(key) {
                readSection(key, value, into: &settings)
            } else if let setting = SettingKey.all.first(where: { $0.name == key || $0.key == key }) {
                report(
                    keyNode, key,
                    "stands in the wrong place; write \"\(setting.key):\" in the section \"\(setting.section):\"")
            } else {
                let known = SettingKey.sections + ["words"]
                report(keyNode, key, "there is no such section; \(suggestion(for: key, among: known))")
            }
        }
    }

    private mutating func readSection(_ section: String, _ node: YAMLNode, into settings: inout Settings) {
        guard let entries = mapping(node, section) else { return }
        for (keyNode, value) in entries {
            let name = section + "." + keyNode.keyText
            guard let key = SettingKey.named(name) else {
                let known = SettingKey.all.filter { $0.section == section }.map(\.key)
                report(keyNode, name, "there is no such setting; \(suggestion(for: keyNode.keyText, among: known))")
                continue
            }
            origins[name] = origin(keyNode)
            guard let text = scalar(value, name, key.value.expectation, isNumber: key.value.isNumber) else { continue }
            if let message = key.value.set(text, in: &settings) { report(value, name, message) }
        }
    }
}

// MARK: - Words

extension SettingsDocument {
    private mutating func readWords(_ node: YAMLNode, into words: inout WordSettings) {
        guard let entries = mapping(node, "words") else { return }
        // What every named word starts from is read first, wherever it stands.
        for (keyNode, value) in entries where keyNode.keyText == WordSettings.standardName {
            words.origins[WordSettings.standardName] = origin(keyNode)
            words.standard = policy(value, "words.default", from: words.standard, of: nil)
        }
        for (keyNode, value) in entries where keyNode.keyText != WordSettings.standardName {
            let word = keyNode.keyText
            words.origins[word] = origin(keyNode)
            words.named[word] = policy(value, "words." + word, from: words.standard, of: word)
        }
    }

    private mutating func policy(
        _ node: YAMLNode, _ name: String, from standard: WordSettings.Policy, of word: String?
    ) -> WordSettings.Policy {
        var policy = standard
        guard let entries = mapping(node, name) else { return policy }
        for (keyNode, value) in entries {
            let key = keyNode.keyText
            let full = name + "." + key
            switch key {
            case "enabled":
                if let isEnabled = flag(value, full) { policy.isEnabled = isEnabled }
            case "own" where word != nil:
                if let isOwn = flag(value, full) { policy.isOwn = isOwn }
            case "threshold":
                if let number = number(value, full, 0...1) { policy.threshold = number }
            case "refractory_ms":
                if let number = number(value, full, 0...60_000) {
                    policy.refractoryMilliseconds = Int(number.rounded())
                }
            case "within_seconds":
                if let number = number(value, full, 0.1...3600) { policy.withinSeconds = number }
            case "after":
                policy.after = wordList(value, full)
                if let word, policy.after.contains(word) {
                    report(value, full, "a word cannot wait for itself; name another one")
                }
            default:
                let known = ["enabled", "threshold", "refractory_ms", "after", "within_seconds", "own"]
                report(keyNode, full, "there is no such setting; \(suggestion(for: key, among: known))")
            }
        }
        return policy
    }

    private mutating func flag(_ node: YAMLNode, _ name: String) -> Bool? {
        let expectation = "true or false"
        guard let text = scalar(node, name, expectation, isNumber: true) else { return nil }
        switch text {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default:
            report(node, name, "\(quoted(text)) is not known; give \(expectation)")
            return nil
        }
    }

    private mutating func number(_ node: YAMLNode, _ name: String, _ range: ClosedRange<Double>) -> Double? {
        let expectation = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = scalar(node, name, expectation, isNumber: true) else { return nil }
        guard let number = decimalNumber(text) else {
            report(node, name, "\(quoted(text)) is not a number; give \(expectation)")
            return nil
        }
        guard range.contains(number) else {
            report(node, name, "\(text) is out of range; give \(expectation)")
            return nil
        }
        return number
    }

    private mutating func wordList(_ node: YAMLNode, _ name: String) -> [String] {
        let expectation = "a word or a list of words"
        guard case .sequence(let nodes) = node.content else {
            return scalar(node, name, expectation).map { [$0] } ?? []
        }
        return nodes.compactMap { scalar($0, name, expectation) }
    }
}

// MARK: - Nodes

extension SettingsDocument {
    /// The entries of a section; nil when it is empty or, which is reported, something else.
    private mutating func mapping(_ node: YAMLNode, _ name: String) -> [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let entries) = node.content { return entries }
        if !node.isNull {
            report(node, name, "is \(node.kind); write its settings below it, each as \"key: value\"")
        }
        return nil
    }

    /// The text of a value that must be one.
    private mutating func scalar(
        _ node: YAMLNode, _ name: String, _ expectation: String, isNumber: Bool = false
    ) -> String? {
        guard case .scalar(let text, let isPlain) = node.content else {
            report(node, name, "is \(node.kind); give \(expectation)")
            return nil
        }
        if node.isNull {
            report(node, name, "has no value; give \(expectation), or remove the line")
            return nil
        }
        if isNumber, !isPlain {
            report(node, name, "\(quoted(text)) is a text in quotation marks; give \(expectation)")
            return nil
        }
        return text
    }

    private func origin(_ node: YAMLNode) -> SettingsOrigin {
        .file(name, line: node.line)
    }

    private mutating func report(_ node: YAMLNode, _ key: String?, _ message: String) {
        problems.append(
            SettingsProblem(origin(node), key: key.map { String(quoted($0).dropFirst().dropLast()) }, message))
    }

    /// The root of the document; nil when it is empty or, which is reported, not YAML.
    private mutating func compose(_ text: String) -> YAMLNode? {
        do throws(YAMLProblem) {
            return try yamlRoot(of: text)
        } catch {
            problems.append(SettingsProblem(error.line.map { .file(name, line: $0) } ?? .path(name), error.message))
            return nil
        }
    }
}
