extension AudioFields {
    /// The fields as nearly every client writes them: an object of whole numbers and nulls, each name at most once. Nil for what
    /// is written in another way, which is for the JSON decoder: it takes longer than all else that is done with a chunk before
    /// it is heard, and they come by the thousand a second.
    init?(plain data: [UInt8]) {
        self.init()
        var scanner = PlainScanner(data)
        guard scanner.skip("{") else { return nil }
        repeat {
            guard let name = scanner.name(), scanner.skip(":"), let number = scanner.numberOrNull() else { return nil }
            func isNew(_ field: StaticString, _ value: (some Any)?) -> Bool {
                value == nil
                    && name.elementsEqual(UnsafeBufferPointer(start: field.utf8Start, count: field.utf8CodeUnitCount))
            }
            if isNew("rate", rate) {
                rate = number.value
            } else if isNew("width", width) {
                width = number.value
            } else if isNew("channels", channels) {
                channels = number.value
            } else if isNew("timestamp", timestamp) {
                timestamp = number.value.map(Double.init)
            } else {
                return nil
            }
        } while scanner.skip(",")
        guard scanner.skip("}"), scanner.isAtEnd else { return nil }
    }
}

/// Reads plain JSON, piece by piece; spaces before a piece do not count.
private struct PlainScanner {
    private let bytes: [UInt8]
    private var place = 0

    struct Number { let value: Int? }

    /// A whole number of so many digits is the same as a `Double`.
    private static let mostDigits = 15

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { bytes[place...].allSatisfy { $0 == UInt8(ascii: " ") } }

    /// Goes past this character; false if it does not come next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    /// A string of small letters.
    mutating func name() -> ArraySlice<UInt8>? {
        guard skip("\"") else { return nil }
        let name = bytes[place...].prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        place = name.endIndex
        // Nothing may stand between the name and its end.
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
        place += 1
        return name
    }

    /// A whole number that is not negative, or null.
    mutating func numberOrNull() -> Number? {
        if skip("n") {
            guard bytes[place...].starts(with: "ull".utf8) else { return nil }
            place += 3
            return Number(value: nil)
        }
        while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
        let digits = bytes[place...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...Self.mostDigits).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0")
        else {
            return nil
        }
        place = digits.endIndex
        return Number(value: digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }
}
