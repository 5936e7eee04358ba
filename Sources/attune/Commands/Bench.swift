import ArgumentParser
import Audio
import Client
import Features
import FoundationEssentials
import Glibc
import Inference
import Models
import Protocol
import Realtime
import Spotting
import Time

/// Measures this machine.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what listening costs on this machine.",
        discussion: """
            Processor time for a second of audio, one thread, the median of several runs. With recordings, also the time
            from the end of each word to its event. If a daemon is running, it is watched for 20 seconds first:
            its memory, and its processor time while it listens.

              attune bench
              attune bench Config/demo/demo.flac
            """)

    @OptionGroup var modelOption: ModelOption
    @Option(help: "Seconds of audio in each run.")
    var seconds = 60
    @Option(help: "Runs, of which the median counts.")
    var runs = 5
    @Option(help: "The daemon's socket.")
    var socket: String?
    @Flag(help: "Print one JSON object.")
    var json = false
    @Argument(help: "Recordings with keywords, for the latency of events.", completion: .file())
    var files: [String] = []

    func validate() throws {
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 3600") }
        guard (1...100).contains(runs) else { throw ValidationError("--runs must be from 1 to 100") }
    }

    func run() async throws {
        let model = try modelOption.load()
        // While nothing else runs.
        let daemon = await daemonMeasurements()
        var results: [Measurement] = []
        var progress = ProgressBar("bench", total: Double(model.second == nil ? 6 : 7))
        func measure(_ name: String, _ unit: String, _ field: String, _ once: () -> Double) {
            results.append(Measurement(name, unit, field, value: (0..<runs).map { _ in once() }.sorted()[runs / 2]))
            progress.advance(to: Double(results.count))
        }
        let noise = whiteNoise(seconds: seconds)
        measure("features", "ms/s of audio", "features_ms") { featuresCost(model, noise) }
        for path in ComputePath.available {
            let suffix = path.rawValue.replacing("-", with: "_")
            measure("whole pipeline, \(path.rawValue)", "ms/s of audio", "pipeline_\(suffix)_ms") {
                pipelineCost(model, noise, path)
            }
        }
        if let second = model.second {
            measure("second look, where a word is reported", "ms", "second_look_ms") { secondLookCost(second, noise) }
        }
        measure("resampling 48 to 16 kHz", "ms/s of audio", "resampling_ms") { resamplingCost(noise) }
        measure("ring, write and read 10 ms", "ns", "ring_ns") { ringCost() }
        measure("loading the model", "ms", "load_ms") { cpuSeconds { _ = try? Model(path: model.path) } * 1000 }
        progress.finish()
        let latencies = try eventLatencies(model)
        if !latencies.isEmpty {
            let median = latencies.sorted()[latencies.count / 2]
            results.append(
                Measurement(
                    "end of word to event, \(latencies.count) events", "ms (median)", "latency_ms", value: median))
        }
        report(results + daemon, model)
    }

    /// Second looks in each run.
    private static let looks = 20

    private func report(_ results: [Measurement], _ model: Model) {
        guard !json else {
            var line = JSONLine()
            for result in results { line.add(result.field, result.value.rounded(decimals: 4)) }
            line.add("multiply_accumulates_per_hop", model.network.multiplyAccumulatesPerHop)
            line.add("multiply_accumulates_per_window", model.network.multiplyAccumulatesPerWindow)
            line.add("multiply_accumulates_per_second_window", model.second?.multiplyAccumulatesPerWindow)
            return print(line.text)
        }
        var table = Table(["what", "value", "unit"])
        for result in results { table.add([result.name, result.value.formatted(3), result.unit]) }
        print(table.text)
        func millions(_ count: Int) -> String { (Double(count) / 1e6).formatted(2) + " M" }
        print(
            """

            network: \(millions(model.network.multiplyAccumulatesPerHop)) multiply-accumulates a hop of \
            \(model.description.hopSamples / SampleRate.perMillisecond) ms, \(millions(model.network.multiplyAccumulatesPerWindow)) for a window from \
            nothing
            """)
        if let second = model.second {
            print("second network: \(millions(second.multiplyAccumulatesPerWindow)) for a window from nothing")
        }
    }

    private func eventLatencies(_ model: Model) throws -> [Double] {
        var latencies: [Double] = []
        for file in files {
            do throws(AudioError) {
                let spotter = Spotter(model, policy: DecisionPolicy(model.description))
                let reader = try MonoReader(path: file)
                while let samples = try reader.next() {
                    samples.withUnsafeBufferPointer { buffer in
                        spotter.process(buffer) { latencies.append($0.latencyMilliseconds) }
                    }
                }
            } catch {
                complain(error)
                throw error.exitCode
            }
        }
        return latencies
    }

    private func daemonMeasurements() async -> [Measurement] {
        let path = socket ?? SocketPath.client(environment: ProcessInfo.processInfo.environment)
        guard let client = try? await EventClient.connect(to: path, timeout: .seconds(1)),
            let first = await metrics(from: client)
        else { return [] }
        defer { client.close() }
        try? await Task.sleep(for: Self.daemonTime)
        guard let metrics = await metrics(from: client) else { return [] }
        func cost(since seconds: Double, _ samples: UInt64) -> Double {
            (metrics.cpuSeconds - seconds)
                / max(SampleRate.seconds(metrics.samples - min(samples, metrics.samples)), 1e-9)
                * 1000
        }
        return [
            Measurement(
                "running daemon, memory", "MB", "daemon_memory_mb", value: Double(metrics.residentBytes) / 1_048_576),
            Measurement(
                "running daemon, start included", "ms/s of audio", "daemon_cpu_ms",
                value: cost(since: 0, 0)),
            Measurement(
                "running daemon, since it listens", "ms/s of audio", "daemon_listening_cpu_ms",
                value: cost(since: first.cpuSeconds, first.samples)),
        ]
    }

    private func metrics(from client: EventClient) async -> MetricsReport? {
        guard case .metrics(let metrics)? = try? await client.answer(to: .metrics).content else { return nil }
        return metrics
    }

    /// For so long a running daemon is watched.
    private static let daemonTime = Duration.seconds(20)

    private struct Measurement {
        let name: String
        let unit: String
        let field: String
        let value: Double

        init(_ name: String, _ unit: String, _ field: String, value: Double) {
            (self.name, self.unit, self.field, self.value) = (name, unit, field, value)
        }
    }
}

