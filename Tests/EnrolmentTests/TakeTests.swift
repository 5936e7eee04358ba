import Enrolment
import Foundation
import Testing

struct TakeTests {
    /// A sound like a vowel, with silence around it.
    private func recording(words: [Double], level: Float = 0.2, before: Double = 0.4, after: Double = 0.4) -> [Float] {
        var samples = silence(before)
        for (index, seconds) in words.enumerated() {
            if index > 0 { samples += silence(0.5) }
            samples += (0..<Int(seconds * 16_000)).map { sample in
                let time = Float(sample) / 16_000
                return level * (sin(2 * .pi * 140 * time) + 0.5 * sin(2 * .pi * 700 * time)) / 1.5
            }
        }
        return samples + silence(after)
    }

    private func silence(_ seconds: Double) -> [Float] {
        (0..<Int(seconds * 16_000)).map { Float(($0 * 7919) % 13 - 6) * 1e-5 }
    }

    @Test
    func `a word among silence serves`() throws {
        let take = try Take(name: "1", samples: recording(words: [0.6]))
        #expect(take.levelDBFS > -25 && take.levelDBFS < -12)
        #expect(take.wav.count > 44 + 2 * 9600)
    }

    @Test(
        arguments: [
            ([Double](), TakeProblem.silent), ([0.6, 0.6], .severalWords(2)), ([0.1], .tooShort(seconds: 0.12)),
        ]
    )
    func `what is no take is said to be none`(words: [Double], problem: TakeProblem) {
        #expect(throws: problem) { try Take(name: "1", samples: recording(words: words)) }
    }

    @Test
    func `a word that is too long for a window is refused`() {
        let problem = #expect(throws: TakeProblem.self) { try Take(name: "1", samples: recording(words: [1.6])) }
        guard case .tooLong = problem else { Issue.record("\(String(describing: problem))"); return }
    }

    @Test
    func `what is cut off at one side is refused`() {
        #expect(throws: TakeProblem.cutOff(atStart: true)) {
            try Take(name: "1", samples: recording(words: [0.6], before: 0))
        }
        #expect(throws: TakeProblem.cutOff(atStart: false)) {
            try Take(name: "1", samples: recording(words: [0.6], after: 0))
        }
    }

    @Test
    func `an overdriven take is refused`() {
        let loud = recording(words: [0.6], level: 4).map { max(-1, min(1, $0)) }
        #expect(throws: TakeProblem.clipped) { try Take(name: "1", samples: loud) }
    }

    @Test
    func `a very quiet take is refused`() {
        let quiet = recording(words: [0.6], level: 0.2).map { $0 * 0.008 }
        let problem = #expect(throws: TakeProblem.self) { try Take(name: "1", samples: quiet) }
        guard case .tooQuiet = problem else { Issue.record("\(String(describing: problem))"); return }
    }

    @Test
    func `numbers that are no sound are refused`() {
        var samples = recording(words: [0.6])
        samples[8000] = .nan
        #expect(throws: TakeProblem.damaged) { try Take(name: "1", samples: samples) }
    }
}
