import FoundationEssentials
import Time

/// What a model says of itself: the content of `model.json`.
///
/// Decoding trusts nothing: every size is checked against a bound and against the others, so that a description which
/// was accepted can be used without further checks.
public struct ModelDescription: Decodable, Sendable {
    /// The description formats that this program reads. Format 3 may have a second network and curves of detection.
    public static let supportedFormats = 2...3
    /// The label for speech that is none of the words.
    public static let unknownLabel = "_unknown_"
    /// The label for no speech at all.
    public static let silenceLabel = "_silence_"

    public let format: Int
    public let name: String
    public let version: String
    /// What each logit stands for, `_unknown_` and `_silence_` included, in the order of the network's output.
    public let words: [String]
    public let frontEnd: FrontEnd
    public internal(set) var window: Window
    public internal(set) var network: Shape
    /// The words that open a command, a part of `words`; may be empty.
    public internal(set) var wakeWords: [String]
    /// The words learned from little but synthetic voices, a part of `words`; may be empty.
    public let scarceWords: [String]
    /// The posterior that a word must reach, 0 to 1, for every word but `_unknown_` and `_silence_`.
    public let thresholds: [String: Double]
    /// The same where the second network is not asked; nil if it is the same, or if there is no second network.
    public let thresholdsFirst: [String: Double]?
    public internal(set) var calibration: Calibration
    /// The network that is asked about what the first one reports; nil if there is none.
    public internal(set) var secondLook: SecondLook?
    /// How misses and false alarms were traded for each other when the thresholds were chosen; nil if nobody measured.
    public let detection: DetectionCurves?
    /// The word in the model's `selftest.wav`; nil if it has none.
    public let selfTest: String?
    /// SHA-256 of the weights file, in lower-case hexadecimal.
    public let sha256: String
    /// What words of one's own stand on; nil if the model can learn none.
    public internal(set) var ownWords: OwnWords?
    /// The words that were taught to this model: not in `model.json`, see ``teaching(_:)``.
    public internal(set) var taught: [OwnWord] = []
    /// What it was told of its mistakes, in the same way.
    public internal(set) var corrections: [Correction] = []

    private enum CodingKeys: CodingKey {
        case format, name, version, words, frontEnd, window, network, wakeWords, scarceWords, thresholds,
            thresholdsFirst
        case calibration, secondLook, detection, selfTest, sha256, ownWords
    }

    /// The definition of the features, see `MFCC` in `Features`.
    public struct FrontEnd: Decodable, Sendable, Equatable {
        public let sampleRate: Int
        public let frameSamples: Int
        public let shiftSamples: Int
        public let fftSize: Int
        public let melBands: Int
        public let melLowHz: Double
        public let melHighHz: Double
        public let logFloor: Float
        public let coefficients: Int
    }

    /// How many feature frames the network sees at once, and how far apart two windows start.
    public struct Window: Decodable, Sendable {
        public let frames: Int
        public let hopFrames: Int
    }

    /// A temperature that divides the logits before the softmax (Guo et al. 2017, "On calibration of modern neural
    /// networks"), so that a confidence means a probability.
    public struct Calibration: Decodable, Sendable {
        public let temperature: Float
    }

    /// What is decided between: what each logit stands for, and behind it the words that were taught.
    public var labels: [String] { words + taught.map(\.name) }

    /// The words that can be detected: all labels but `_unknown_` and `_silence_`, each once.
    public var keywords: [String] {
        words.filter { $0 != Self.unknownLabel && $0 != Self.silenceLabel }
            + taught.map(\.name).filter { !words.contains($0) }
    }

    /// The label of the model's own word that a label takes further, by the takes of other voices; nil for a word by itself.
    public func original(of label: Int) -> Int? {
        label < words.count ? nil : words.firstIndex(of: taught[label - words.count].name)
    }

    /// Feature frames that one step of the LSTM stands for.
    public var stepFrames: Int { network.stemStride * network.reduction.stride }

    /// Steps of the LSTM in one window.
    public var windowSteps: Int { network.steps(frames: window.frames) }

    /// Steps of the LSTM from one window to the next.
    public var hopSteps: Int { window.hopFrames / stepFrames }

    /// Length of a window in samples.
    public var windowSamples: Int { (window.frames - 1) * frontEnd.shiftSamples + frontEnd.frameSamples }

    /// Distance between two windows in samples.
    public var hopSamples: Int { window.hopFrames * frontEnd.shiftSamples }
}

