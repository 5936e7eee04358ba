/// The parameters of a header's value, as in `form-data; name="file"; filename="a.wav"`: names in lower case.
package struct HeaderParameters {
    /// What stands before the first parameter, in lower case.
    package let value: String
    private let parameters: [String: String]

    package init(_ header: String) {
        var pieces: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        for character in header {
            if character == ";" && !isQuoted {
                pieces.append("")
                continue
            }
            if character == "\"" && !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && isQuoted && !isEscaped
            pieces[pieces.count - 1].append(character)
        }
        value = Self.trimmed(pieces[0]).lowercased()
        var parameters: [String: String] = [:]
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(String(piece[..<equals])).lowercased()
            if parameters[name] == nil {
                parameters[name] = Self.unquoted(Self.trimmed(String(piece[piece.index(after: equals)...])))
            }
        }
        self.parameters = parameters
    }

    package subscript(name: String) -> String? { parameters[name] }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\" && !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
