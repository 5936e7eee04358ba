import Models

/// Mel-frequency cepstral coefficients of a stream, frame by frame (`CepstralTransform`). Nothing depends on the stream as a
/// whole: the numbers are the same to the last bit however the stream is cut.
///
/// One thread; no allocation after `init`.
public final class MFCC {
    private let transform: CepstralTransform
    private let frame: UnsafeMutablePointer<Float>
    private var filled = 0

    public convenience init(_ frontEnd: ModelDescription.FrontEnd) { self.init(CepstralTransform(frontEnd)) }

    /// - Parameter transform: of the same thread, other streams may share it.
    public init(_ transform: CepstralTransform) {
        self.transform = transform
        frame = .allocate(capacity: transform.frontEnd.frameSamples)
        frame.initialize(repeating: 0, count: transform.frontEnd.frameSamples)
    }

    deinit { frame.deallocate() }

    /// How many more samples complete the next frame.
    public var samplesToFrame: Int { transform.frontEnd.frameSamples - filled }

    /// Forgets the samples that wait for a frame: the next sample is the first of a new stream.
    public func reset() { filled = 0 }

    /// Takes samples, and calls `body` for each frame that they complete.
    ///
    /// - Parameters:
    ///   - samples: mono at the front end's rate, -1 to 1, any number of them.
    ///   - body: gets the coefficients, `[coefficients]`, valid during the call, and the frame's mean square.
    @inline(__always)
    public func process(
        _ samples: UnsafeBufferPointer<Float>,
        _ body: (_ coefficients: UnsafePointer<Float>, _ meanSquare: Float) -> Void
    ) {
        guard var source = samples.baseAddress else { return }
        let frontEnd = transform.frontEnd
        var left = samples.count
        while left > 0 {
            let part = min(left, frontEnd.frameSamples - filled)
            (frame + filled).update(from: source, count: part)
            source += part
            left -= part
            filled += part
            guard filled == frontEnd.frameSamples else { return }
            let meanSquare = transform.apply(frame)
            body(UnsafePointer(transform.coefficients), meanSquare)
            filled -= frontEnd.shiftSamples
            frame.update(from: frame + frontEnd.shiftSamples, count: filled)
        }
    }
}
