import Time

/// A sound in which it is known what is said when.
package struct Scene: Sendable {
    /// One keyword that is said once.
    package struct Word: Sendable, Equatable {
        /// Index into the model's words.
        package let word: Int
        /// Where its recording begins and ends in the sound.
        package let samples: Range<Int>

        /// An event counts for the word if its decision falls here: until a second after the recording's end.
        package var reach: ClosedRange<Int> { samples.lowerBound...samples.upperBound + SampleRate.perSecond }
    }

    package private(set) var sound: [Float] = []
    /// In the order in which they are said.
    package private(set) var words: [Word] = []

    package init() {}

    package mutating func addPause(seconds: Double) {
        sound += Array(repeating: 0, count: SampleRate.samples(seconds: seconds))
    }

    /// - Parameter word: index into the model's words; nil for running speech.
    package mutating func add(_ samples: [Float], word: Int? = nil) {
        if let word { words.append(Word(word: word, samples: sound.count..<sound.count + samples.count)) }
        sound += samples
    }

    /// Lays noise of one level under everything.
    mutating func addNoise(_ noise: NoiseSource, rootMeanSquare level: Float, using generator: inout SplitMix64) {
        let bed = noise.bed(samples: sound.count, using: &generator)
        for index in sound.indices { sound[index] += level * bed[index] }
    }
}

extension [Float] {
    /// The samples at another level; silence stays as it is.
    func scaled(toRootMeanSquare level: Float) -> [Float] {
        let own = rootMeanSquare(self)
        return own > 0 ? map { $0 * level / own } : self
    }
}

extension Array {
    /// In random order, and so that no two neighbours have the same key if that can be had.
    package func scattered<Key: Equatable>(by key: (Element) -> Key, using generator: inout SplitMix64) -> [Element] {
        var order = shuffled(using: &generator)
        for index in order.indices.dropFirst() where key(order[index]) == key(order[index - 1]) {
            if let other = order[index...].firstIndex(where: { key($0) != key(order[index - 1]) }) {
                order.swapAt(index, other)
            }
        }
        return order
    }
}
