/// What can stand as a value in a ``JSONLine``.
public protocol JSONValue {
    /// Appends the value as JSON text in UTF-8, on one line.
    func appendJSON(to bytes: inout [UInt8])
}

extension String: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                // A reader may be a terminal: no control character of a device's or a file's name reaches it.
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension Bool: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) { bytes.append(contentsOf: (self ? "true" : "false").utf8) }
}

extension Double: JSONValue {
    /// The shortest text that reads back as the same number; `null` for infinity and not-a-number, which JSON lacks.
    public func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: (isFinite ? description : "null").utf8)
    }

    /// The nearest number with that many decimals, so that 0.97299998998 is printed as 0.973.
    package func rounded(decimals: Int) -> Double {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = self * scale
        return scaled.isFinite ? scaled.rounded() / scale : self
    }
}

extension Int: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) { bytes.append(contentsOf: description.utf8) }
}

extension Int64: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) { bytes.append(contentsOf: description.utf8) }
}

extension UInt64: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) { bytes.append(contentsOf: description.utf8) }
}

extension Array: JSONValue where Element: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            element.appendJSON(to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}
