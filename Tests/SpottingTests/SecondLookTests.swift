import Foundation
import Inference
import Models
import Spotting
import TestSupport
import Testing

/// Two real networks over a stream: the first takes a beep of 700 Hz for "low", 440 Hz, and the second knows better.
struct SecondLookTests {
    let model: Model

    init() throws { model = try Model(path: Fixture.twoNetworksPath) }

    private func heard(_ samples: [Float], _ policy: DecisionPolicy? = nil, first: (Spotter) -> Void = { _ in })
        -> [Detection]
    {
        let spotter = Spotter(model, policy: policy ?? DecisionPolicy(model.description))
        spotter.reportsAsides = true
        first(spotter)
        var detections: [Detection] = []
        samples.withUnsafeBufferPointer { buffer in
            spotter.process(buffer) { detection in
                var detection = detection
                detection.processingSeconds = 0
                detections.append(detection)
            }
        }
        return detections
    }

    private func name(_ detection: Detection) -> String {
        "\(model.description.words[Int(detection.word)]) \(detection.outcome)"
    }

    @Test
    func `the second network is PyTorch's, over as many windows as the first is averaged over`() throws {
        let golden = try Safetensors(bytes: Fixture.bytes("two-networks/golden.safetensors"))
        let (shape, normalised) = try golden.tensor("frames")
        let frames = try coefficients(ofNormalised: normalised, weights: model.path + "/second.safetensors")
        let logits = try golden.tensor("logits").values
        let second = try #require(model.second)
        let words = model.description.words.count
        let smoothings = (1...4).map { Smoothing(hops: $0) } + [Smoothing(hops: 4, earlyHops: 2)]
        for smoothing in smoothings {
            let look = SecondLook(second, silence: [Float](repeating: 0.5, count: shape[1]))
            // More than the ring holds.
            for _ in 0..<3 { feed(look, frames, shape[1]) }
            for word in 0..<words {
                func logOdds(ofLast windows: Int) -> Double {
                    var (own, others) = (0.0, 0.0)
                    for row in logits.chunks(of: words).suffix(windows) {
                        let odds = row.map { exp(Double($0) / 0.9) }
                        own += odds[word] / odds.reduce(0, +)
                        others += (odds.reduce(0, +) - odds[word]) / odds.reduce(0, +)
                    }
                    return log(own / others)
                }
                var expected = logOdds(ofLast: smoothing.hops)
                if smoothing.earlyHops > 0 { expected = max(expected, logOdds(ofLast: smoothing.earlyHops) - 2.5) }
                #expect(abs(Double(look.score(of: word, smoothing)) - expected) < 1e-2, "\(word), \(smoothing)")
            }
            #expect(look.count == 1, "one run tells of all words")
        }
    }

    private func feed(_ look: SecondLook, _ frames: [Float], _ coefficients: Int) {
        for frame in frames.chunks(of: coefficients) { look.append(frame, count: 1) }
    }

    @Test
    func `what both hear is an event with the fused score`() throws {
        let detections = heard(beeps(hertz: [440, 1600]))
        #expect(detections.map(name) == ["low keyword", "high keyword"])
        for (detection, weight) in zip(detections, [Float(0.5), 0.25]) {
            let looks = try #require(detection.looks)
            #expect(detection.score == looks.fused && detection.score >= detection.thresholdScore)
            #expect(abs(looks.fused - ((1 - weight) * looks.first + weight * looks.second)) < 1e-5)
            #expect(detection.confidence == LogOdds.probability(looks.fused))
        }
    }

    @Test
    func `what the second network doubts is told aside, with both scores`() throws {
        let detections = heard(beeps(hertz: [700]))
        #expect(detections.map(name) == ["low doubted"])
        let looks = try #require(detections[0].looks)
        #expect(looks.firstConfidence > 0.3 && looks.secondConfidence < 0.1)
        #expect(detections[0].score == looks.fused && detections[0].score < detections[0].thresholdScore)
    }

    @Test
    func `without the second look it hears what the first network alone hears`() throws {
        let alone = try withTemporaryFolder { folder in
            let copy = try ModelCopy(ofTwoNetworksIn: folder)
            try copy.replace("second_look", by: "nothing")
            try copy.renewChecksums()
            return try Model(path: copy.path)
        }
        #expect(alone.second == nil)
        let sound = beeps(hertz: [440, 700, 1600])
        let detections = heard(sound, DecisionPolicy(model.description, asksSecond: false))
        #expect(detections.map(name) == ["low keyword", "low keyword", "high keyword"])
        #expect(detections.allSatisfy { $0.looks == nil && abs($0.thresholdScore - 3) < 1e-3 })
        let first = Spotter(alone, policy: DecisionPolicy(model.description, asksSecond: false))
        var words: [Int32] = []
        sound.withUnsafeBufferPointer { first.process($0) { words.append($0.word) } }
        #expect(words == detections.map(\.word))
    }

    @Test
    func `where nothing is reported the second network is never asked`() {
        let spotter = Spotter(model, policy: DecisionPolicy(model.description))
        noise(samples: 160_000, amplitude: 0.01).withUnsafeBufferPointer { spotter.process($0) { _ in } }
        #expect(spotter.windows > 100 && spotter.secondLooks == 0)
        beeps(hertz: [440]).withUnsafeBufferPointer { spotter.process($0) { _ in } }
        #expect((1...3).contains(spotter.secondLooks))
    }

    @Test(arguments: [0, 479, 12345, 31234])
    func `after a gap both networks hear the stream as if it began there`(before: Int) {
        let after = beeps(hertz: [440, 700])
        let moved = heard(after) { spotter in
            // A beep before the gap, wherever it is cut.
            beeps(hertz: [700, 440]).prefix(before).withUnsafeBufferPointer { spotter.process($0) { _ in } }
            spotter.skip(lostSamples: 160_000)
        }
        let expected = heard(after)
        #expect(
            moved.count == 2 && moved.map(\.score) == expected.map(\.score)
                && moved.map(\.looks) == expected.map(\.looks))
        #expect(moved.map { Int($0.decisionSample) - before - 160_000 } == expected.map { Int($0.decisionSample) })
    }

    @Test(arguments: [1, 160, 1281, 4096])
    func `however a stream is cut the looks are the same to the last bit`(cut: Int) {
        let sound = beeps(hertz: [440, 700, 1600])
        let spotter = Spotter(model, policy: DecisionPolicy(model.description))
        spotter.reportsAsides = true
        var looks: [Looks?] = []
        for piece in sound.chunks(of: cut) {
            piece.withUnsafeBufferPointer { spotter.process($0) { looks.append($0.looks) } }
        }
        #expect(looks == heard(sound).map(\.looks) && looks.count == 3)
    }

    @Test
    func `another policy may leave the second network out, and ask it again`() {
        let spotter = Spotter(model, policy: DecisionPolicy(model.description, asksSecond: false))
        func words() -> Int {
            var count = 0
            beeps(hertz: [700]).withUnsafeBufferPointer { spotter.process($0) { _ in count += 1 } }
            return count
        }
        #expect(words() == 1 && spotter.secondLooks == 0)
        spotter.apply(DecisionPolicy(model.description))
        #expect(words() == 0 && spotter.secondLooks > 0)
        spotter.apply(DecisionPolicy(model.description, asksSecond: false))
        #expect(words() == 1)
    }
}
