import Listening
import Logging
import Protocol
import Realtime
import Server
import ServiceLifecycle
import ServiceManager

/// The event socket. Begun first and stopped last, so that its readers see everything.
struct EventService: Service {
    let server: EventServer

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            server.stop()
        }
    }
}

/// The microphone, the listening thread and the thread that publishes what it hears.
struct ListeningService: Service {
    let listener: Listener
    let publisher: DetectionPublisher

    func run() async throws {
        defer {
            listener.stop()
            publisher.stop()
        }
        try await gracefulShutdown()
    }
}

/// Reads the configuration again for every SIGHUP.
struct ReloadService: Service {
    let hangups: AsyncStream<Void>
    let reloader: Reloader
    let notifier: Notifier
    let logger: Logger

    func run() async throws {
        for await _ in hangups.cancelOnGracefulShutdown() {
            notifier.reloading(status: "Reading the configuration again")
            // A file that does not let itself be read holds up no stop.
            let result = await cancelWhenGracefulShutdown { () async -> Result<String, ErrorMessage> in
                do throws(ErrorMessage) {
                    return .success(try await reloader.reload())
                } catch {
                    return .failure(error)
                }
            }
            do throws(ErrorMessage) {
                let summary = try result.get()
                logger.notice("reloaded: \(summary)")
                notifier.ready(status: "Reloaded: \(summary)")
            } catch {
                logger.error("reload failed, the old settings stay: \(error.error)")
                notifier.ready(status: "Reload failed, the old settings stay: \(error.error)")
            }
        }
    }
}
