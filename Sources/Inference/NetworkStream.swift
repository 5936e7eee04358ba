import Models

/// A network running over one stream of feature frames, with all memory that it needs.
///
/// A window ends every `hopFrames`; the first when `window.frames` frames have come. The logits of a window are the same
/// to the last bit whether the stream came frame by frame or at once.
///
/// One thread at a time; no allocation after `init`.
public final class NetworkStream {
    /// The network of this stream.
    public let network: Network
    private let maximumFrames: Int
    private let convolutions: ConvolutionStack
    private let lanes: RecurrentLanes
    private let head: Head
    private let steps: FloatBuffer

    /// - Parameters:
    ///   - maximumFrames: how many frames are computed together; more take more memory and a little less time.
    ///   - path: the build of the inner loops.
    public init(_ network: Network, maximumFrames: Int = 8, path: ComputePath = .best) {
        self.network = network
        self.maximumFrames = maximumFrames
        let description = network.description
        let kernels = path.kernels
        let maximumSteps = ConvolutionStack.maximumSteps(of: description.network, frames: maximumFrames)
        convolutions = ConvolutionStack(
            network.convolutions, description: description, kernels: kernels, maximumFrames: maximumFrames)
        lanes = RecurrentLanes(
            network.lstm, network.attention, description: description, kernels: kernels, maximumSteps: maximumSteps)
        head = Head(network.head, kernels: kernels)
        steps = FloatBuffer(count: maximumSteps * description.network.reduction.channels)
    }

    /// Forgets the stream: the next frame is the first of a new one.
    ///
    /// - Parameter windows: how many windows of it are wanted, if not all: no more are given, and those not wanted cost
    ///   nothing in the LSTM.
    public func reset(windows: Int = .max) {
        convolutions.reset()
        lanes.reset(windows: windows)
    }

    /// What it remembers of the stream, to go on from there.
    public func snapshot() -> StreamSnapshot {
        var snapshot = StreamSnapshot()
        convolutions.save(to: &snapshot)
        lanes.save(to: &snapshot)
        return snapshot
    }

    /// Goes on where a stream of the same network was, of the same number of frames that are computed together.
    public func restore(_ snapshot: StreamSnapshot) {
        var reader = StreamSnapshot.Reader(snapshot)
        convolutions.restore(from: &reader)
        lanes.restore(from: &reader)
    }

    /// Takes frames of features, and calls `body` for each window that they complete.
    ///
    /// - Parameters:
    ///   - frames: `[count][coefficients]`.
    ///   - body: gets the logits, one a word, valid during the call.
    public func process(
        _ frames: UnsafePointer<Float>, count: Int, _ body: (_ logits: UnsafeBufferPointer<Float>) -> Void
    ) {
        let coefficients = network.description.frontEnd.coefficients
        var done = 0
        while done < count {
            let part = min(maximumFrames, count - done)
            let stepCount = convolutions.process(frames + done * coefficients, count: part, into: steps.base)
            lanes.process(steps.base, count: stepCount) {
                let logits = head.classify(lanes.pool.embedding.base)
                body(UnsafeBufferPointer(start: logits, count: network.description.words.count))
            }
            done += part
        }
    }

    /// How much each step of the latest window counted for its result: `[windowSteps]`, sum 1. Valid during the `body`
    /// of `process`.
    public var attention: UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(lanes.pool.attention.reference)
    }

    /// What the latest window is to the words' layers: the states of the LSTM that each head attends to, and the last one,
    /// `[heads + 1][units]`. Valid during the `body` of `process`.
    public var embedding: UnsafeBufferPointer<Float> { UnsafeBufferPointer(lanes.pool.embedding.reference) }
}
