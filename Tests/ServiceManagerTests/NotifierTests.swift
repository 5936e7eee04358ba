import Glibc
import ServiceManager
import TestSupport
import Testing

// Serialized: libsystemd takes the socket's address from the environment of the process.
@Suite(.serialized)
struct NotifierTests {
    let socket = NotifySocket()
    let notifier = Notifier()

    init() { setenv("NOTIFY_SOCKET", socket.path, 1) }

    @Test func `ready, watchdog, status and stopping arrive as systemd reads them`() {
        #expect(Notifier.isWanted)
        notifier.ready(status: "Listening for 26 words")
        #expect(socket.receive() == ["READY=1", "STATUS=Listening for 26 words"])
        notifier.watchdog()
        #expect(socket.receive() == ["WATCHDOG=1"])
        notifier.status("No microphone")
        #expect(socket.receive() == ["STATUS=No microphone"])
        notifier.stopping()
        #expect(socket.receive() == ["STOPPING=1"])
    }

    @Test func `a reload tells the time at which it began`() throws {
        var before = timespec()
        clock_gettime(CLOCK_MONOTONIC, &before)
        notifier.reloading(status: "Reloading")
        let lines = socket.receive()
        try #require(lines.count == 3)
        #expect(lines[0] == "RELOADING=1" && lines[2] == "STATUS=Reloading")
        let value = try #require(lines[1].split(separator: "=").last.flatMap { Int($0) })
        #expect(lines[1].hasPrefix("MONOTONIC_USEC="))
        #expect((0..<5_000_000).contains(value - (before.tv_sec * 1_000_000 + before.tv_nsec / 1_000)))
    }

    @Test func `a status of two lines cannot set another variable`() {
        notifier.status("one\nREADY=1")
        #expect(socket.receive() == ["STATUS=one READY=1"])
    }

    @Test func `without a socket, or with one that nobody reads, nothing happens`() {
        setenv("NOTIFY_SOCKET", "/tmp/attuned-nobody-listens.sock", 1)
        notifier.stopping()
        unsetenv("NOTIFY_SOCKET")
        #expect(!Notifier.isWanted)
        notifier.stopping()
    }

    @Test(.timeLimit(.minutes(1)))
    func `a service manager that reads nothing holds nobody up, and is told the rest when it reads again`() {
        // More than the kernel keeps for it.
        for number in 0..<2000 { notifier.status("\(number)") }
        var told: [Int] = []
        while let line = socket.receive(withinMilliseconds: 500).first { told.append(Int(line.dropFirst(7)) ?? -1) }
        #expect((1..<2000).contains(told.count) && told == told.sorted() && told[0] >= 0)
        #expect(told.last == 1999, "the newest is what is so now")
        notifier.watchdog()
        #expect(socket.receive() == ["WATCHDOG=1"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `what changes the service's life is told however many lines of status come after it`() {
        for number in 0..<1000 { notifier.status("\(number)") }
        notifier.ready()
        for number in 1000..<2000 { notifier.status("\(number)") }
        notifier.stopping()
        var told: [String] = []
        while let line = socket.receive(withinMilliseconds: 500).first { told.append(line) }
        #expect(told.filter { !$0.hasPrefix("STATUS=") } == ["READY=1", "STOPPING=1"])
    }

    @Test func `the watchdog interval is the service manager's, and only for this process`() {
        setenv("WATCHDOG_USEC", "30000000", 1)
        setenv("WATCHDOG_PID", "\(getpid())", 1)
        #expect(Notifier.watchdogInterval == .seconds(30))
        setenv("WATCHDOG_PID", "1", 1)
        #expect(Notifier.watchdogInterval == nil)
        unsetenv("WATCHDOG_USEC")
        unsetenv("WATCHDOG_PID")
        #expect(Notifier.watchdogInterval == nil)
    }
}
