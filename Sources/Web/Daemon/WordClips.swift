import HTTPTypes

/// The sound of the last words, from before the first syllable on, so that somebody who may control the daemon can hear
/// whether it was right. In memory alone; each is asked of the daemon once, while that still has it.
actor WordClips {
    /// Words, and what is no event: neither pushes out the other.
    enum Kind { case word, nearWord }

    private let requests: DaemonRequests
    private let most: Int
    private var clips: [Int: Task<[Int16], any Error>] = [:]
    private var numbers: [Kind: [Int]] = [:]
    private var lastNumber = 0
    private var asking = 0

    /// What is kept before and after the word, and of the word itself at most.
    private static let leadSamples: UInt64 = 16_000
    private static let trailSamples: UInt64 = 9_600
    private static let longestSamples: UInt64 = 48_000
    /// Words whose sound is asked for at once: what a storm of them brings beyond is not kept.
    private static let mostAsked = 4
    private static let patience = Duration.seconds(8)

    /// - Parameter most: of each kind; 0 keeps none.
    init(requests: DaemonRequests, most: Int) {
        self.requests = requests
        self.most = most
    }

    /// Has the sound of a word kept that was just heard; its number, or nil if it is not.
    func keep(_ kind: Kind, from start: UInt64, to end: UInt64) -> Int? {
        guard most > 0, asking < Self.mostAsked, start <= end else { return nil }
        lastNumber += 1
        asking += 1
        let first = start - min(start, Self.leadSamples)
        let last = min(end, start + Self.longestSamples) + Self.trailSamples
        clips[lastNumber] = Task { [requests] in
            defer { asking -= 1 }
            return try await requests.audio(from: first, samples: Int(last - first), timeout: Self.patience)
        }
        numbers[kind, default: []].append(lastNumber)
        if numbers[kind, default: []].count > most, let oldest = numbers[kind]?.removeFirst() { clips[oldest] = nil }
        return lastNumber
    }

    /// The sound of a word, 16 kHz; waits for one that was just heard.
    ///
    /// - Parameter number: nil for the last word.
    /// - Throws: ``Problem``: 404 if it is not kept, or what the daemon says against it.
    func samples(_ number: Int?) async throws -> [Int16] {
        guard let clip = (number ?? numbers[.word]?.last).flatMap({ clips[$0] }) else {
            throw Problem(.notFound, "the sound of this word is no longer kept; web.keep_words says of how many it is")
        }
        return try await clip.value
    }
}
