import Glibc

/// A moment in milliseconds since 1970 in UTC, written as RFC 3339: `2026-11-22T10:30:00.123Z`.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var millisecondsSince1970: Int64

    public init(millisecondsSince1970: Int64) {
        self.millisecondsSince1970 = millisecondsSince1970
    }

    /// The machine's own clock, which may be set and stepped: for dating events, never for measuring them.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }
}

extension Timestamp: CustomStringConvertible {
    /// The years that four digits can say; a moment outside of them is written as the nearest.
    private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    public var description: String {
        let moment = min(max(millisecondsSince1970, Self.range.lowerBound), Self.range.upperBound)
        let milliseconds = (moment % 1000 + 1000) % 1000
        var seconds = time_t((moment - milliseconds) / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int32, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: width - text.utf8.count) + text
        }
        return "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
            + "T\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))"
            + ".\(digits(Int32(milliseconds), 3))Z"
    }

    /// Reads exactly what ``description`` writes; anything else is nil.
    public init?(_ text: String) {
        let form = "0000-00-00T00:00:00.000Z"
        guard text.utf8.count == form.utf8.count,
            zip(text.utf8, form.utf8).allSatisfy({ $1 == UInt8(ascii: "0") ? (48...57).contains($0) : $0 == $1 })
        else { return nil }
        // At most four digits each.
        let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        self.init(millisecondsSince1970: Int64(timegm(&parts)) * 1000 + Int64(numbers[6]))
        // The 31st of February and 25 o'clock read back as another text.
        guard description == text else { return nil }
    }
}

extension Timestamp: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a time like 2026-11-22T10:30:00.123Z")
        }
        self = timestamp
    }
}

extension Timestamp: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) { description.appendJSON(to: &bytes) }
}
