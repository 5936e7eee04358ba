/// One JSON object on one line, its fields in the order in which they were added.
///
/// A person who reads the socket with `nc -U` sees `type`, then what matters most, then the rest; `JSONEncoder`
/// promises no order. The text is compact, holds no line feed, and is always valid JSON: strings are escaped, a number
/// that is not finite is written as `null`.
public struct JSONLine: Sendable, Equatable {
    private var fields: [UInt8] = []

    /// An object without fields.
    public init() {}

    /// An object whose first field is `type`.
    public init(type: String) {
        add("type", type)
    }

    /// Adds a field. A name is written as given, even if the object has one of that name already.
    public mutating func add(_ name: String, _ value: some JSONValue) {
        if !fields.isEmpty { fields.append(UInt8(ascii: ",")) }
        name.appendJSON(to: &fields)
        fields.append(UInt8(ascii: ":"))
        value.appendJSON(to: &fields)
    }

    /// Adds a field, or nothing where there is no value: to a reader of JSON an absent field and `null` are the same.
    public mutating func add(_ name: String, _ value: (some JSONValue)?) {
        if let value { add(name, value) }
    }

    /// Adds a field named as a decoder names it, so that the two directions cannot drift.
    mutating func add(_ key: some CodingKey, _ value: some JSONValue) {
        add(key.stringValue, value)
    }

    /// Adds a field named as a decoder names it, or nothing where there is no value.
    mutating func add(_ key: some CodingKey, _ value: (some JSONValue)?) {
        if let value { add(key.stringValue, value) }
    }

    /// The object as UTF-8, without a line feed.
    public var utf8: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.count + 2)
        appendJSON(to: &bytes)
        return bytes
    }

    /// The object as text, without a line feed.
    public var text: String { String(decoding: utf8, as: UTF8.self) }
}

extension JSONLine: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        bytes.append(contentsOf: fields)
        bytes.append(UInt8(ascii: "}"))
    }
}
