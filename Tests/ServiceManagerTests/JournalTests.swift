import Glibc
import ServiceManager
import Testing

@Suite(.serialized)
struct JournalTests {
    @Test func `a descriptor is the journal's only if device and inode agree`() {
        var pipes: [Int32] = [0, 0]
        pipe(&pipes)
        defer { pipes.forEach { close($0) } }
        var status = stat()
        fstat(pipes[1], &status)
        defer { unsetenv("JOURNAL_STREAM") }
        setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
        #expect(Journal.isJournal(pipes[1]))
        setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino + 1)", 1)
        #expect(!Journal.isJournal(pipes[1]))
        for broken in ["", ":", "8", "8:", "a:b", "8:9:10"] {
            setenv("JOURNAL_STREAM", broken, 1)
            #expect(!Journal.isJournal(pipes[1]), "\(broken)")
        }
        unsetenv("JOURNAL_STREAM")
        #expect(!Journal.isJournal(pipes[1]))
    }

    @Test func `an entry carries its message, its priority and fields under names that the journal takes`() {
        let entries = Journal.entries(.warning, "two\nlines", fields: [("device", "hw:1"), ("_gap-samples", "160")])
        #expect(
            entries.map { String(decoding: $0, as: UTF8.self) } == [
                "MESSAGE=two\nlines", "PRIORITY=4", "DEVICE=hw:1", "GAP_SAMPLES=160",
            ])
    }

    @Test(arguments: [
        ("model", "MODEL"), ("__x", "X"), ("9lives", "LIVES"), ("é", "FIELD"), ("", "FIELD"), ("a.b c", "A_B_C"),
        (String(repeating: "n", count: 99), String(repeating: "N", count: 64)),
    ])
    func `field names become what the journal takes`(name: String, expected: String) {
        #expect(Journal.fieldName(name) == expected)
    }

    @Test func `sending an entry succeeds, and where no journal runs it goes nowhere`() {
        #expect(Journal.send(.debug, "attuned's tests were here", fields: [("TEST", "yes")]))
    }
}
