import Features
import Inference
import Models
import Spotting

/// The embeddings of every window of a sound, by each network of a model that gives one. One thread at a time.
package final class WindowEmbedder {
    /// What one window is to the networks.
    package struct Window: Sendable {
        /// The sample with which it ends, counted from the sound's first.
        package let end: Int
        /// Of the first network, and of the second where that knows own words too.
        package let first: [Float]
        package let second: [Float]?
    }

    package let description: ModelDescription
    /// The length of the longest network's window, in samples.
    package let windowSamples: Int
    private let features: MFCC
    private let readers: [Reader]

    /// Throws if the model cannot learn words.
    package init(_ model: Model, path: ComputePath = .best) throws(EnrolmentError) {
        guard let first = Reader(model.network, path: path) else {
            throw .noEmbedding(model: model.description.name, version: model.description.version)
        }
        description = model.description
        features = MFCC(model.description.frontEnd)
        readers = [first] + [model.second.flatMap { Reader($0, path: path) }].compactMap(\.self)
        windowSamples = readers.map(\.windowSamples).max() ?? 0
    }

    /// The windows that lie wholly in the sound, one a hop.
    ///
    /// - Parameter sound: mono, 16,000 a second, -1 to 1.
    package func windows(of sound: [Float]) -> [Window] {
        let coefficients = description.frontEnd.coefficients
        var frames: [Float] = []
        features.reset()
        sound.withUnsafeBufferPointer { sound in
            features.process(sound) { values, _ in
                frames += UnsafeBufferPointer(start: values, count: coefficients)
            }
        }
        let longest = readers.map(\.windowFrames).max() ?? 0
        let heard = readers.map { reader in
            // Windows of all networks end together.
            reader.embeddings(frames.dropFirst((longest - reader.windowFrames) * coefficients), coefficients)
        }
        return heard[0].indices.map { index in
            Window(
                end: windowSamples + index * description.hopSamples, first: heard[0][index],
                second: heard.count > 1 ? heard[1][index] : nil)
        }
    }

    private final class Reader {
        let windowFrames: Int
        let windowSamples: Int
        private let stream: NetworkStream
        private let embedding: WordEmbedding

        init?(_ network: Network, path: ComputePath) {
            guard let embedding = WordEmbedding(network, path: path) else { return nil }
            self.embedding = embedding
            windowFrames = network.description.window.frames
            windowSamples = network.description.windowSamples
            stream = NetworkStream(network, maximumFrames: 4 * network.description.window.hopFrames, path: path)
        }

        func embeddings(_ frames: ArraySlice<Float>, _ coefficients: Int) -> [[Float]] {
            var embeddings: [[Float]] = []
            stream.reset()
            frames.withUnsafeBufferPointer { frames in
                guard let base = frames.baseAddress else { return }
                stream.process(base, count: frames.count / coefficients) { _ in
                    embeddings.append(Array(embedding.embed(stream.embedding)))
                }
            }
            return embeddings
        }
    }
}
