import Hooks
import ServiceSettings

/// The file that says what is to be done for which words: read whole, and everything that is wrong is told with its line.
struct HooksFile {
    let path: String
    private var problems: [SettingsProblem] = []

    private static let mostHooks = 64
    private static let keys = ["words", "command", "url", "timeout", "queue"]

    /// The hooks of a file, at least one.
    static func read(_ path: String) throws(SettingsError) -> [Hook] {
        if let problem = TrustedFile.problem(of: path, kind: .file) {
            throw SettingsError(problems: [SettingsProblem(.path(path), problem)])
        }
        let text: String
        do throws(SettingsFileError) {
            text = try settingsText(at: path)
        } catch {
            throw SettingsError(problems: [SettingsProblem(.path(path), error.description)])
        }
        var file = HooksFile(path: path)
        let hooks = file.hooks(in: text)
        guard file.problems.isEmpty else { throw SettingsError(problems: file.problems) }
        return hooks
    }

    private init(path: String) { self.path = path }

    private mutating func hooks(in text: String) -> [Hook] {
        let root: YAMLNode?
        do throws(YAMLProblem) {
            root = try yamlRoot(of: text)
        } catch {
            problems.append(SettingsProblem(error.line.map { .file(path, line: $0) } ?? .path(path), error.message))
            return []
        }
        guard let root, !root.isNull else { return none() }
        guard case .mapping(let sections) = root.content else {
            report(root, nil, "is \(root.kind); write \"hooks:\" with a name for each hook below")
            return []
        }
        var hooks: [Hook] = []
        for (key, value) in sections {
            guard key.keyText == "hooks" else {
                report(key, key.keyText, "there is no such section; \(suggestion(for: key.keyText, among: ["hooks"]))")
                continue
            }
            guard !value.isNull else { continue }
            guard case .mapping(let entries) = value.content else {
                report(value, "hooks", "is \(value.kind); write a name for each hook below it")
                continue
            }
            if entries.count > Self.mostHooks {
                report(value, "hooks", "are \(entries.count); at most \(Self.mostHooks) are possible")
            }
            for (name, entry) in entries {
                if let hook = hook(name.keyText, entry, at: name) { hooks.append(hook) }
            }
        }
        return hooks.isEmpty && problems.isEmpty ? none() : hooks
    }

    private mutating func none() -> [Hook] {
        problems.append(
            SettingsProblem(.path(path), "holds no hooks; write one below \"hooks:\", as attune-hooks(8) shows"))
        return []
    }

    private mutating func hook(_ name: String, _ node: YAMLNode, at nameNode: YAMLNode) -> Hook? {
        let key = "hooks.\(name)"
        if name.isEmpty || name.utf8.count > 60 { report(nameNode, key, "is no name; give one of 1 to 60 letters") }
        guard case .mapping(let entries) = node.content else {
            report(node, key, "is \(node.kind); write words and command below it, each as \"key: value\"")
            return nil
        }
        var words: [String]?
        var actions: [Hook.Action?] = []
        var hook = Hook(name: name, words: [], action: .post(url: ""))
        for (entryNode, value) in entries {
            let entry = entryNode.keyText
            let full = "\(key).\(entry)"
            switch entry {
            case "words": words = texts(value, full, "a word, a list of words, or \"*\" for all")
            case "command": actions.append(command(value, full))
            case "url": actions.append(url(value, full))
            case "timeout":
                let limit = text(value, full, Hook.timeLimitMeaning).map { (Hook.timeLimit($0), $0) }
                if let (limit, text) = limit {
                    if let limit {
                        hook.timeLimit = limit
                    } else {
                        report(value, full, "\(quoted(text)) is not possible; give \(Hook.timeLimitMeaning)")
                    }
                }
            case "queue":
                let range = Hook.queueLengths
                let meaning = "a whole number from \(range.lowerBound) to \(range.upperBound)"
                guard let text = text(value, full, meaning) else { continue }
                if let number = wholeNumber(text), range.contains(number) {
                    hook.queueLength = number
                } else {
                    report(value, full, "\(quoted(text)) is not possible; give \(meaning)")
                }
            default:
                report(entryNode, full, "there is no such setting; \(suggestion(for: entry, among: Self.keys))")
            }
        }
        if words == nil { report(nameNode, key, "says no words; write \"words:\" with those that it is for") }
        if actions.count != 1 {
            report(nameNode, key, "needs either \"command:\" or \"url:\", and has \(actions.isEmpty ? "none" : "both")")
        }
        guard let words, let first = actions.first, let action = first else { return nil }
        (hook.words, hook.action) = (words, action)
        return hook
    }

    private mutating func command(_ node: YAMLNode, _ key: String) -> Hook.Action? {
        let meaning = "a list, the program first: [notify-send, \"heard\"]; there is no shell"
        guard case .sequence = node.content else {
            report(node, key, "is \(node.kind); give \(meaning)")
            return nil
        }
        guard let words = texts(node, key, meaning), let name = words.first else { return nil }
        guard let path = TrustedFile.command(name) else {
            report(
                node, key,
                "there is no program \(quoted(name)) in \(TrustedFile.standardPath); give its whole path, from / on")
            return nil
        }
        if let problem = TrustedFile.problem(of: path, kind: .program) {
            report(node, key, "\(path) \(problem)")
            return nil
        }
        return .command(path: path, arguments: Array(words.dropFirst()))
    }

    private mutating func url(_ node: YAMLNode, _ key: String) -> Hook.Action? {
        let meaning = "an address like https://home.local:8123/api/webhook/NAME"
        guard let text = text(node, key, meaning) else { return nil }
        if let problem = Webhook.prepare() {
            report(node, key, "needs libcurl, which cannot be used: \(problem); install libcurl4")
            return nil
        }
        if let problem = Webhook.problem(with: text) {
            // Not the address itself: it may hold a secret.
            report(node, key, "\(problem); give \(meaning)")
            return nil
        }
        return .post(url: text)
    }
}

// MARK: - Nodes

extension HooksFile {
    /// A text, or a list of them without an empty one; nil where it is, which is reported, something else.
    private mutating func texts(_ node: YAMLNode, _ key: String, _ meaning: String) -> [String]? {
        guard case .sequence(let nodes) = node.content else { return text(node, key, meaning).map { [$0] } }
        guard !nodes.isEmpty else {
            report(node, key, "is empty; give \(meaning)")
            return nil
        }
        let texts = nodes.compactMap { text($0, key, meaning, mayBeEmpty: true) }
        guard texts.count == nodes.count else { return nil }
        return texts
    }

    private mutating func text(_ node: YAMLNode, _ key: String, _ meaning: String, mayBeEmpty: Bool = false) -> String?
    {
        guard case .scalar(let text, _) = node.content else {
            report(node, key, "is \(node.kind); give \(meaning)")
            return nil
        }
        if node.isNull || text.isEmpty && !mayBeEmpty {
            report(node, key, "has no value; give \(meaning)")
            return nil
        }
        if text.utf8.contains(0) {
            report(node, key, "holds a zero byte; give \(meaning)")
            return nil
        }
        return text
    }

    private mutating func report(_ node: YAMLNode, _ key: String?, _ message: String) {
        let visible = key.map { String(quoted($0).dropFirst().dropLast()) }
        problems.append(SettingsProblem(.file(path, line: node.line), key: visible, message))
    }
}
