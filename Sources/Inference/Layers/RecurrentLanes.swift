import Kernels
import Models

/// The LSTM over all windows that are open at once, and the attention over each.
///
/// Every window starts from a zero state, as in training. Neighbouring windows overlap, so up to
/// windowSteps / hopSteps of them are in flight; each is a lane, and one matrix product a step moves them all: the
/// weights are read once, the load is even, and the numbers are those of each window computed alone.
///
/// One thread; no allocation after `init`.
final class RecurrentLanes {
    /// Weights of the LSTM in PyTorch's layout: gates input, forget, cell, output.
    final class Weights: Sendable {
        let input: DenseLayer
        let recurrent: DenseLayer
        let units: Int

        init(units: Int, inputs: Int, from file: Safetensors) throws(ModelError) {
            self.units = units
            input = DenseLayer(
                rows: try file.values("lstm.weight_ih", shape: [4 * units, inputs]),
                bias: try file.values("lstm.bias", shape: [4 * units]), inputs: inputs)
            recurrent = DenseLayer(
                rows: try file.values("lstm.weight_hh", shape: [4 * units, units]), bias: [], inputs: units)
        }
    }

    private let weights: Weights
    private let kernels: any ComputeKernels.Type
    private let windowSteps: Int
    private let hopSteps: Int
    private let lanes: Int
    private let gateInputs: FloatBuffer
    private let gates: FloatBuffer
    private let cells: FloatBuffer
    private let hidden: FloatBuffer
    let pool: AttentionPool
    private var step = 0
    /// Windows that are opened at most, and the lanes that they take.
    private var windowLimit = Int.max
    private var busyLanes: Int

    /// - Parameter maximumSteps: the most steps that one call of `process` gets.
    init(
        _ weights: Weights, _ attention: AttentionPool.Weights, description: ModelDescription,
        kernels: any ComputeKernels.Type, maximumSteps: Int
    ) {
        self.weights = weights
        self.kernels = kernels
        windowSteps = description.windowSteps
        hopSteps = description.hopSteps
        let open = (windowSteps + hopSteps - 1) / hopSteps
        // The matrix product takes four lanes at a time: a few idle ones cost less than a remainder.
        lanes = (open + 3) / 4 * 4
        busyLanes = lanes
        gateInputs = FloatBuffer(count: maximumSteps * weights.input.outputs)
        gates = FloatBuffer(count: lanes * weights.recurrent.outputs)
        cells = FloatBuffer(count: lanes * weights.units)
        hidden = FloatBuffer(count: lanes * weights.units)
        pool = AttentionPool(attention, steps: windowSteps, lanes: lanes, kernels: kernels)
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
        busyLanes = windows < lanes ? (windows + 3) / 4 * 4 : lanes
    }

    /// Takes steps of the convolutions' output, and calls `body` for each window that ends with one of them.
    ///
    /// - Parameters:
    ///   - input: `[count][inputs]`.
    ///   - body: called when embedding and attention of the window are in `pool`.
    func process(_ input: UnsafePointer<Float>, count: Int, _ body: () -> Void) {
        let gateCount = weights.input.outputs
        weights.input.apply(
            kernels, input, inputStride: weights.input.inputs, into: gateInputs.base, lanes: count)
        for index in 0..<count {
            if step % hopSteps == 0, step / hopSteps < windowLimit { openLane(step / hopSteps % lanes) }
            weights.recurrent.apply(
                kernels, hidden.base, inputStride: weights.units,
                sharedBias: gateInputs.base + index * gateCount, into: gates.base, lanes: busyLanes)
            for lane in 0..<busyLanes { advance(lane) }
            pool.score(hidden.base, lanes: busyLanes)
            for lane in 0..<busyLanes { addToWindow(lane) }
            let firstStep = step - (windowSteps - 1)
            if firstStep >= 0, firstStep % hopSteps == 0, firstStep / hopSteps < windowLimit {
                let lane = firstStep / hopSteps % lanes
                pool.finish(lane, last: hidden.base + lane * weights.units)
                body()
            }
            step += 1
        }
    }

    private func openLane(_ lane: Int) {
        (cells.base + lane * weights.units).update(repeating: 0, count: weights.units)
        (hidden.base + lane * weights.units).update(repeating: 0, count: weights.units)
    }

    private func advance(_ lane: Int) {
        let units = weights.units
        let state = hidden.base + lane * units
        kernels.lstmStep(
            gates: gates.base + lane * 4 * units, cell: cells.base + lane * units, hidden: state, units: units)
    }

    private func addToWindow(_ lane: Int) {
        // The lane's window began at the latest multiple of hopSteps that maps to this lane.
        let age = (step - lane * hopSteps) % (lanes * hopSteps)
        guard step >= lane * hopSteps, age < windowSteps else { return }
        pool.add(hidden.base + lane * weights.units, lane: lane, step: age)
    }
}
