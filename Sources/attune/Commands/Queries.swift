import ArgumentParser
import Protocol
import Time

/// What the daemon does now.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what the daemon does now.")
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let answer = try await connection.answer(to: .status)
        guard !connection.json, case .status(let status) = answer.content else { return print(answer.line) }
        print(
            """
            \(Terminal.marked(status.state.rawValue, good: status.state == .listening)): \(status.reason)
              device    \(status.device)
              level     \(status.levelDBFS.map { "\($0.formatted(1)) dBFS" } ?? "-")
              clock     \(status.clockPartsPerMillion.map { "\($0.formatted(0)) ppm" } ?? "-")
              model     \(status.model) \(status.modelVersion)
              keywords  \(status.keywords.joined(separator: " "))
              up        \(status.uptimeSeconds.clockText)
              last      \(status.lastEvent.map { "\($0.keyword) at \($0.timestamp.localClock)" } ?? "nothing heard yet")
            """)
        if let alarms = status.expectedFalseAlarmsPerHour, let missed = status.expectedMissed {
            print(
                "  expects   \(alarms.formatted(2)) false alarms an hour of all wake words, \(missed.percent) of them missed"
            )
        }
    }
}

/// Whether the daemon hears.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether the daemon hears; the exit code is 0 only if it does.")
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let answer = try await connection.answer(to: .health)
        guard case .health(let health) = answer.content else { return print(answer.line) }
        if connection.json {
            print(answer.line)
        } else {
            print(
                "\(Terminal.marked(health.healthy ? "healthy" : "unhealthy", good: health.healthy)): \(health.reason)")
            var table = Table(["flow", "total", "last"])
            let checks = health.checks
            for (name, check) in [
                ("samples", checks.samples), ("frames", checks.frames), ("inferences", checks.inferences),
            ] {
                table.add([name, "\(check.total)", check.ageSeconds.map { "\($0.formatted(2)) s ago" } ?? "never"])
            }
            print(table.text)
        }
        if !health.healthy { throw Exit.unhealthy }
    }
}

/// The daemon's counters.
struct Metrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the daemon's counters.")
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let answer = try await connection.answer(to: .metrics)
        guard !connection.json, case .metrics(let metrics) = answer.content else { return print(answer.line) }
        let audioSeconds = SampleRate.seconds(metrics.samples)
        let cost = audioSeconds > 0 ? (metrics.cpuSeconds / audioSeconds * 1000).formatted(2) : "-"
        let words = metrics.detections.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print(
            """
            audio         \(audioSeconds.formatted(1)) s, \(metrics.frames) frames, \(metrics.inferences) inferences
            lost          \(SampleRate.seconds(metrics.lostSamples).formatted(2)) s in \(metrics.gaps) gaps; \
            \(metrics.xruns) xruns, \(metrics.suspensions) suspends, device opened \(metrics.deviceOpenings) times
            capture       at most \((metrics.captureDelayMaxSeconds * 1000).formatted(1)) ms late, ring at most \
            \((metrics.ringFillMax * 100).formatted(1)) % full
            clock         \(metrics.clockPartsPerMillion.map { "\($0.formatted(0)) ppm" } ?? "-")
            detections    \(words.joined(separator: ", "))
            latency       \(metrics.latencyMeanMilliseconds.map { "\($0.formatted(0)) ms after the word (mean)" } ?? "-")
            inference     \((metrics.processingTimeMeanSeconds * 1000).formatted(3)) ms (mean), \
            \((metrics.processingTimeMaxSeconds * 1000).formatted(3)) ms (longest)
            processor     \(metrics.cpuSeconds.formatted(2)) s, \(cost) ms a second of audio
            memory        \((Double(metrics.residentBytes) / 1_048_576).formatted(1)) MB
            readers       \(metrics.readers) now, \(metrics.readersDropped) dropped, \(metrics.readersRefused) sent away
            """)
    }
}
