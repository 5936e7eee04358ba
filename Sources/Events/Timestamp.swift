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
    public var description: String {
        let milliseconds = (millisecondsSince1970 % 1000 + 1000) % 1000
        var seconds = time_t((millisecondsSince1970 - milliseconds) / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let digits = String(milliseconds)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            + "." + String(repeating: "0", count: 3 - digits.utf8.count) + digits + "Z"
    }

    /// Reads exactly what ``description`` writes; anything else is nil.
    public init?(_ text: String) {
        let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int32($0) }
        guard text.utf8.count == 24, numbers.count == 7 else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        self.init(millisecondsSince1970: Int64(timegm(&parts)) * 1000 + Int64(numbers[6]))
        // The 31st of February, 25 o'clock and the wrong separators read back as another text.
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
