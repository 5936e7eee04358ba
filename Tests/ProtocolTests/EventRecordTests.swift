import Foundation
import Protocol
import TestServer
import Testing

struct EventRecordTests {
    /// A folder for one record, removed with the test.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "record-\(UUID().uuidString.prefix(8))").path
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        var file: String { path + "/events.jsonl" }
    }

    @Test(arguments: [0, 1, 255, 256, 257, 511, 512, 513, 1_300])
    func `the last events are there after a restart, and the file stays bounded`(count: Int) throws {
        let folder = try Folder()
        var id: UInt64 = 0
        // Two runs, and a third that reads.
        for half in [count / 2, count - count / 2] {
            let record = EventRecord(folder: folder.path)
            #expect(try record.load().last?.id ?? 0 == id)
            for _ in 0..<half {
                id += 1
                try record.append(keyword(id).jsonLine())
            }
        }
        let kept = UInt64(min(count, 256))
        let ids = try EventRecord(folder: folder.path).load().map(\.id)
        #expect(ids == (0..<kept).map { id - kept + 1 + $0 })
        let lines = (try? String(contentsOfFile: folder.file, encoding: .utf8))?.split(separator: "\n").count ?? 0
        #expect(lines <= 512)
    }

    @Test func `a line that a crash cut short, and what is no event, is left out`() throws {
        let folder = try Folder()
        let record = EventRecord(folder: folder.path)
        _ = try record.load()
        for id in 1...3 as ClosedRange<UInt64> { try record.append(keyword(id).jsonLine()) }
        let text = try String(contentsOfFile: folder.file, encoding: .utf8)
        try ("rubbish\n{\"type\":\"status\"}\n" + text.dropLast(40)).write(
            toFile: folder.file, atomically: true, encoding: .utf8)
        let again = EventRecord(folder: folder.path)
        #expect(try again.load().map(\.id) == [1, 2])
        try again.append(keyword(9).jsonLine())
        #expect(try EventRecord(folder: folder.path).load().map(\.id) == [1, 2, 9])
    }

    @Test(arguments: [
        (#""id":3"#, #""id":18446744073709551615"#), (#""id":3"#, #""id":9007199254740993"#),
        (#""id":3"#, #""id":4503599627370497"#),
        ("2026-11-22T10:30:00.123Z", "2147483647-1-1-1-1-1-000"),
        ("2026-11-22T10:30:00.123Z", "9999-99-99T99:99:99.999Z"),
        (#""start_sample":731200"#, #""start_sample":18446744073709551615"#),
        (#""latency_ms":118.0"#, #""latency_ms":1e300"#),
    ])
    func `a number beyond all measure is no event, and the next id is counted from those before`(
        _ text: String, _ wild: String
    ) throws {
        let folder = try Folder()
        let lines = (1...3 as ClosedRange<UInt64>).map { keyword($0).jsonLine().text }
        #expect(lines[2].contains(text))
        try (lines[..<2] + [lines[2].replacingOccurrences(of: text, with: wild)]).joined(separator: "\n")
            .write(toFile: folder.file, atomically: true, encoding: .utf8)
        #expect(try EventRecord(folder: folder.path).load().map(\.id) == [1, 2])
    }

    @Test func `a record that cannot be written says so, and is whole again once it can`() throws {
        let folder = try Folder()
        let record = EventRecord(folder: folder.path)
        _ = try record.load()
        // In the way of its rewriting.
        try FileManager.default.createDirectory(atPath: folder.file + ".part", withIntermediateDirectories: false)
        #expect(throws: EventRecordError.self) { try record.append(keyword(1).jsonLine()) }
        try FileManager.default.removeItem(atPath: folder.file + ".part")
        try record.append(keyword(2).jsonLine())
        #expect(try EventRecord(folder: folder.path).load().map(\.id) == [1, 2])
        // In the way of its lines, as where no descriptor is free.
        try FileManager.default.removeItem(atPath: folder.file)
        try FileManager.default.createDirectory(atPath: folder.file, withIntermediateDirectories: false)
        #expect(throws: EventRecordError.self) { try record.append(keyword(3).jsonLine()) }
        try FileManager.default.removeItem(atPath: folder.file)
        try record.append(keyword(4).jsonLine())
        #expect(try EventRecord(folder: folder.path).load().map(\.id) == [1, 2, 3, 4])
    }
}
