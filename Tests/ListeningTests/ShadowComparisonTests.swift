import Listening
import Models
import Spotting
import TestSupport
import Testing

/// What followed a word judges between two models.
struct ShadowComparisonTests {
    private let description: ModelDescription
    private let policy: DecisionPolicy
    private var comparison: ShadowComparison

    /// "left" counts for five seconds after "computer".
    init() throws {
        description = try Model(path: Fixture.modelPath).description
        var policy = DecisionPolicy(description)
        let computer = try #require(description.words.firstIndex(of: "computer"))
        policy.words[try #require(description.words.firstIndex(of: "left"))].after = [computer]
        self.policy = policy
        comparison = ShadowComparison(active: description, shadow: description)
    }

    private mutating func hear(
        _ word: String, at seconds: Double, by hearer: ShadowComparison.Hearer, late: Double = 0.3
    ) {
        let end = UInt64(seconds * 16000)
        comparison.add(
            Detection(
                outcome: .keyword, word: 0, score: 10, thresholdScore: 0, startSample: end - 8000, endSample: end,
                decisionSample: end + UInt64(late * 16000), levelDBFS: -20, processingSeconds: 0),
            of: word, heardBy: hearer)
    }

    private mutating func judge(at seconds: Double) -> [ShadowComparison.Utterance] {
        comparison.judge(now: UInt64(seconds * 16000), policy: policy, words: description.words)
    }

    @Test
    mutating func `what both hear is one utterance, with the latency of each`() {
        hear("computer", at: 10, by: .shadow, late: 0.2)
        hear("computer", at: 10.2, by: .active, late: 0.4)
        #expect(judge(at: 15.9).isEmpty && comparison.counts["computer"]?.agreed == 0, "too early to tell")
        #expect(judge(at: 20).isEmpty)
        #expect(comparison.counts["computer"] == .init(agreed: 1))
        #expect(comparison.latencySum.active.rounded() == 400 && comparison.latencySum.shadow.rounded() == 200)
    }

    @Test
    mutating func `a command is meant where its wake word came before, whoever heard that`() {
        hear("computer", at: 10, by: .active)
        hear("left", at: 12, by: .shadow)
        hear("left", at: 20, by: .active)
        #expect(judge(at: 40).map(\.isActedOn) == [true, true, false])
        #expect(comparison.counts["left"] == .init(activeOnly: 1, shadowOnly: 1, forActive: 0, forShadow: 2))
    }

    @Test
    mutating func `a wake word is meant where a command came after it`() {
        hear("computer", at: 10, by: .shadow)
        hear("left", at: 12, by: .shadow)
        hear("left", at: 12, by: .active)
        hear("computer", at: 30, by: .shadow)
        #expect(judge(at: 40).map(\.isActedOn) == [true, false])
        #expect(comparison.counts["computer"] == .init(shadowOnly: 2, forActive: 1, forShadow: 1))
    }

    @Test
    mutating func `where the policy tells nothing, nobody is right`() {
        hear("jarvis", at: 10, by: .active)
        #expect(judge(at: 20).map(\.isActedOn) == [nil])
        #expect(comparison.counts["jarvis"] == .init(activeOnly: 1))
    }
}
