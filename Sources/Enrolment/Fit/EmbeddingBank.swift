import Inference
import Models
import Spotting

/// What speech, noise and music are to the networks that own words stand on: the embeddings of windows drawn from hours of
/// them, none of which training heard. A word is fitted against it.
package struct EmbeddingBank: Sendable {
    /// One row a window, of length about 1: of the first network, and of the second where that knows own words too.
    package let first: [[Float]]
    package let second: [[Float]]?
    /// The mean of each of the model's keywords, in their order: by the first network, and by the second.
    package let keywords: [WindowEmbedder.Window]
    /// Length of what the windows were drawn from.
    package let hours: Double

    private static let fewestWindows = 1000

    /// Reads the bank that came with a model.
    package init(of model: Model) throws(EnrolmentError) {
        guard let ownWords = model.description.ownWords, let bank = ownWords.bank else {
            throw .noEmbedding(model: model.description.name, version: model.description.version)
        }
        let path = "\(model.path)/\(ModelFiles.bankFile)"
        hours = bank.hours
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try readFile(path, limit: ModelFiles.maximumBankBytes)
        } catch {
            throw .noBank(path: path, reason: error.reason)
        }
        do throws(ModelError) {
            let tensors = try Safetensors(bytes: bytes)
            first = try Self.rows(tensors, "first", size: ownWords.size)
            second = try ownWords.secondSize.map { size throws(ModelError) in
                try Self.rows(tensors, "second", size: size)
            }
            let names = model.network.description.keywords.count
            let one = try tensors.values("first.keywords", shape: [names, ownWords.size])
            let two = try ownWords.secondSize.map { size throws(ModelError) in
                (values: try tensors.values("second.keywords", shape: [names, size]), size: size)
            }
            var keywords: [WindowEmbedder.Window] = []
            for row in 0..<names {
                keywords.append(
                    WindowEmbedder.Window(
                        end: 0, first: Array(one[row * ownWords.size..<(row + 1) * ownWords.size]),
                        second: two.map { Array($0.values[row * $0.size..<(row + 1) * $0.size]) }))
            }
            self.keywords = keywords
        } catch {
            throw .noBank(path: path, reason: "\(error)")
        }
        guard first.count >= Self.fewestWindows, second.map({ $0.count == first.count }) ?? true else {
            throw .noBank(path: path, reason: "it has too few windows; install the model again")
        }
    }

    /// Numbers of 8 bits, all of one scale.
    private static func rows(_ tensors: Safetensors, _ name: String, size: Int) throws(ModelError) -> [[Float]] {
        let (shape, values) = try tensors.integers(name)
        let scale = try tensors.values("\(name).scale", shape: [1])[0]
        guard shape.count == 2, shape[1] == size else {
            throw .damaged("tensor \(name) has shape \(shape), the description asks for rows of \(size)")
        }
        return (0..<shape[0]).map { row in values[row * size..<(row + 1) * size].map { Float($0) * scale } }
    }
}
