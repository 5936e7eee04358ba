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

    @Test func `sending an entry succeeds, and where no journal runs it goes nowhere`() {
        #expect(Journal.send([("MESSAGE", "attuned's tests were here"), ("PRIORITY", "7")]))
    }
}
