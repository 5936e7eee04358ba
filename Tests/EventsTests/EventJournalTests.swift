import Events
import Foundation
import Testing

struct EventJournalTests {
    /// A folder for one journal, removed with the test.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString.prefix(8))").path
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
            let journal = EventJournal(folder: folder.path)
            #expect(try journal.load().last?.id ?? 0 == id)
            for _ in 0..<half {
                id += 1
                try journal.append(keyword(id))
            }
        }
        let kept = UInt64(min(count, 256))
        let ids = try EventJournal(folder: folder.path).load().map(\.id)
        #expect(ids == (0..<kept).map { id - kept + 1 + $0 })
        let lines = (try? String(contentsOfFile: folder.file, encoding: .utf8))?.split(separator: "\n").count ?? 0
        #expect(lines <= 512)
    }

    @Test func `a line that a crash cut short, and what is no event, is left out`() throws {
        let folder = try Folder()
        let journal = EventJournal(folder: folder.path)
        _ = try journal.load()
        for id in 1...3 as ClosedRange<UInt64> { try journal.append(keyword(id)) }
        let text = try String(contentsOfFile: folder.file, encoding: .utf8)
        try ("rubbish\n{\"type\":\"status\"}\n" + text.dropLast(40)).write(
            toFile: folder.file, atomically: true, encoding: .utf8)
        let again = EventJournal(folder: folder.path)
        #expect(try again.load().map(\.id) == [1, 2])
        try again.append(keyword(9))
        #expect(try EventJournal(folder: folder.path).load().map(\.id) == [1, 2, 9])
    }

    @Test func `a journal that cannot be written says so, and is whole again once it can`() throws {
        let folder = try Folder()
        let journal = EventJournal(folder: folder.path)
        _ = try journal.load()
        // In the way of its rewriting.
        try FileManager.default.createDirectory(atPath: folder.file + ".part", withIntermediateDirectories: false)
        #expect(throws: JournalError.self) { try journal.append(keyword(1)) }
        try FileManager.default.removeItem(atPath: folder.file + ".part")
        try journal.append(keyword(2))
        #expect(try EventJournal(folder: folder.path).load().map(\.id) == [1, 2])
    }
}
