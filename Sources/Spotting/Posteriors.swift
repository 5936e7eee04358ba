import Glibc
import Models

/// The calibrated softmax of a window's logits. One thread; no allocation after `init`.
final class Posteriors {
    /// The probability of each label, sum 1.
    var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(buffer) }

    private let buffer: UnsafeMutableBufferPointer<Float>
    private let temperature: Float

    init(_ description: ModelDescription) {
        buffer = .allocate(capacity: description.words.count)
        buffer.initialize(repeating: 0)
        temperature = description.calibration.temperature
    }

    deinit { buffer.deallocate() }

    func update(_ logits: UnsafeBufferPointer<Float>) {
        var highest = -Float.infinity
        for logit in logits { highest = max(highest, logit) }
        var sum: Float = 0
        for index in buffer.indices {
            buffer[index] = expf((logits[index] - highest) / temperature)
            sum += buffer[index]
        }
        for index in buffer.indices { buffer[index] /= sum }
    }
}
