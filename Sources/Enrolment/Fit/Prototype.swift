import Glibc

/// The mean of a word's embeddings, of length 1: a window is the likelier the word, the nearer its embedding is (Snell, Swersky
/// and Zemel 2017, "Prototypical networks for few-shot learning"). What differs between speakers, the embedding leaves out.
struct Prototype {
    let direction: [Float]

    /// - Parameter takes: the embeddings of each take; every take counts alike.
    init(of takes: [[[Float]]]) {
        var sum = [Float](repeating: 0, count: takes.first?.first?.count ?? 0)
        for take in takes where !take.isEmpty {
            for embedding in take {
                for index in sum.indices { sum[index] += embedding[index] / Float(take.count) }
            }
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        direction = sum.map { $0 / max(length, .leastNormalMagnitude) }
    }

    /// The mean of all of them.
    init(of embeddings: [[Float]]) { self.init(of: [embeddings]) }

    /// The cosine between an embedding and it.
    func nearness(_ embedding: [Float]) -> Float {
        var sum: Float = 0
        for index in direction.indices { sum += direction[index] * embedding[index] }
        return sum
    }
}

extension [Float] {
    /// The middle one; 0 of none.
    var median: Float { isEmpty ? 0 : sorted()[count / 2] }

    /// The standard deviation; 0 of none.
    var deviation: Float {
        guard !isEmpty else { return 0 }
        let mean = reduce(0, +) / Float(count)
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(count)).squareRoot()
    }
}
