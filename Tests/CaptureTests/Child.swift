import FakeDevice
import Glibc

/// A program of this build, run as a child with its output kept.
struct Child {
    let pid: pid_t
    private let output: Int32
    private var unread: [UInt8] = []
    private var printed = ""

    /// Starts it with this process's environment and `environment` in front.
    init(_ program: String, _ arguments: [String], environment: [String] = []) throws {
        var pipes: [Int32] = [0, 0]
        pipe(&pipes)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, pipes[0])
        // The threads that run tests block signals; the child shall take them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let inherited = ["ALSA_CONFIG_PATH=\(FakeDevices.shared.configurationPath)", "PATH=/usr/bin:/bin"]
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = (environment + inherited).map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, FakeDevices.buildFolder + "/" + program, &actions, &attributes, &argv, &envp)
        close(pipes[1])
        self.pid = pid
        output = pipes[0]
        if failure != 0 { throw SpawnError(program: program, errno: failure) }
    }

    /// Waits for a line that holds `text`; nil if it does not come before the child's end.
    mutating func line(holding text: String) -> String? {
        while true {
            while let end = unread.firstIndex(of: 10) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread.removeFirst(end + 1)
                printed += line + "\n"
                if line.contains(text) { return line }
            }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(output, &bytes, bytes.count)
            guard count > 0 else { return nil }
            unread += bytes[..<count]
        }
    }

    /// Waits for its end: the exit status, -1 if a signal ended it, and what it printed.
    func wait() -> (status: Int32, output: String) {
        var text = Array(printed.utf8) + unread
        var bytes = [UInt8](repeating: 0, count: 4096)
        while case let count = read(output, &bytes, bytes.count), count > 0 { text += bytes[..<count] }
        close(output)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return (status & 0x7f == 0 ? (status >> 8) & 0xff : -1, String(decoding: text, as: UTF8.self))
    }

    struct SpawnError: Error {
        let program: String
        let errno: Int32
    }
}
