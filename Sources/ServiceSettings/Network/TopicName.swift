/// Parts of the topics of MQTT, which give a meaning to some characters.
public enum TopicName {
    /// What is wrong with the name of a listener, which is one level of a topic; nil if nothing is.
    public static func problem(level text: String) -> String? {
        if text.contains("/") { return "holds a \"/\", which would make two levels of a topic of it" }
        return problem(levels: text)
    }

    /// What is wrong with a listener as `NAME=PATH`; nil if nothing is.
    static func problem(listener text: String) -> String? {
        guard let (name, path) = listener(text) else { return "has no \"=\" between a name and the path of a socket" }
        if path.isEmpty { return "has no path after the \"=\"" }
        return problem(level: name)
    }

    /// The name and the path of `NAME=PATH`.
    public static func listener(_ text: String) -> (name: String, path: String)? {
        guard let sign = text.firstIndex(of: "=") else { return nil }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    /// What is wrong with the beginning of a topic, which may have several levels; nil if nothing is.
    static func problem(levels text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > 64 { return "is longer than 64 bytes" }
        if text.contains(where: { $0 == "#" || $0 == "+" }) {
            return "holds \"#\" or \"+\", which stand for other topics when somebody subscribes"
        }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
            return "holds a line feed or another control character"
        }
        if text.hasPrefix("$") { return "begins with \"$\", which brokers keep to themselves" }
        if text.split(separator: "/", omittingEmptySubsequences: false).contains("") {
            return "has an empty level: a \"/\" at its beginning, at its end, or two together"
        }
        return nil
    }

    /// The text in letters, digits and "-" alone, as Home Assistant's ids and Hermes' topics must be; every other byte is
    /// "_" and two hexadecimal digits, so that no two texts become one.
    public static func id(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { id, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                id.unicodeScalars.append(Unicode.Scalar(byte))
            default: id += "_\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
