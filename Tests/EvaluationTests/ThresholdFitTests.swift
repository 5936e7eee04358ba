import Evaluation
import Testing

struct ThresholdFitTests {
    /// Thresholds rise from left to right: alarms fall, misses rise.
    private let cheap = ThresholdFit.Curve(misses: [0, 0, 0, 1, 2], spoken: 20, alarms: [5, 2, 0, 0, 0])
    private let dear = ThresholdFit.Curve(misses: [0, 4, 8, 9, 10], spoken: 20, alarms: [3, 2, 1, 1, 0])

    @Test
    func `a budget that is met already costs nothing`() {
        let fit = ThresholdFit([cheap, dear], alarmsAllowed: 8)
        #expect(cheap.misses[fit.positions[0]] + dear.misses[fit.positions[1]] == 0)
    }

    @Test
    func `the word rises that loses least for it`() {
        let fit = ThresholdFit([cheap, dear], alarmsAllowed: 3)
        #expect(fit.positions == [2, 0])
    }

    @Test
    func `the budget is met, whatever it costs`() {
        let fit = ThresholdFit([cheap, dear], alarmsAllowed: 0)
        #expect(cheap.alarms[fit.positions[0]] + dear.alarms[fit.positions[1]] == 0)
    }

    @Test
    func `a budget that no threshold meets is met as far as it goes`() {
        let stubborn = ThresholdFit.Curve(misses: [0, 5], spoken: 10, alarms: [9, 7])
        #expect(ThresholdFit([stubborn], alarmsAllowed: 0).positions == [1])
    }

    @Test
    func `a threshold lies in the middle of those that count the same`() {
        let flat = ThresholdFit.Curve(misses: [0, 0, 0, 0, 0, 3], spoken: 10, alarms: [1, 0, 0, 0, 0, 0])
        #expect(ThresholdFit([flat], alarmsAllowed: 0).positions == [2])
    }
}
