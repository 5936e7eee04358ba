/// Rows of comma-separated values as RFC 4180 has them: a field in quotes may hold commas, line ends and doubled quotes.
///
/// Lines end in LF or CR LF; empty lines are left out.
struct CommaSeparatedValues {
    struct Row: Equatable {
        /// Where the row begins, counted from 1.
        let line: Int
        let fields: [String]
    }

    /// What is wrong, and in which line.
    struct Failure: Error, Equatable {
        let line: Int
        let reason: String
    }

    private(set) var rows: [Row] = []

    private enum State { case begun, plain, quoted, closed }
    private var state = State.begun
    private var fields: [String] = []
    private var field: [UInt8] = []
    private var line = 1
    private var rowLine = 1
    private var quoteLine = 1

    init(_ bytes: [UInt8]) throws(Failure) {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        for byte in bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0) { try take(byte) }
        guard state != .quoted else {
            throw Failure(line: quoteLine, reason: "a quote is opened and never closed")
        }
        if state != .begun || !fields.isEmpty { try take(UInt8(ascii: "\n")) }
    }

    private mutating func take(_ byte: UInt8) throws(Failure) {
        let quote = UInt8(ascii: "\"")
        switch (state, byte) {
        case (.quoted, quote): state = .closed
        case (.quoted, _):
            field.append(byte)
            if byte == UInt8(ascii: "\n") { line += 1 }
        case (.begun, quote):
            state = .quoted
            quoteLine = line
        case (.closed, quote):
            field.append(quote)
            state = .quoted
        case (_, UInt8(ascii: ",")): try endField()
        case (_, UInt8(ascii: "\n")): try endRow()
        case (_, UInt8(ascii: "\r")): break
        case (.closed, _): throw Failure(line: line, reason: "there is text after a closing quote")
        case (.plain, quote):
            throw Failure(line: line, reason: "a quote stands within a field; put the field in quotes and double it")
        default:
            field.append(byte)
            state = .plain
        }
    }

    private mutating func endField() throws(Failure) {
        guard let text = String(validating: field, as: UTF8.self) else {
            throw Failure(line: line, reason: "is not UTF-8")
        }
        fields.append(text)
        field = []
        state = .begun
    }

    private mutating func endRow() throws(Failure) {
        let isBlank = fields.isEmpty && state == .begun
        try endField()
        if !isBlank { rows.append(Row(line: rowLine, fields: fields)) }
        fields = []
        line += 1
        rowLine = line
    }
}
