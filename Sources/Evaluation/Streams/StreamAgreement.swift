import Models
import Spotting
import Time

/// Whether the stream that a listener hears and the clip that a person asks about get the same answer.
public enum StreamAgreement {
    /// Puts each clip into a stream that comes in odd pieces, and compares the posteriors of every window that holds the
    /// clip's middle with those of the same samples as a clip, to the last bit.
    ///
    /// - Parameter clips: samples at 16,000 a second.
    public static func holds(for clips: [[Float]], model: Model) -> Bool {
        let classifier = ClipClassifier(model, asksSecond: false)
        return clips.allSatisfy { agrees($0, classifier, model) }
    }

    private static func agrees(_ clip: [Float], _ classifier: ClipClassifier, _ model: Model) -> Bool {
        let description = model.description
        let window = description.windowSamples
        let silence = [Float](repeating: 0, count: window + description.hopSamples)
        let sound = silence + clip + silence
        let words = description.words.count
        let (posteriors, ends) = posteriorsOfPieces(sound, model)
        let middle = silence.count + clip.count / 2
        return ends.indices.allSatisfy { index in
            let end = Int(ends[index])
            guard end >= window, end <= sound.count, end - window < middle, middle < end else { return true }
            let row = posteriors[index * words..<(index + 1) * words]
            let answers = classifier.classify(Array(sound[end - window..<end])).ranking
            return answers.allSatisfy { answer in
                guard let word = description.words.firstIndex(of: answer.label) else { return false }
                return row[row.startIndex + word] == answer.confidence
            }
        }
    }

    private static func posteriorsOfPieces(_ sound: [Float], _ model: Model) -> ([Float], [UInt64]) {
        let spotter = Spotter(model, policy: DecisionPolicy(model.description, asksSecond: false))
        var (posteriors, ends) = ([Float](), [UInt64]())
        spotter.observeWindow = { window in
            posteriors += window.posteriors
            ends.append(window.end)
        }
        var place = 0
        var piece = 1
        while place < sound.count {
            let part = sound[place..<min(place + piece, sound.count)]
            part.withUnsafeBufferPointer { spotter.process($0) { _ in } }
            place += part.count
            // 1, 8, 57, 400, 2801, 19608, then small again.
            piece = piece > SampleRate.perSecond ? 1 : piece * 7 + 1
        }
        spotter.observeWindow = nil
        return (posteriors, ends)
    }
}
