import Glibc
import Logging

/// What a command writes: a bounded part is kept for the log, the rest is taken and counted.
///
/// Who writes much is taken from ten times a second and waits meanwhile, so that one that writes without end costs next to
/// nothing until its time is up. One thread.
final class HookOutput {
    /// The command's end; -1 once it is closed here.
    private(set) var writeEnd: CInt
    private var readEnd: CInt
    private var kept: [UInt8] = []
    private var taken = 0
    private(set) var resumes: ContinuousClock.Instant?
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    private static let mostKept = 4096
    private static let mostLines = 20
    private static let pause = Duration.milliseconds(100)

    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError(code: errno) }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeWriteEnd()
        if readEnd >= 0 { close(readEnd) }
    }

    func closeWriteEnd() {
        if writeEnd >= 0 { close(writeEnd) }
        writeEnd = -1
    }

    /// What to wait for; -1 where there is nothing to be taken now.
    var readable: CInt {
        if let resumes, resumes > .now { return -1 }
        resumes = nil
        return readEnd
    }

    func read() {
        guard readEnd >= 0 else { return }
        let count = Glibc.read(readEnd, &chunk, chunk.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            close(readEnd)
            readEnd = -1
            return
        }
        kept.append(contentsOf: chunk[..<min(count, Self.mostKept - kept.count)])
        taken += count
        if taken > Self.mostKept { resumes = .now + Self.pause }
    }

    /// What still waits once the command has ended: at most what a pipe holds.
    func drain() {
        for _ in 0..<16 where readEnd >= 0 { read() }
    }

    var isEmpty: Bool { taken == 0 }

    func log(to logger: Logger) {
        let lines = kept.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        for line in lines.prefix(Self.mostLines) { logger.info("\(line)") }
        let unseen = lines.dropFirst(Self.mostLines).reduce(taken - kept.count) { $0 + $1.utf8.count }
        if unseen > 0 { logger.info("… and \(unseen) bytes more") }
    }
}
