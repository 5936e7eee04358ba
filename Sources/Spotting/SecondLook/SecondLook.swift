import Inference
import Models

/// The last frames of a stream, for the second network to look at when it is asked.
///
/// One thread; no allocation after `init` but in `keep`.
package final class SecondLook {
    /// How often the network ran.
    package private(set) var count: UInt64 = 0

    private let reader: WindowReader
    private let window: ModelDescription.Window
    private let coefficients: Int
    private let silence: [Float]
    /// A ring of frames, the oldest overwritten: `[capacity][coefficients]`.
    private var frames: UnsafeMutableBufferPointer<Float>
    private var capacity: Int
    private var next = 0
    /// Of the windows last looked at, and of the early ones among them, see ``WindowReader/Sums``.
    private var sums: WindowReader.Sums
    private var earlySums: WindowReader.Sums
    /// How they were chosen; nil once frames have come since.
    private var summed: Smoothing?
    /// For each label the numbers of its corrections, among the model's.
    private let corrections: [[Int]]
    /// For each label up to which frame it was corrected, and how many frames have come.
    private var correctedUntil: [Int]
    private var frameCount = 0

    /// A word that was corrected stays so for as long as its sound is in the window.
    private static let correctionFrames = 100

    /// - Parameters:
    ///   - silence: a frame of features of digital silence.
    ///   - windows: over how many the posteriors are averaged at most.
    package convenience init(_ network: Network, silence: [Float], windows: Int = 32, path: ComputePath = .best) {
        self.init(WindowReader(network, path: path), silence: silence, windows: windows)
    }

    /// - Parameter corrections: for each label the numbers of its corrections among the reader's.
    init(_ reader: WindowReader, silence: [Float], windows: Int, corrections: [[Int]] = []) {
        self.reader = reader
        self.corrections = corrections
        correctedUntil = Array(repeating: 0, count: corrections.count)
        self.silence = silence
        window = reader.description.window
        coefficients = reader.description.frontEnd.coefficients
        sums = reader.emptySums
        // Not a copy: that would be made at the first look.
        earlySums = reader.emptySums
        capacity = Self.frames(in: windows, of: window)
        frames = .allocate(capacity: capacity * coefficients)
        frames.initialize(repeating: 0)
        reset()
    }

    deinit { frames.deallocate() }

    private static func frames(in windows: Int, of window: ModelDescription.Window) -> Int {
        window.frames + (windows - 1) * window.hopFrames
    }

    /// Keeps the frames of so many windows from now on, those that are there among them. Allocates if that is more than before.
    func keep(windows: Int) {
        let wanted = Self.frames(in: windows, of: window)
        guard wanted > capacity else { return }
        let (before, count, oldest) = (frames, capacity, next)
        frames = .allocate(capacity: wanted * coefficients)
        frames.initialize(repeating: 0)
        (capacity, next) = (wanted, 0)
        reset()
        for index in 0..<count {
            append(before.baseAddress! + (oldest + index) % count * coefficients, count: 1)
        }
        before.deallocate()
    }

    /// Forgets the stream, as if only silence had come.
    package func reset() {
        silence.withUnsafeBufferPointer { for _ in 0..<capacity { append($0.baseAddress!, count: 1) } }
        for word in correctedUntil.indices { correctedUntil[word] = 0 }
    }

    /// Takes the next frames, at most those of `windows`: `[count][coefficients]`.
    package func append(_ new: UnsafePointer<Float>, count: Int) {
        for frame in 0..<count {
            (frames.baseAddress! + next * coefficients).update(from: new + frame * coefficients, count: coefficients)
            next = (next + 1) % capacity
        }
        frameCount += count
        summed = nil
    }

    /// The score of a label in log-odds, its posterior averaged over the last windows. Runs the network, but for the second
    /// question about the same windows, and for a word that was corrected just now.
    package func score(of word: Int, _ smoothing: Smoothing) -> Float {
        if isCorrected(word) { return LogOdds.lowest }
        if summed != smoothing { look(smoothing) }
        if corrects(word) { return LogOdds.lowest }
        let score = sums.score(of: word)
        guard smoothing.earlyHops > 0 else { return score }
        return max(score, earlySums.score(of: word) - Smoothing.earlyMargin)
    }

    private func isCorrected(_ word: Int) -> Bool {
        word < correctedUntil.count && frameCount < correctedUntil[word]
    }

    /// Whether what was just looked at is a sound that the word is not.
    private func corrects(_ word: Int) -> Bool {
        guard word < corrections.count, corrections[word].contains(where: { sums.corrections[$0] > 0 }) else {
            return false
        }
        correctedUntil[word] = frameCount + Self.correctionFrames
        return true
    }

    private func look(_ smoothing: Smoothing) {
        let wanted = Self.frames(in: smoothing.hops, of: window)
        precondition(wanted <= capacity, "more windows are averaged than there are frames for")
        count += 1
        summed = smoothing
        sums.clear()
        earlySums.clear()
        let first = (next + capacity - wanted) % capacity
        let part = min(wanted, capacity - first)
        reader.begin(windows: smoothing.hops)
        read(from: first, count: part, smoothing)
        read(from: 0, count: wanted - part, smoothing)
    }

    private func read(from first: Int, count: Int, _ smoothing: Smoothing) {
        let piece = UnsafeBufferPointer(rebasing: frames[first * coefficients..<(first + count) * coefficients])
        reader.read(piece) { posteriors, taught in
            sums.add(posteriors, taught)
            if sums.windows > smoothing.hops - smoothing.earlyHops { earlySums.add(posteriors, taught) }
        }
    }
}
