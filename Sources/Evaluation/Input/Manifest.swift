import FoundationEssentials

/// The list of a folder's recordings: `manifest.csv`, with a line of column names and one line a recording.
///
/// Columns are found by name, in any order: `path` (relative to the folder), `label` (a word, `_noise_`, or nothing for
/// running speech), `split` (`validation` for labelled clips of speakers who are not in the training data), `text` (what
/// is said, or nothing), and if they are there `source` (false alarms are counted by it) and `speaker`. Others, such as
/// `licence`, are for people.
public struct Manifest: Sendable {
    /// One recording.
    public struct Row: Sendable, Equatable {
        /// Where it stands in the file, counted from 1.
        public let line: Int
        public let path: String
        public let label: String
        public let split: String
        public let text: String
        /// Nothing if there is no such column.
        public let source: String
        /// Nothing if there is no such column.
        public let speaker: String

        /// Whether it is running speech or noise.
        var isBackground: Bool { label.isEmpty || label == Manifest.noiseLabel }
    }

    /// Its name in a folder of recordings.
    public static let fileName = "manifest.csv"
    /// The label of a recording without speech.
    public static let noiseLabel = "_noise_"
    /// The split whose clips are measured.
    public static let validationSplit = "validation"

    public let file: String
    public let rows: [Row]

    private static let neededColumns = ["path", "label", "split", "text"]

    public init(path: String) throws(CorpusError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(file: path, reason: "cannot be read")
        }
        file = path
        rows = try Self.rows(of: [UInt8](data), file: path)
    }

    static func rows(of bytes: [UInt8], file: String) throws(CorpusError) -> [Row] {
        let table: [CommaSeparatedValues.Row]
        do throws(CommaSeparatedValues.Failure) {
            table = try CommaSeparatedValues(bytes).rows
        } catch {
            throw .malformed(file: file, line: error.line, reason: error.reason)
        }
        guard let header = table.first else {
            throw .malformed(file: file, line: 1, reason: "is empty; the first line names the columns")
        }
        var columns: [Int] = []
        for name in neededColumns {
            guard let column = header.fields.firstIndex(of: name) else {
                throw .malformed(
                    file: file, line: header.line,
                    reason: "lacks the column \(name); it names \(header.fields.joined(separator: ",")), and what is "
                        + "needed is path,label,split,text")
            }
            columns.append(column)
        }
        let source = header.fields.firstIndex(of: "source")
        let speaker = header.fields.firstIndex(of: "speaker")
        var rows: [Row] = []
        var lines: [String: Int] = [:]
        for row in table.dropFirst() {
            guard row.fields.count == header.fields.count else {
                throw .malformed(
                    file: file, line: row.line,
                    reason: "has \(row.fields.count) fields, the first line names \(header.fields.count) columns; "
                        + "put a field that holds a comma in quotes")
            }
            let fields = columns.map { row.fields[$0] }
            guard !fields[0].isEmpty, !fields[0].hasPrefix("/") else {
                throw .malformed(file: file, line: row.line, reason: "the path must be relative to the folder")
            }
            if let first = lines.updateValue(row.line, forKey: fields[0]) {
                throw .malformed(file: file, line: row.line, reason: "\(fields[0]) stands in line \(first) already")
            }
            rows.append(
                Row(
                    line: row.line, path: fields[0], label: fields[1], split: fields[2], text: fields[3],
                    source: source.map { row.fields[$0] } ?? "", speaker: speaker.map { row.fields[$0] } ?? ""))
        }
        return rows
    }
}
