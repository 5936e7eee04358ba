import ServiceLifecycle
import ServiceManager

/// What the service manager is told after the start: that recordings could be recognised, for its watchdog, and the end.
struct ManagerService: Service {
    let recognizer: Recognizer
    let notifier: Notifier

    func run() async throws {
        if let interval = Notifier.watchdogInterval {
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                // A job goes through the threads that recognise; while they stand, nothing is told.
                try await recognizer.answer()
                notifier.watchdog()
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval / 3) }
            }
        } else {
            try await gracefulShutdown()
        }
        notifier.stopping(status: "Finishing what runs")
    }
}
