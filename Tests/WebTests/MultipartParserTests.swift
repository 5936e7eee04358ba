import Forms
import TestSupport
import Testing

struct MultipartParserTests {
    private typealias Part = MultipartParser.Part

    /// The parts of a body that arrives in these pieces, or why it is none.
    private func parse(
        _ body: [UInt8], pieces: [Int], limit: Int = 1000, type: String = "multipart/form-data; boundary=\"a b\""
    ) -> Result<[Part], MultipartParser.Malformed> {
        Result { () throws(MultipartParser.Malformed) in
            var parser = try MultipartParser(contentType: type, partLimit: limit)
            var parts: [Part] = []
            var rest = body[...]
            var turn = 0
            while !rest.isEmpty {
                let piece = rest.prefix(max(1, pieces[turn % pieces.count]))
                parts += try parser.append(piece)
                rest = rest.dropFirst(piece.count)
                turn += 1
            }
            try parser.finish()
            return parts
        }
    }

    private static let form = Array(
        ("preamble\r\n--a b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x;\\\"y\\\".wav\"\r\n"
            + "Content-Type: audio/wav\r\n\r\nsound\r\n--a\r\n--a b\r\ncontent-disposition:form-data;name=empty\r\n\r\n"
            + "\r\n--a b--\r\nepilogue").utf8)
    private static let parts = [
        Part(name: "file", fileName: "x;\"y\".wav", content: Array("sound\r\n--a".utf8)),
        Part(name: "empty", fileName: nil, content: []),
    ]

    @Test func `a form is taken apart, however it arrives`() throws {
        for size in 1...Self.form.count {
            #expect(try parse(Self.form, pieces: [size]).get() == Self.parts, "in pieces of \(size)")
        }
    }

    @Test func `of a part that is too long only the name is kept`() throws {
        for size in [1, 7, 1000] {
            let parts = try parse(Self.form, pieces: [size], limit: 9).get()
            #expect(parts.map(\.content) == [nil, []] && parts[0].name == "file")
            #expect(try parse(Self.form, pieces: [size], limit: 10).get() == Self.parts)
        }
    }

    @Test func `a form that was cut short anywhere is malformed`() {
        let end = Self.form.count - "--\r\nepilogue".utf8.count
        for count in 0..<end {
            #expect(throws: MultipartParser.Malformed.self) {
                try parse(Array(Self.form.prefix(count)), pieces: [5]).get()
            }
        }
    }

    @Test func `damage gives the same answer however it arrives`() {
        var chooser = SeededGenerator(seed: 7)
        for _ in 0..<3000 {
            var form = Self.form
            for _ in 0..<Int.random(in: 1...4, using: &chooser) {
                let place = Int.random(in: 0..<form.count, using: &chooser)
                switch Int.random(in: 0..<3, using: &chooser) {
                case 0: form[place] = [13, 10, 45, 34, 58, 0].randomElement(using: &chooser)!
                case 1: form.remove(at: place)
                default: form.insert(contentsOf: form[place...].prefix(12), at: place)
                }
            }
            let whole = parse(form, pieces: [form.count])
            let pieces = (0..<5).map { _ in Int.random(in: 1...30, using: &chooser) }
            #expect(
                whole == parse(form, pieces: pieces),
                "\(String(decoding: form, as: UTF8.self).debugDescription) \(pieces)")
        }
    }

    @Test(arguments: ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""])
    func `without a boundary there is no form`(type: String) {
        #expect(throws: MultipartParser.Malformed.self) { try parse(Self.form, pieces: [100], type: type).get() }
    }
}
