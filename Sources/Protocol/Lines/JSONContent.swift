/// Any JSON value, for what is only passed on.
public enum JSONContent: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([JSONContent])
    case object([String: JSONContent])
}

extension JSONContent: Decodable {
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: AnyKey.self) {
            var fields: [String: JSONContent] = [:]
            for key in container.allKeys { fields[key.stringValue] = try container.decode(Self.self, forKey: key) }
            self = .object(fields)
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [JSONContent] = []
            while !container.isAtEnd { elements.append(try container.decode(Self.self)) }
            self = .list(elements)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let bool = try? container.decode(Bool.self) {
                self = .bool(bool)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .string(try container.decode(String.self))
            }
        }
    }
}

extension JSONContent: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): value.appendJSON(to: &bytes)
        case .number(let value):
            // A whole number stays one.
            if let whole = Int(exactly: value), whole.magnitude <= 1 << 53 {
                whole.appendJSON(to: &bytes)
            } else {
                value.appendJSON(to: &bytes)
            }
        case .string(let value): value.appendJSON(to: &bytes)
        case .list(let values): values.appendJSON(to: &bytes)
        case .object(let fields):
            var object = JSONLine()
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) { object.add(name, value) }
            object.appendJSON(to: &bytes)
        }
    }
}
