/// A value of a YAML document, and the line where it begins.
package struct YAMLNode: Sendable {
    package enum Content: Sendable {
        /// A text; plain without quotation marks.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the text. No two keys are the same text.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    package let content: Content
    /// From 1.
    package let line: Int

    /// Whether it is no value at all.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text of a key; a question mark where it is none.
    package var keyText: String {
        if case .scalar(let text, _) = content { text } else { "?" }
    }

    /// What it is, to stand after "is".
    package var kind: String {
        switch content {
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a section"
        }
    }
}

/// Why a text is no YAML that settings are read from.
package struct YAMLProblem: Error {
    /// Line of the text, from 1; nil where it concerns all of it.
    package let line: Int?
    package let message: String
}

/// The root of a document; nil when it is empty. Takes time and memory in proportion to the text, whatever stands in it.
package func yamlRoot(of text: String) throws(YAMLProblem) -> YAMLNode? {
    try YAMLReader(text).root()
}
