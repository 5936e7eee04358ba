import Spotting
import Testing

struct LogOddsTests {
    @Test(arguments: [0.001, 0.3, 0.5, 0.926, 0.98, 0.999])
    func `a score is a probability, and back`(probability: Double) {
        #expect(abs(Double(LogOdds.probability(LogOdds.of(probability: probability))) - probability) < 1e-6)
    }

    @Test
    func `what is nearly certain still differs`() {
        #expect(
            abs(LogOdds.of(probability: 0.9999) - 9.21) < 0.01 && abs(LogOdds.of(probability: 0.99995) - 9.90) < 0.01)
        #expect(LogOdds.of(probability: 0).isFinite && LogOdds.of(probability: 1).isFinite)
    }

    @Test(arguments: [Float(1e-4), 1e-6, 1e-8, 1e-12])
    func `a decision tells posteriors apart that all are 1`(rest: Float) throws {
        // In Float, 1 - 1e-8 is 1: only the other posteriors say how near it is.
        var decision = Decision(try PosteriorSequence.immediatePolicy())
        var spoken = PosteriorSequence()
        spoken.add([1 - rest, rest, 0, 0])
        let event = try #require(
            spoken.hops[0].withUnsafeBufferPointer { decision.process($0, sample: 1280, attention: 0) })
        #expect(abs(event.score - LogOdds.of(probability: 1 - Double(rest))) < 1e-3, "\(event.score)")
    }
}
