import Models
import Protocol
import Spotting

/// A stream of audio as one client sends it, to words. The only place that knows what hears them: a spotter without an `Ear`
/// around it, since nobody asks for a client's level, history and counters, and the pieces of many streams are heard together.
///
/// Everything is counted by the audio's own clock, so that the same audio gives the same words however fast it comes. What was
/// heard before `begin` never has a part in what is heard after it. One thread at a time.
final class WordStream {
    private let vocabulary: Vocabulary
    private var choice: Vocabulary.Choice
    private var context: [String: JSONContent] = [:]
    private var spotter: Spotter?
    /// Whether anything was heard since it began.
    private(set) var isBegun = false
    private var converter: PCMConverter?
    private var clock = ClientClock()
    private var hasTold = false
    /// Where the samples of `converter` began, at the model's rate, and how many bytes of it have come.
    private var origin: UInt64 = 0
    private var bytes: UInt64 = 0

    init(_ vocabulary: Vocabulary, choice: Vocabulary.Choice) {
        self.vocabulary = vocabulary
        self.choice = choice
    }

    /// Begins anew, as if silence had come before; `choice` nil listens for the same words as before.
    func begin(_ choice: Vocabulary.Choice? = nil, context: [String: JSONContent]? = nil, timestamp: Double? = nil) {
        if let choice { self.choice = choice }
        if let context { self.context = context }
        isBegun = false
        converter = nil
        clock = ClientClock()
        hasTold = false
        (origin, bytes) = (0, 0)
        if let timestamp { clock.set(timestamp, at: 0) }
    }

    /// Takes the next bytes, appends the samples that they are to `samples`, and returns who is to hear those; what it hears in
    /// them is for ``word(_:)``.
    ///
    /// - Parameters:
    ///   - timestamp: of the first byte, by the client.
    ///   - workbench: of the thread that hears, always the same one.
    func take(
        _ audio: [UInt8], format: PCMFormat, timestamp: Double?, on workbench: Workbench, _ samples: inout [Float]
    ) -> Spotter {
        if converter?.format != format {
            converter?.finish { samples += $0 }
            (origin, bytes) = (position, 0)
            converter = PCMConverter(format, rate: vocabulary.model.description.frontEnd.sampleRate)
        }
        if let timestamp { clock.set(timestamp, at: position) }
        bytes += UInt64(audio.count)
        converter?.convert(audio) { samples += $0 }
        return begun(on: workbench)
    }

    /// The stream has ended: hears what is left of it, and the silence in which a word at its very end is decided on.
    ///
    /// - Returns: what is told of a stream without words; nil where one was told.
    func end(_ tell: (WordHeard) -> Void) -> ServerEvent? {
        if isBegun, let spotter {
            converter?.finish { spotter.process($0) { if let word = word($0) { tell(word) } } }
            spotter.finish { if let word = word($0) { tell(word) } }
        }
        defer { begin() }
        return hasTold ? nil : .notDetected(context: context)
    }

    /// The spotter, made when there is first something to hear.
    private func begun(on workbench: Workbench) -> Spotter {
        let known = spotter
        let spotter = known ?? Spotter(on: workbench, policy: choice.policy)
        if known != nil, !isBegun { spotter.begin(choice.policy) }
        (self.spotter, isBegun) = (spotter, true)
        return spotter
    }

    /// Where the next byte belongs, in samples at the model's rate.
    private var position: UInt64 {
        guard let format = converter?.format else { return origin }
        let rate = UInt64(vocabulary.model.description.frontEnd.sampleRate)
        return origin + bytes / UInt64(format.sampleBytes) * rate / UInt64(format.rate)
    }

    /// What is told of a detection; nil if the word was not asked for.
    func word(_ detection: Detection) -> WordHeard? {
        guard let name = choice.names[Int(detection.word)] else { return nil }
        hasTold = true
        return WordHeard(
            word: vocabulary.model.description.labels[Int(detection.word)], name: name,
            start: clock.time(of: detection.startSample),
            end: clock.time(of: detection.endSample),
            confidence: Double(detection.confidence), threshold: Double(detection.threshold), context: context)
    }
}
