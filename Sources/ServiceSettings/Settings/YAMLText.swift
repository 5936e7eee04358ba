import Yams

/// Why a text is no YAML that settings are read from.
struct YAMLProblem: Error {
    /// Line of the text, from 1; nil where it concerns all of it.
    let line: Int?
    let message: String
}

/// The root of a document; nil when it is empty. Takes time and memory in proportion to the text, whatever stands in it.
func yamlRoot(of text: String) throws(YAMLProblem) -> Node? {
    do {
        try checkKeys(of: text)
        return try Parser(yaml: text).singleRoot()
    } catch let problem as YAMLProblem {
        throw problem
    } catch let error as YamlError {
        throw explanation(of: error, in: text)
    } catch {
        throw YAMLProblem(line: nil, message: "is not YAML: \(error)")
    }
}

/// Refuses aliases in keys. Keys are compared while the text is read, aliases and all that they stand for included: a few
/// lines of aliases of aliases would be compared until the end of time.
private func checkKeys(of text: String) throws {
    guard text.contains("*") else { return }
    // Without asterisks there are no aliases, and all else stands where it stood.
    let root = try Parser(yaml: text.replacing("*", with: String(aliasMark))).singleRoot()
    guard let key = root.flatMap(keyWithAlias) else { return }
    throw YAMLProblem(line: key.mark?.line, message: "an alias stands in a key; write the key out")
}

/// A character for private use, in the place of the asterisk of an alias.
private let aliasMark: Character = "\u{E000}"

private func keyWithAlias(in node: Node) -> Node? {
    switch node {
    case .scalar, .alias: nil
    case .sequence(let nodes): nodes.lazy.compactMap(keyWithAlias).first
    case .mapping(let entries):
        entries.lazy.compactMap { key, value in hasAlias(key) ? key : keyWithAlias(in: value) }.first
    }
}

private func hasAlias(_ node: Node) -> Bool {
    switch node {
    case .scalar(let scalar): scalar.style == .plain && scalar.string.first == aliasMark
    case .alias: true
    case .sequence(let nodes): nodes.contains(where: hasAlias)
    case .mapping(let entries): entries.contains { hasAlias($0.key) || hasAlias($0.value) }
    }
}

private func explanation(of error: YamlError, in text: String) -> YAMLProblem {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        return YAMLProblem(
            line: mark.line,
            message:
                "is not YAML: \(problem); check indentation, colons and quotation marks of this line and the one before"
        )
    case .reader(let problem, let offset, _, _):
        let line = offset.map { lines(of: String(decoding: text.utf8.prefix($0), as: UTF8.self)).count }
        return YAMLProblem(line: line, message: "is not YAML: \(problem); remove the control character")
    case .duplicatedKeysInMapping(let duplicates, let context):
        let key = duplicates.first ?? ""
        return YAMLProblem(
            line: secondLine(of: key, after: context.mark, in: text),
            message: "\(quoted(key)) is given twice, the first time in line \(context.mark.line); remove one of them")
    default: return YAMLProblem(line: nil, message: "is not YAML: \(error)")
    }
}

/// Where a key stands for the second time in its section; YAML's own error knows the first.
private func secondLine(of key: String, after mark: Mark, in text: String) -> Int {
    let found = lines(of: text).enumerated().dropFirst(mark.line).first { _, line in
        let text = line.drop { $0 == " " }
        guard line.count - text.count == mark.column - 1 else { return false }
        let rest = text.drop { $0 == "\"" || $0 == "'" }
        return rest.hasPrefix(key) && rest.dropFirst(key.count).first { !" \"'".contains($0) } == ":"
    }
    return found.map { $0.offset + 1 } ?? mark.line
}

/// Lines as YAML counts them, however they end.
private func lines(of text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
}