extension Bench {
    /// Deterministic noise at -30 dBFS.
    private func whiteNoise(seconds: Int) -> [Float] {
        var state: UInt32 = 1
        return (0..<seconds * SampleRate.perSecond).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return (Float(state >> 8) / Float(1 << 23) - 1) * 0.05
        }
    }

    private func featuresCost(_ model: Model, _ samples: [Float]) -> Double {
        let features = MFCC(model.description.frontEnd)
        return cpuSeconds { samples.withUnsafeBufferPointer { features.process($0) { _, _ in } } } * 1000
            / Double(seconds)
    }

    private func pipelineCost(_ model: Model, _ samples: [Float], _ path: ComputePath) -> Double {
        let spotter = Spotter(model, policy: DecisionPolicy(model.description), path: path)
        return cpuSeconds {
            samples.withUnsafeBufferPointer { buffer in
                for start in stride(from: 0, to: buffer.count, by: 160) {
                    spotter.process(UnsafeBufferPointer(rebasing: buffer[start..<start + 160])) { _ in }
                }
            }
        } * 1000 / Double(seconds)
    }

    private func secondLookCost(_ network: Network, _ samples: [Float]) -> Double {
        let description = network.description
        let look = SecondLook(network, silence: Array(repeating: 0, count: description.frontEnd.coefficients))
        let features = MFCC(description.frontEnd)
        let smoothing = DecisionPolicy(description).smoothing
        return cpuSeconds {
            samples.withUnsafeBufferPointer { buffer in
                for _ in 0..<Self.looks {
                    features.process(UnsafeBufferPointer(rebasing: buffer[..<description.hopSamples])) { frame, _ in
                        look.append(frame, count: 1)
                    }
                    _ = look.score(of: 0, smoothing)
                }
            }
        } * 1000 / Double(Self.looks)
    }

    private func resamplingCost(_ samples: [Float]) -> Double {
        let resampler = Resampler(from: 48000, to: SampleRate.perSecond)
        var output = [Float](repeating: 0, count: resampler.capacity(for: 480))
        let periods = samples.count / 480
        return cpuSeconds {
            samples.withUnsafeBufferPointer { input in
                output.withUnsafeMutableBufferPointer { output in
                    for period in 0..<periods {
                        let block = UnsafeBufferPointer(rebasing: input[period * 480..<period * 480 + 480])
                        _ = resampler.process(block, into: output)
                    }
                }
            }
        } * 1000 / (Double(periods) / 100)
    }

    private func ringCost() -> Double {
        let ring = SampleRing(capacity: 32000)
        var producer = ring.makeProducer()
        var consumer = ring.makeConsumer()
        let period = [Float](repeating: 0.1, count: 160)
        var output = [Float](repeating: 0, count: 160)
        let rounds = 100_000
        return cpuSeconds {
            period.withUnsafeBufferPointer { period in
                output.withUnsafeMutableBufferPointer { output in
                    for _ in 0..<rounds {
                        _ = producer.write(period)
                        _ = consumer.read(into: output)
                    }
                }
            }
        } * 1e9 / Double(rounds)
    }

    /// Processor time of the calling thread.
    private func cpuSeconds(_ body: () -> Void) -> Double {
        let start = MonotonicClock.threadSeconds()
        body()
        return MonotonicClock.threadSeconds() - start
    }
}
