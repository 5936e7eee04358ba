/// What an own word may be called: words of any script, so that a name is a plain key wherever it goes (a configuration, a
/// topic of MQTT, a file's name, a page) and never a path, a pattern or a command.
package enum OwnWordName {
    static let lengths = 1...64
    private static let mostBytes = 512
    private static let punctuation: Set<Unicode.Scalar> = [" ", "-", "_", "'", "’", ".", ",", "!", "?"]
    /// Scripts of Asia join and part letters with them.
    private static let joiners: Set<Unicode.Scalar> = ["\u{200C}", "\u{200D}"]

    /// The name without spaces around it.
    ///
    /// Throws what is wrong with it.
    package static func checked(_ text: String) throws(OwnWordError) -> String {
        guard text.utf8.count <= mostBytes * 2 else { throw tooLong }
        var name = Substring(text)
        while name.first?.isWhitespace == true { name.removeFirst() }
        while name.last?.isWhitespace == true { name.removeLast() }
        guard !name.isEmpty else { throw OwnWordError("the name is empty; give the word as it is written") }
        guard lengths.contains(name.count), name.utf8.count <= mostBytes else { throw tooLong }
        guard name.first!.isLetter || name.first!.isNumber else {
            throw OwnWordError("a name begins with a letter or a digit")
        }
        guard name.unicodeScalars.allSatisfy(isAllowed) else {
            throw OwnWordError("a name has letters of any script, digits, spaces and - _ ' . , ! ? only")
        }
        return String(name)
    }

    /// What is the same for names that differ in nothing but case.
    static func key(_ name: String) -> String { name.lowercased() }

    /// The folder of a word: a–z, 0–9 and - as they are, every other byte as % and two digits; of a long one only the
    /// beginning and a checksum.
    static func folder(of name: String) -> String {
        let key = Array(key(name).utf8)
        var text = ""
        for byte in key {
            let scalar = Unicode.Scalar(byte)
            switch scalar {
            case "a"..."z", "0"..."9", "-": text.unicodeScalars.append(scalar)
            default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text.utf8.count <= 100 ? text : "\(text.prefix(60))-\(sha256(key).prefix(32))"
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber:
            true
        default: punctuation.contains(scalar) || joiners.contains(scalar)
        }
    }

    private static let tooLong = OwnWordError("the name is too long: it has at most \(lengths.upperBound) characters")
}
