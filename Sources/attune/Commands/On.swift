import ArgumentParser
import Client
import FoundationEssentials
import Glibc
import Hooks
import Protocol
import Realtime
import Synchronization

/// One hook in the foreground.
struct On: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command whenever a word is heard.",
        discussion: """
            The command is started as it stands, without a shell, with the event in its environment (ATTUNED_KEYWORD,
            ATTUNED_CONFIDENCE, ATTUNED_ID, ATTUNED_TIMESTAMP, …) and as a line of JSON on its standard input. One runs at a
            time: what is heard meanwhile is dropped, or waits with --queue. What takes longer than --timeout is ended, with all
            that it has started. A word can be '*': all of them.

              attune on alexa -- notify-send "Yes?"
              attune on '*' -- jq -r .keyword
              attune on stop --timeout 5s --queue 3 -- sh -c 'echo "$ATTUNED_KEYWORD at $ATTUNED_TIMESTAMP" >> words.txt'

            It waits for a daemon that restarts, and ends with Ctrl-C. Many hooks, and webhooks, without a terminal:
            attune-hooks.
            """)

    @Argument(help: "The word, as `attune status --json` lists it, or '*'.")
    var word: String
    @Option(help: "How long the command may take: \(Hook.timeLimitMeaning).")
    var timeout = "30s"
    @Option(help: "How many events may wait while the command runs, 0 to 100.")
    var queue = 0
    @Option(help: "The daemon's socket. (default: ATTUNED_SOCKET, the user's own daemon, or the system's)")
    var socket: String?
    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("Say what is to be run, after two hyphens: attune on \(word) -- COMMAND")
        }
        guard Hook.timeLimit(timeout) != nil else {
            throw ValidationError("The time limit \"\(timeout)\" is not possible; give \(Hook.timeLimitMeaning).")
        }
        guard Hook.queueLengths.contains(queue) else {
            throw ValidationError("A queue of \(queue) is not possible; give 0 to \(Hook.queueLengths.upperBound).")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let path = socket ?? SocketPath.client(environment: environment)
        let hook = try makeHook(environment)
        guard case .command(let program, let arguments) = hook.action else { return }
        try await checkWord(path)
        let signals = try CaughtSignals.stream([SIGINT, SIGTERM, SIGHUP])
        let action = CommandAction(
            hook: hook.name, path: program, arguments: arguments, timeLimit: hook.timeLimit,
            environment: HookEnvironment(inheriting: environment, socketPath: path), output: .inherited)
        let runner = HookRunner(hook, action: action) { complain($0) }
        let following = Task { await DaemonFollower(path: path).run { take($0, for: runner) } }
        for await _ in signals { break }
        following.cancel()
        await HookRunner.stop([runner])
        complain("\(runner.counts)")
    }

    private func makeHook(_ environment: [String: String]) throws -> Hook {
        let name = command[0]
        let folder = FileManager.default.currentDirectoryPath
        // As a shell does: a name with a slash is a path.
        let found =
            name.contains("/") && !name.hasPrefix("/")
            ? folder + "/" + name
            : TrustedFile.command(name, path: environment["PATH"] ?? TrustedFile.standardPath)
        guard let program = found else {
            complain("there is no program \"\(name)\" in PATH; give its path")
            throw Exit.noInput
        }
        if let problem = TrustedFile.problem(of: program, kind: .program) {
            complain("\(program) \(problem)")
            throw access(program, F_OK) == 0 ? Exit.notPermitted : Exit.noInput
        }
        return Hook(
            name: word, words: [word], action: .command(path: program, arguments: Array(command.dropFirst())),
            timeLimit: Hook.timeLimit(timeout) ?? .seconds(30), queueLength: queue)
    }

    /// Ends where there is no daemon, or it does not listen for the word.
    private func checkWord(_ path: String) async throws {
        let words: [String]
        do {
            let client = try await EventClient.connect(to: path)
            let answer = try await client.answer(to: .status)
            client.close()
            guard case .status(let status) = answer.content else { return }
            words = status.keywords
        } catch {
            complain(error)
            throw Exit.unavailable
        }
        guard word == Hook.anyWord || words.contains(word) else {
            let known = words.sorted().joined(separator: ", ")
            complain("the daemon does not listen for \"\(word)\"; it listens for \(known)")
            throw Exit.badData
        }
    }

    private func take(_ news: DaemonFollower.News, for runner: HookRunner) {
        switch news {
        case .keyword(let event, let line):
            guard runner.hook.isFor(event.keyword) else { return }
            guard !HookDispatcher.isOld(event) else {
                return complain(
                    "\"\(event.keyword)\" of \(event.timestamp) came too late; \(command[0]) is not run for it")
            }
            runner.take(HeardKeyword(event, line: line))
        case .connected: complain("waiting for \(word == Hook.anyWord ? "any word" : word), to run \(command[0])")
        case .lost(let reason): complain("\(reason); waiting for the daemon")
        default: break
        }
    }
}
