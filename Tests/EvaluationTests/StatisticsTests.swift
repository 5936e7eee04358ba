import Evaluation
import Testing

struct StatisticsTests {
    @Test(arguments: [
        (0.0, 10.0, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1), (81, 263, 0.2553, 0.3662),
    ])
    func `the interval of a part is Wilson's`(count: Double, total: Double, lower: Double, upper: Double) {
        let interval = Interval.wilson(count, of: total)
        #expect(abs(interval.lower - lower) < 1e-4 && abs(interval.upper - upper) < 1e-4)
    }

    // The limits of Garwood 1936: half the 2.5 and 97.5 % quantiles of chi square with 2n and 2n + 2 degrees of freedom.
    @Test(arguments: [
        (0, 1.0, 0.0, 3.6889), (0, 10, 0, 0.36889), (3, 1, 0.6187, 8.7673), (10, 2, 2.3977, 9.1952),
        (400, 1, 361.75, 441.18),
    ])
    func `the interval of a rate is Garwood's`(events: Int, hours: Double, lower: Double, upper: Double) {
        let interval = Interval.poissonRate(events: events, exposure: hours)
        #expect(
            abs(interval.lower - lower) < 1e-4 * max(1, lower) && abs(interval.upper - upper) < 1e-4 * max(1, upper))
    }

    @Test
    func `without trials nothing is known`() {
        #expect(Interval.wilson(0, of: 0) == Interval(lower: 0, upper: 1))
        #expect(Interval.poissonRate(events: 0, exposure: 0) == Interval(lower: 0, upper: .infinity))
    }

    @Test
    func `the expected calibration error is the mean gap between confidence and accuracy, weighted by bin`() {
        var reliability = Reliability()
        #expect(reliability.expectedCalibrationError == 0)
        // One bin from 0.933 to 1: accuracy 0.75, confidence 0.97; one from 0.467 to 0.533: accuracy 0, confidence 0.5.
        for (confidence, isCorrect) in [(0.96, true), (0.96, true), (0.96, true), (1.0, false), (0.5, false)] {
            reliability.add(confidence: confidence, isCorrect: isCorrect)
        }
        #expect(abs(reliability.expectedCalibrationError - (4.0 / 5 * 0.22 + 1.0 / 5 * 0.5)) < 1e-12)
        #expect(reliability.bins.count == 15 && reliability.bins[14].count == 4 && reliability.bins[7].count == 1)
    }

    @Test
    func `a percentile is a value that was measured`() {
        let values = (1...100).map(Double.init).shuffled()
        #expect([0.5, 0.9, 0.99, 1].map(values.percentile) == [50, 90, 99, 100])
        #expect([7.0].percentile(0.01) == 7)
        #expect([Double]().percentile(0.5) == nil)
    }

    @Test
    func `misses at a rate of alarms are the fewest that a threshold really reached`() {
        func point(_ misses: Int, _ alarms: Int) -> Tradeoff.Point {
            Tradeoff.Point(threshold: nil, misses: misses, spoken: 100, alarms: alarms, hours: 4)
        }
        let tradeoff = Tradeoff(
            operatingPoint: point(0, 0), points: [point(1, 9), point(5, 2), point(4, 2), point(20, 0)])
        #expect(tradeoff.point(alarmRateAtMost: 0.5)?.misses == 4)
        #expect(tradeoff.point(alarmRateAtMost: 0.49)?.misses == 20)
        #expect(tradeoff.point(alarmRateAtMost: 3)?.misses == 1)
        #expect(Tradeoff(operatingPoint: point(0, 0), points: [point(1, 9)]).point(alarmRateAtMost: 0.5) == nil)
    }
}
