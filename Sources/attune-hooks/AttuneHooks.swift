import ArgumentParser
import Client
import Glibc
import Hooks
import Logging
import Protocol
import Realtime
import ServiceManager
import ServiceProgram
import ServiceSettings

/// The command line of the hooks.
@main
struct AttuneHooks: SmallService {
    static let configuration = CommandConfiguration(
        commandName: "attune-hooks",
        abstract: "Run commands and post to webhooks when words are heard.",
        discussion: """
            Reads the daemon's socket, and a file that says what is to be done for which words:

              hooks:
                lamp:
                  words: [go, stop]
                  command: [/usr/local/bin/lamp, toggle]
                home:
                  words: alexa
                  url: https://home.local:8123/api/webhook/alexa

            A command gets the event in its environment (ATTUNED_KEYWORD and so on) and as JSON on standard input. SIGHUP
            reads the file again, SIGTERM ends it. For one word in a terminal: attune on WORD -- COMMAND
            """,
        version: attunedVersion)

    @Option(help: "File that holds the hooks. (default: \(defaultFile))", completion: .file())
    var config: String = defaultFile
    @Option(help: "Path of the daemon's socket. (default: ATTUNED_SOCKET, the user's own daemon, or the system's)")
    var socket: String?
    @Flag(help: "Read the file, say what is wrong with it, and end.")
    var check = false

    private static let defaultFile = "/etc/attuned/hooks.yaml"

    static func main() {
        // What a hook is given must never land on a number below three.
        while case let free = open("/dev/null", O_RDWR | O_CLOEXEC), free >= 0 {
            if free > STDERR_FILENO {
                close(free)
                break
            }
        }
        runOnMainThread()
    }

    func run() async throws {
        try await endTellingWhy {
            let environment = inheritedEnvironment()
            let hooks = try HooksFile.read(config)
            let log = try SettingsReader(environment: environment).read(file: nil).log
            if check { return print("\(config): fine, \(hooks.count == 1 ? "one hook" : "\(hooks.count) hooks")") }
            let signals = try CaughtSignals.stream([SIGHUP, SIGTERM, SIGINT])
            try await logging(log) { _, logger in
                releaseMemoryOnceStarted()
                await follow(hooks, signals, environment, logger)
            }
        }
    }

    private func follow(
        _ hooks: [Hook], _ signals: AsyncStream<CInt>, _ environment: [String: String], _ logger: Logger
    ) async {
        let path = socket ?? SocketPath.client(environment: environment)
        let inherited = HookEnvironment(inheriting: environment, socketPath: path)
        let dispatcher = HookDispatcher(logger: logger) { hook in
            switch hook.action {
            case .post(let url): return Webhook(url: url, timeLimit: hook.timeLimit)
            case .command(let path, let arguments):
                var logger = logger
                logger[metadataKey: "hook"] = "\(hook.name)"
                return CommandAction(
                    hook: hook.name, path: path, arguments: arguments, timeLimit: hook.timeLimit,
                    environment: inherited, output: .log(logger))
            }
        }
        dispatcher.use(hooks)
        let following = Task { await DaemonFollower(path: path).run(dispatcher.take) }
        let notifier = Notifier()
        notifier.ready(status: "\(hooks.count) hooks from \(config)")
        for await signal in signals {
            guard signal == SIGHUP else { break }
            reload(dispatcher, notifier, logger)
        }
        notifier.stopping()
        following.cancel()
        await dispatcher.stop()
    }

    private func reload(_ dispatcher: HookDispatcher, _ notifier: Notifier, _ logger: Logger) {
        notifier.reloading()
        let result: String
        do throws(SettingsError) {
            let hooks = try HooksFile.read(config)
            dispatcher.use(hooks)
            result = "\(hooks.count) hooks from \(config)"
            logger.info("reloaded: \(result)")
        } catch {
            for problem in error.problems { logger.error("\(problem)") }
            logger.error("the hooks stay as they were; mend the file and reload again")
            result = "Reload failed, the hooks stay as they were: \(error.problems.count) problems, see the log"
        }
        notifier.ready(status: result)
    }
}
