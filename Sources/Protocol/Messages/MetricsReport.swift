/// The daemon's counters and gauges. Counters count from the start of this run.
///
/// The daemon fills in what it measures; the server fills in what it knows of its readers.
public struct MetricsReport: SocketMessage, Equatable {
    public static let type = "metrics"

    /// Seconds since the daemon started.
    public var uptimeSeconds = 0.0
    /// 16 kHz samples taken from the ring.
    public var samples: UInt64 = 0
    /// Feature frames computed.
    public var frames: UInt64 = 0
    /// Runs of the network.
    public var inferences: UInt64 = 0
    /// Keyword events, for each word that had one.
    public var detections: [String: UInt64] = [:]
    /// Overruns of the capture device.
    public var xruns: UInt64 = 0
    /// Suspends of the machine that the capture went through.
    public var suspensions: UInt64 = 0
    /// How often a capture device was opened.
    public var deviceOpenings: UInt64 = 0
    /// Places where audio is missing.
    public var gaps: UInt64 = 0
    /// 16 kHz samples missing in them.
    public var lostSamples: UInt64 = 0
    /// 16 kHz samples that were cut off at the top: the microphone is too loud.
    public var clippedSamples: UInt64 = 0
    /// Samples that the full ring refused.
    public var refusedSamples: UInt64 = 0
    /// Detections that the full queue before the socket lost.
    public var lostDetections: UInt64 = 0
    /// Messages of the log that were lost because nobody read it.
    public var lostLogMessages: UInt64 = 0
    /// How full the sample ring is, 0 to 1.
    public var ringFill = 0.0
    /// The fullest that it was.
    public var ringFillMax = 0.0
    /// The latest that the capture thread came for a period that was complete, in seconds.
    public var captureDelayMaxSeconds = 0.0
    /// How much faster than nominal the device's clock goes, in millionths; nil for the first ten seconds, and without a clock.
    public var clockPartsPerMillion: Double?
    /// Seconds of CPU time of the whole process.
    public var cpuSeconds = 0.0
    /// Resident memory of the process.
    public var residentBytes: UInt64 = 0
    /// Mean seconds that an inference took.
    public var processingTimeMeanSeconds = 0.0
    /// The longest inference, in seconds.
    public var processingTimeMaxSeconds = 0.0
    /// Mean milliseconds from the end of a word to its event; nil before there was one.
    public var latencyMeanMilliseconds: Double?
    /// The longest of them.
    public var latencyMaxMilliseconds: Double?
    /// Models that took over while the daemon listened.
    public var modelActivations: UInt64 = 0
    /// Words that were taught and are heard.
    public var ownWords: UInt64 = 0
    /// How the model beside the active one compares with it; nil without one.
    public var shadow: ShadowReport?
    /// Readers connected now.
    public var readers: UInt64 = 0
    /// Readers that ever connected and were let in.
    public var readersAccepted: UInt64 = 0
    /// Readers sent away because there were too many.
    public var readersRefused: UInt64 = 0
    /// Readers dropped because they did not read.
    public var readersDropped: UInt64 = 0
    /// Requests answered, those with an error included.
    public var requests: UInt64 = 0
    /// Requests answered with an error.
    public var requestErrors: UInt64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case samples, frames, inferences, detections, xruns, suspensions, gaps, readers, requests, shadow
        case uptimeSeconds = "uptime_seconds"
        case deviceOpenings = "device_openings"
        case lostSamples = "lost_samples"
        case clippedSamples = "clipped_samples"
        case refusedSamples = "refused_samples"
        case lostDetections = "lost_detections"
        case lostLogMessages = "lost_log_messages"
        case ringFill = "ring_fill"
        case ringFillMax = "ring_fill_max"
        case captureDelayMaxSeconds = "capture_delay_max"
        case clockPartsPerMillion = "clock_ppm"
        case cpuSeconds = "cpu_seconds"
        case residentBytes = "resident_bytes"
        case processingTimeMeanSeconds = "processing_time_mean"
        case processingTimeMaxSeconds = "processing_time_max"
        case latencyMeanMilliseconds = "latency_mean_ms"
        case latencyMaxMilliseconds = "latency_max_ms"
        case modelActivations = "model_activations"
        case ownWords = "own_words"
        case readersAccepted = "readers_accepted"
        case readersRefused = "readers_refused"
        case readersDropped = "readers_dropped"
        case requestErrors = "request_errors"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.uptimeSeconds, uptimeSeconds.rounded(decimals: 1))
        line.add(CodingKeys.samples, samples)
        line.add(CodingKeys.frames, frames)
        line.add(CodingKeys.inferences, inferences)
        var words = JSONLine()
        for (word, count) in detections.sorted(by: { $0.key < $1.key }) { words.add(word, count) }
        line.add(CodingKeys.detections, words)
        line.add(CodingKeys.xruns, xruns)
        line.add(CodingKeys.suspensions, suspensions)
        line.add(CodingKeys.deviceOpenings, deviceOpenings)
        line.add(CodingKeys.gaps, gaps)
        line.add(CodingKeys.lostSamples, lostSamples)
        line.add(CodingKeys.clippedSamples, clippedSamples)
        line.add(CodingKeys.refusedSamples, refusedSamples)
        line.add(CodingKeys.lostDetections, lostDetections)
        line.add(CodingKeys.lostLogMessages, lostLogMessages)
        line.add(CodingKeys.ringFill, ringFill.rounded(decimals: 4))
        line.add(CodingKeys.ringFillMax, ringFillMax.rounded(decimals: 4))
        line.add(CodingKeys.captureDelayMaxSeconds, captureDelayMaxSeconds.rounded(decimals: 4))
        line.add(CodingKeys.clockPartsPerMillion, clockPartsPerMillion?.rounded(decimals: 1))
        line.add(CodingKeys.cpuSeconds, cpuSeconds.rounded(decimals: 3))
        line.add(CodingKeys.residentBytes, residentBytes)
        line.add(CodingKeys.processingTimeMeanSeconds, processingTimeMeanSeconds.rounded(decimals: 6))
        line.add(CodingKeys.processingTimeMaxSeconds, processingTimeMaxSeconds.rounded(decimals: 6))
        line.add(CodingKeys.latencyMeanMilliseconds, latencyMeanMilliseconds?.rounded(decimals: 1))
        line.add(CodingKeys.latencyMaxMilliseconds, latencyMaxMilliseconds?.rounded(decimals: 1))
        line.add(CodingKeys.modelActivations, modelActivations)
        line.add(CodingKeys.ownWords, ownWords)
        line.add(CodingKeys.shadow, shadow?.jsonLine)
        line.add(CodingKeys.readers, readers)
        line.add(CodingKeys.readersAccepted, readersAccepted)
        line.add(CodingKeys.readersRefused, readersRefused)
        line.add(CodingKeys.readersDropped, readersDropped)
        line.add(CodingKeys.requests, requests)
        line.add(CodingKeys.requestErrors, requestErrors)
    }
}