extension ModelDescription {
    /// Reads and checks a description.
    public init(json: [UInt8]) throws(ModelError) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            // The version of the format first: a newer description may lack what this one needs.
            let format = try decoder.decode(Format.self, from: Data(json)).format
            guard Self.supportedFormats.contains(format) else {
                let (oldest, newest) = (Self.supportedFormats.lowerBound, Self.supportedFormats.upperBound)
                throw ModelError.unsupported(
                    "the model has format \(format), this program reads formats \(oldest) to \(newest); "
                        + "install a model of the same version as the program")
            }
            self = try decoder.decode(Self.self, from: Data(json))
        } catch let error as ModelError {
            throw error
        } catch let error as DecodingError {
            throw .damaged("the description is not usable: \(error.plainText)")
        } catch {
            throw .damaged("the description is not JSON")
        }
        try check()
    }

    private struct Format: Decodable { let format: Int }

    private func check() throws(ModelError) {
        try require(1...64, name.count, "name: characters")
        try require(1...64, version.count, "version: characters")
        try require(3...1000, words.count, "words: count")
        guard Set(words).count == words.count, words.allSatisfy({ (1...64).contains($0.count) }) else {
            throw .damaged("words must differ and have 1 to 64 characters")
        }
        guard words.contains(Self.unknownLabel), words.contains(Self.silenceLabel) else {
            throw .damaged("words must contain \(Self.unknownLabel) and \(Self.silenceLabel)")
        }
        guard Set(wakeWords + scarceWords).isSubset(of: keywords) else {
            throw .damaged("wake_words and scarce_words must be among the words")
        }
        guard selfTest.map(keywords.contains) ?? true else { throw .damaged("self_test must be one of the words") }
        try frontEnd.check()
        try checkNetwork()
        try checkThresholds(thresholds, "thresholds")
        if let thresholdsFirst { try checkThresholds(thresholdsFirst, "thresholds_first") }
        try detection?.check(words: keywords)
        try checkSecondLook()
        try checkOwnWords()
    }

    /// The parts that each network has its own of.
    func checkNetwork() throws(ModelError) {
        try network.check()
        try require(1...1000, window.frames, "window.frames")
        try require(1...window.frames, window.hopFrames, "window.hop_frames")
        guard window.hopFrames % stepFrames == 0 else {
            throw .damaged("window.hop_frames must be a multiple of the network's stride of \(stepFrames) frames")
        }
        guard windowSteps >= 1 else {
            throw .damaged("window.frames is \(window.frames): too short for the network's convolutions")
        }
        guard calibration.temperature >= 0.05, calibration.temperature <= 20 else {
            throw .damaged("calibration.temperature must be from 0.05 to 20")
        }
    }

    private func checkThresholds(_ thresholds: [String: Double], _ name: String) throws(ModelError) {
        guard Set(thresholds.keys) == Set(keywords), thresholds.values.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
            throw .damaged("\(name) must hold a number above 0 and at most 1 for every word and for nothing else")
        }
    }
}

extension ModelDescription.FrontEnd {
    fileprivate func check() throws(ModelError) {
        guard sampleRate == SampleRate.perSecond else {
            throw .unsupported(
                "the model wants \(sampleRate) samples a second, this program computes at \(SampleRate.perSecond)")
        }
        try require(16...4096, fftSize, "front_end.fft_size")
        try require(2...fftSize, frameSamples, "front_end.frame_samples")
        try require(1...frameSamples, shiftSamples, "front_end.shift_samples")
        try require(1...256, melBands, "front_end.mel_bands")
        try require(1...melBands, coefficients, "front_end.coefficients")
        guard melLowHz >= 0, melLowHz < melHighHz, melHighHz <= Double(sampleRate) / 2 else {
            throw .damaged("front_end.mel_low_hz and mel_high_hz must rise and end at most at half the sample rate")
        }
        guard logFloor > 0, logFloor < 1 else { throw .damaged("front_end.log_floor must be between 0 and 1") }
    }
}

func require(_ range: ClosedRange<Int>, _ value: Int, _ what: String) throws(ModelError) {
    guard range.contains(value) else {
        throw .damaged("\(what) is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
    }
}

extension DecodingError {
    /// One line for a person: where in the document, and what is wrong there.
    var plainText: String {
        func place(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        switch self {
        case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context): return "\(place(context.codingPath)) is not of type \(type)"
        case .valueNotFound(_, let context): return "\(place(context.codingPath)) is null"
        case .dataCorrupted: return "not valid JSON"
        @unknown default: return "not valid JSON"
        }
    }
}
