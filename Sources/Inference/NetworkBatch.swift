import Models

/// Computes streams of one network, several at a time, so that its weights are read once for all of them. What it has of its own
/// holds nothing of a stream: all streams of one thread can share one.
///
/// What comes out for a stream is the same to the last bit whichever others are computed with it.
///
/// One thread at a time; no allocation after `init`.
public final class NetworkBatch {
    public let network: Network
    /// How many streams are computed together at most.
    public let capacity: Int
    let maximumFrames: Int
    private var streams: [NetworkStream] = []
    private let convolutions: ConvolutionStack
    private let lanes: RecurrentLanes
    private let head: Head
    /// The window whose result is just being told.
    private var current = 0

    /// - Parameters:
    ///   - streams: how many are computed together at most.
    ///   - maximumFrames: how many frames of each are; more take more memory and a little less time.
    ///   - path: the build of the inner loops.
    public init(_ network: Network, streams: Int = 1, maximumFrames: Int = 8, path: ComputePath = .best) {
        self.network = network
        self.maximumFrames = maximumFrames
        capacity = streams
        let description = network.description
        let maximumSteps = ConvolutionStack.maximumSteps(of: description.network, frames: maximumFrames)
        convolutions = ConvolutionStack(
            network.convolutions, description: description, kernels: path.kernels, streams: streams,
            maximumFrames: maximumFrames)
        lanes = RecurrentLanes(
            network.lstm, network.attention, description: description, kernels: path.kernels, streams: streams,
            maximumSteps: maximumSteps)
        head = Head(network.head, kernels: path.kernels, windows: lanes.maximumWindows)
        self.streams.reserveCapacity(streams)
    }

    /// Whether so many streams are added as can be computed together.
    public var isFull: Bool { streams.count == capacity }

    /// How many streams are added.
    public var count: Int { streams.count }

    /// Adds a stream and its next frames, `[count][coefficients]`, which must stay there until `run` is over.
    public func add(_ stream: NetworkStream, _ frames: UnsafePointer<Float>) {
        precondition(!isFull && stream.network === network, "a stream too many, or of another network")
        stream.frames = frames
        streams.append(stream)
    }

    /// Computes the frames of all streams that were added, at most `maximumFrames` of each, and calls `body` for each window
    /// that they complete, those of a stream in their order. Then none is added any more.
    ///
    /// - Parameter body: gets the place of the stream, in the order of `add`, and the logits, one a word; they, and what the
    ///   stream tells of its latest window, are valid during the call.
    public func run(count: Int, _ body: (_ place: Int, _ logits: UnsafeBufferPointer<Float>) -> Void) {
        precondition(count <= maximumFrames, "more frames than there is room for")
        convolutions.process(streams, count: count)
        lanes.process(streams, convolutions.steps)
        let logits = head.classify(lanes.embeddings.base, count: lanes.windows.count)
        for (index, place) in lanes.windows.enumerated() {
            current = index
            body(
                place, UnsafeBufferPointer(start: logits + index * head.stride, count: network.description.words.count))
        }
        streams.removeAll(keepingCapacity: true)
    }

    var attention: UnsafeBufferPointer<Float> {
        let count = network.description.windowSteps
        return UnsafeBufferPointer(start: lanes.attention.base + current * count, count: count)
    }

    var embedding: UnsafeBufferPointer<Float> {
        let count = lanes.embeddings.count / lanes.maximumWindows
        return UnsafeBufferPointer(start: lanes.embeddings.base + current * count, count: count)
    }
}
