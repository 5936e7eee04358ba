import Foundation
import Models
import Testing

struct DetectionCurveTests {
    private func curve(_ points: String) throws -> DetectionCurve {
        try JSONDecoder().decode(
            DetectionCurve.self, from: Data(#"{"points": \#(points), "hours": 15, "spoken": 9}"#.utf8))
    }

    private let measured = "[[8, -2, 0], [0.5, 1, 0.01], [0.05, 3, 0.02], [0.05, 3.5, 0.02], [0.01, 5, 0.2]]"

    @Test(arguments: [
        (0.5, 1.0, 0.01), (0.05, 3, 0.02), (0.158_113_883, 2, 0.015), (2, -0.5, 0.005), (0.01, 5, 0.2),
    ])
    func `between two points a threshold is linear in the logarithm of the rate`(
        rate: Double, logOdds: Double, missed: Double
    ) throws {
        let point = try curve(measured).point(falseAlarmsPerHour: rate)
        #expect(abs(point.logOdds - logOdds) < 1e-6 && abs(point.missed - missed) < 1e-6, "\(point)")
        let back = try curve(measured).point(logOdds: point.logOdds)
        #expect(abs(back.falseAlarmsPerHour - rate) < 1e-6 && abs(back.missed - missed) < 1e-6, "\(back)")
    }

    @Test
    func `beyond its ends a curve has its ends`() throws {
        let curve = try curve(measured)
        #expect(
            curve.point(falseAlarmsPerHour: 100).logOdds == -2 && curve.point(falseAlarmsPerHour: 0.001).logOdds == 5)
        #expect(
            curve.point(logOdds: -10).falseAlarmsPerHour == 8 && curve.point(logOdds: 10).falseAlarmsPerHour == 0.01)
        #expect(curve.measured == 0.01...8)
    }

    @Test
    func `where no alarm was counted any more nothing is interpolated, and no budget is broken`() throws {
        let curve = try curve("[[1, 0, 0], [0.1, 2, 0.1], [0, 4, 0.5]]")
        #expect(curve.point(falseAlarmsPerHour: 0.05).logOdds == 4)
        #expect(curve.point(logOdds: 3).falseAlarmsPerHour == 0.1 && curve.point(logOdds: 4).falseAlarmsPerHour == 0)
    }
}
