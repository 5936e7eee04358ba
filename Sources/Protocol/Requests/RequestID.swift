/// What a reader calls its request; the answer carries it back unchanged.
public enum RequestID: Sendable, Hashable {
    case string(String)
    case integer(Int64)
    case number(Double)
    case null
}

extension RequestID: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .string(value) }
}

extension RequestID: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .string(try container.decode(String.self))
        }
    }
}

extension RequestID: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        switch self {
        case .string(let string): string.appendJSON(to: &bytes)
        case .integer(let integer): integer.appendJSON(to: &bytes)
        case .number(let number): number.appendJSON(to: &bytes)
        case .null: bytes.append(contentsOf: "null".utf8)
        }
    }
}
