import Foundation
import Protocol
import TestServer
import Testing

@Suite struct JSONLineTests {
    @Test func `fields stand in the order in which they were added`() {
        var line = JSONLine(type: "x")
        line.add("z", 1)
        line.add("a", 2.5)
        line.add("m", true)
        line.add("list", ["b", "a"])
        line.add("missing", String?.none)
        var inner = JSONLine()
        inner.add("y", UInt64.max)
        line.add("inner", inner)
        #expect(
            line.text == #"{"type":"x","z":1,"a":2.5,"m":true,"list":["b","a"],"inner":{"y":18446744073709551615}}"#)
        #expect(JSONLine().text == "{}")
    }

    @Test(arguments: [
        "", "plain", "quote \" backslash \\ slash /", "line\nfeed\r\n\ttab",
        "zero \u{0} bell \u{7} escape \u{1B}[31m \u{7F}",
        "Grüße, 日本語, 👩‍👩‍👧", "\u{2028}\u{2029}", #"{"not":"an object"}"#,
    ])
    func `any string survives, on one line`(_ text: String) throws {
        var line = JSONLine()
        line.add(text, text)
        #expect(!line.utf8.contains { $0 < 0x20 || $0 == 0x7F })
        let read = try object(line.text)
        #expect(read as? [String: String] == [text: text])
    }

    @Test(arguments: [
        0.0, -0.0, 1, -47.1, 1e-300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e16, 1e21, 0.1 + 0.2,
    ])
    func `a finite number reads back as itself`(_ number: Double) throws {
        var line = JSONLine()
        line.add("n", number)
        struct Holder: Decodable { let n: Double }
        #expect(try JSONDecoder().decode(Holder.self, from: Data(line.utf8)).n == number)
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan])
    func `a number that JSON lacks is null`(_ number: Double) {
        var line = JSONLine()
        line.add("n", number)
        #expect(line.text == #"{"n":null}"#)
    }
}

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_795_343_400_123, "2026-11-22T10:30:00.123Z"), (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
    ])
    func `a moment is written as RFC 3339 and read back`(_ milliseconds: Int64, _ text: String) {
        let timestamp = Timestamp(millisecondsSince1970: milliseconds)
        #expect(timestamp.description == text)
        #expect(Timestamp(text) == timestamp)
    }

    @Test func `days of four centuries agree with Foundation`() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        for day in stride(from: Int64(-40_000), to: 110_000, by: 13) {
            let milliseconds = day * 86_400_000 + 45_296_789
            let text = Timestamp(millisecondsSince1970: milliseconds).description
            #expect(text == formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000)))
            #expect(Timestamp(text)?.millisecondsSince1970 == milliseconds)
        }
    }

    @Test(arguments: [
        "", "2026-02-30T00:00:00.000Z", "2026-11-22T25:00:00.000Z", "2026-11-22 10:30:00.123Z", "2026-11-22T10:30:00Z",
        "2026-13-01T00:00:00.000Z", "x026-11-22T10:30:00.123Z", "2026/11/22T10:30:00.123Z",
    ])
    func `what is no moment is nil`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }
}
