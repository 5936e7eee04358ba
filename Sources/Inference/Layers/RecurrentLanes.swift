import Kernels
import Models

/// The LSTM over all windows of a stream that are open at once, and the attention over each.
///
/// Every window starts from a zero state, as in training. Neighbouring windows overlap, so up to
/// windowSteps / hopSteps of them are in flight; each is a lane, and one matrix product a step moves them all: the
/// weights are read once, the load is even, and the numbers are those of each window computed alone.
///
/// One thread; no allocation after `init`.
final class RecurrentLanes {
    /// Weights of the LSTM in PyTorch's layout: gates input, forget, cell, output.
    final class Weights: Sendable {
        let input: QuantisedLayer
        let recurrent: QuantisedLayer
        let units: Int

        init(units: Int, inputs: Int, from file: Safetensors) throws(ModelError) {
            self.units = units
            input = QuantisedLayer(
                rows: try file.values("lstm.weight_ih", shape: [4 * units, inputs]),
                bias: try file.values("lstm.bias", shape: [4 * units]), inputs: inputs)
            recurrent = QuantisedLayer(
                rows: try file.values("lstm.weight_hh", shape: [4 * units, units]), bias: [], inputs: units)
        }
    }

    /// The windows of a stream that are open.
    final class Memory {
        fileprivate let lanes: Int
        fileprivate let cells: FloatBuffer
        fileprivate let hidden: FloatBuffer
        fileprivate let pool: AttentionPool.Memory
        fileprivate var step = 0
        /// Windows that are opened at most, and the lanes that they take.
        fileprivate var windowLimit = Int.max
        fileprivate var busyLanes: Int

        init(_ description: ModelDescription) {
            lanes = RecurrentLanes.lanes(description)
            busyLanes = lanes
            let units = description.network.lstm.units
            cells = FloatBuffer(count: lanes * units)
            hidden = FloatBuffer(count: lanes * units)
            pool = AttentionPool.Memory(description, lanes: lanes)
        }

        func save(to snapshot: inout StreamSnapshot) {
            snapshot.add(step)
            snapshot.add(cells.reference)
            snapshot.add(hidden.reference)
            pool.save(to: &snapshot)
        }

        /// All windows are wanted from there on.
        func restore(from snapshot: inout StreamSnapshot.Reader) {
            reset()
            step = snapshot.readCount()
            snapshot.read(into: cells.reference)
            snapshot.read(into: hidden.reference)
            pool.restore(from: &snapshot)
        }

        /// - Parameter windows: how many windows of the new stream are wanted; others cost nothing.
        func reset(windows: Int = .max) {
            step = 0
            windowLimit = windows
            busyLanes = min(windows, lanes)
        }
    }

    private let weights: Weights
    private let kernels: any ComputeKernels.Type
    private let windowSteps: Int
    private let hopSteps: Int
    private let lanes: Int
    private let pool: AttentionPool
    /// Of all streams' steps: `[steps][4 · units]`.
    private let gateInputs: FloatBuffer
    /// Of one stream's step: `[lanes][4 · units]`.
    private let gates: FloatBuffer

    /// How many windows the steps of one call complete at most.
    let maximumWindows: Int
    /// For each window that the latest call completed, its stream's place.
    private(set) var windows: [Int] = []
    /// Their embeddings, `[windows][heads + 1][units]`, and how much each step of them counted, `[windows][windowSteps]`.
    let embeddings: FloatBuffer
    let attention: FloatBuffer

    /// - Parameters:
    ///   - streams: the most streams that one call of `process` gets.
    ///   - maximumSteps: and the most steps of each.
    init(
        _ weights: Weights, _ attention: AttentionPool.Weights, description: ModelDescription,
        kernels: any ComputeKernels.Type, streams: Int, maximumSteps: Int
    ) {
        self.weights = weights
        self.kernels = kernels
        windowSteps = description.windowSteps
        hopSteps = description.hopSteps
        lanes = Self.lanes(description)
        gateInputs = FloatBuffer(count: streams * maximumSteps * weights.input.outputs)
        gates = FloatBuffer(count: lanes * weights.recurrent.outputs)
        pool = AttentionPool(attention, steps: windowSteps, lanes: lanes, kernels: kernels)
        maximumWindows = streams * (maximumSteps / hopSteps + 1)
        embeddings = FloatBuffer(count: maximumWindows * pool.embeddingCount)
        self.attention = FloatBuffer(count: maximumWindows * windowSteps)
        windows.reserveCapacity(maximumWindows)
    }

    /// Windows that are open at once.
    fileprivate static func lanes(_ description: ModelDescription) -> Int {
        (description.windowSteps + description.hopSteps - 1) / description.hopSteps
    }

    /// Takes steps of the convolutions' output, so many of each stream; what they complete is in `windows`.
    ///
    /// - Parameter input: `[steps][inputs]`, those of one stream after those of another.
    func process(_ streams: [NetworkStream], _ input: (values: UnsafePointer<Float>, counts: [Int])) {
        windows.removeAll(keepingCapacity: true)
        let total = input.counts[..<streams.count].reduce(0, +)
        weights.input.apply(
            kernels, input.values, inputStride: weights.input.inputs, into: gateInputs.base, lanes: total)
        var first = 0
        for (place, stream) in streams.enumerated() {
            for index in first..<first + input.counts[place] {
                advance(stream.lanes, gateInputs.base + index * weights.input.outputs, place)
            }
            first += input.counts[place]
        }
    }

    /// Takes one step of a stream.
    private func advance(_ stream: Memory, _ gateInput: UnsafePointer<Float>, _ place: Int) {
        let units = weights.units
        let (step, limit) = (stream.step, stream.windowLimit)
        if step % hopSteps == 0, step / hopSteps < limit { open(stream, step / hopSteps % lanes) }
        weights.recurrent.apply(
            kernels, stream.hidden.base, inputStride: units, sharedBias: gateInput, into: gates.base,
            lanes: stream.busyLanes)
        for lane in 0..<stream.busyLanes {
            kernels.lstmStep(
                gates: gates.base + lane * 4 * units, cell: stream.cells.base + lane * units,
                hidden: stream.hidden.base + lane * units, units: units)
        }
        pool.score(stream.hidden.base, lanes: stream.busyLanes)
        for lane in 0..<stream.busyLanes {
            // The lane's window began at the latest multiple of hopSteps that maps to this lane.
            let age = (step - lane * hopSteps) % (lanes * hopSteps)
            guard step >= lane * hopSteps, age < windowSteps else { continue }
            pool.add(stream.hidden.base + lane * units, lane: lane, step: age, to: stream.pool)
        }
        let firstStep = step - (windowSteps - 1)
        if firstStep >= 0, firstStep % hopSteps == 0, firstStep / hopSteps < limit {
            let lane = firstStep / hopSteps % lanes
            pool.finish(
                lane, of: stream.pool, last: stream.hidden.base + lane * units,
                embedding: embeddings.base + windows.count * pool.embeddingCount,
                attention: attention.base + windows.count * windowSteps)
            windows.append(place)
        }
        stream.step += 1
    }

    private func open(_ stream: Memory, _ lane: Int) {
        (stream.cells.base + lane * weights.units).update(repeating: 0, count: weights.units)
        (stream.hidden.base + lane * weights.units).update(repeating: 0, count: weights.units)
    }
}
