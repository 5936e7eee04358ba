import Evaluation
import Glibc
import Time

/// What one take would have sounded like said faster or slower, further away, in another room, in noise: the little that a few
/// takes tell of how a word can sound.
///
/// The same variants come of the same take, whenever it is asked.
package struct TakeVariants {
    /// How many are made of one take, the take as it is among them.
    package let count: Int
    private let speeds: ClosedRange<Double> = 0.88...1.14
    private let gainsDB: ClosedRange<Double> = -18...6
    private let noisesDB: ClosedRange<Double> = 3...30
    /// How long a room takes to fall silent by 60 dB, in seconds.
    private let decaysSeconds: ClosedRange<Double> = 0.12...0.6

    package init(count: Int) { self.count = count }

    /// The take among silence, so that every window that holds its word is there: before it what a window needs, behind it
    /// half a second.
    ///
    /// - Parameter number: 0 for the take as it is.
    /// - Returns: the sound, and where the word is in it.
    package func variant(_ number: Int, of take: Take, leadSamples: Int) -> (sound: [Float], word: Range<Int>) {
        variant(number, of: take.samples, word: take.word, leadSamples: leadSamples)
    }

    /// The same of any sound.
    package func variant(
        _ number: Int, of samples: [Float], word: Range<Int>, leadSamples: Int
    ) -> (sound: [Float], word: Range<Int>) {
        var generator = SplitMix64(name: "variant \(number) of \(samples.count)")
        var (spoken, word) = (samples, word)
        if number > 0 {
            let speed = Double.random(in: speeds, using: &generator)
            spoken = resampled(spoken, by: speed)
            word = Int(Double(word.lowerBound) / speed)..<min(spoken.count, Int(Double(word.upperBound) / speed))
        }
        let trail = SampleRate.perSecond / 2
        var sound = [Float](repeating: 0, count: leadSamples) + spoken + [Float](repeating: 0, count: trail)
        word = word.lowerBound + leadSamples..<word.upperBound + leadSamples
        let level = rootMeanSquare(sound[word])
        // Two in five as they are said; of the rest, most in a room.
        if number > 0, number % 5 >= 2 {
            if Bool.random(using: &generator) { sound = inRoom(sound, using: &generator) }
            let ratio = Double.random(in: noisesDB, using: &generator)
            let noise = coloured(count: sound.count, using: &generator)
            for index in sound.indices { sound[index] += noise[index] * level * Float(pow(10, -ratio / 20)) }
        }
        if number > 0 {
            let gain = Float(pow(10, Double.random(in: gainsDB, using: &generator) / 20))
            for index in sound.indices { sound[index] = max(-1, min(1, sound[index] * gain)) }
        }
        return (sound, word)
    }

    /// By linear interpolation; what lies over the bands that are heard is lost anyway.
    private func resampled(_ samples: [Float], by speed: Double) -> [Float] {
        let count = Int(Double(samples.count) / speed)
        return (0..<max(count, 1)).map { index in
            let place = Double(index) * speed
            let first = min(Int(place), samples.count - 1)
            let part = Float(place - Double(first))
            return samples[first] * (1 - part) + samples[min(first + 1, samples.count - 1)] * part
        }
    }

    /// The direct sound and a tail of noise that decays exponentially (Polack 1988, "La transmission de l'énergie sonore dans
    /// les salles"), at the level that it had.
    private func inRoom(_ sound: [Float], using generator: inout SplitMix64) -> [Float] {
        let decay = Double.random(in: decaysSeconds, using: &generator)
        let directRatio = Float(pow(10, Double.random(in: -4...10, using: &generator) / 20))
        // Echoes at random places, few enough to be added one by one.
        let echoes = (0..<48).map { _ -> (delay: Int, gain: Float) in
            let seconds = Double.random(in: 0.003...decay, using: &generator)
            let fall = Float(exp(-6.9 * seconds / decay))
            return (Int(seconds * Double(SampleRate.perSecond)), Bool.random(using: &generator) ? fall : -fall)
        }
        let energy = echoes.reduce(0) { $0 + $1.gain * $1.gain }.squareRoot()
        var heard = sound
        for (delay, gain) in echoes {
            let scaled = gain / energy / directRatio
            for index in delay..<max(delay, sound.count) { heard[index] += scaled * sound[index - delay] }
        }
        let change = rootMeanSquare(sound) / max(rootMeanSquare(heard), 1e-9)
        return heard.map { $0 * change }
    }

    /// White noise through a filter of one pole that is drawn: from hiss to rumble. Root mean square 1.
    private func coloured(count: Int, using generator: inout SplitMix64) -> [Float] {
        let pole = Float.random(in: 0...0.97, using: &generator)
        var value: Float = 0
        let noise = (0..<count).map { _ -> Float in
            value = pole * value + Float.random(in: -1...1, using: &generator)
            return value
        }
        let level = rootMeanSquare(noise)
        return noise.map { $0 / level }
    }
}
