import Models
import ServiceSettings
import Spotting
import TestSupport
import Testing

/// `detection.false_alarms_per_hour` and `detection.second_look`, with a model that has curves and a second network.
struct BudgetTests {
    let description: ModelDescription

    init() throws { description = try Model(path: Fixture.twoNetworksPath).description }

    private func policy(_ text: String) throws -> DecisionPolicy {
        try SettingsReader().read(text: text, name: "a.yaml").decisionPolicy(for: description)
    }

    private func score(_ text: String, _ word: Int = 0) throws -> Float { try policy(text).words[word].thresholdScore }

    @Test(arguments: [
        // Two wake words, each with half of the budget, on the curve of both networks and on that of the first.
        ("{false_alarms_per_hour: 0.1}", 2.0), ("{false_alarms_per_hour: 0.4}", 1),
        ("{false_alarms_per_hour: 0.2}", 1.5),
        ("{false_alarms_per_hour: 0.1, second_look: false}", 3), ("{false_alarms_per_hour: 1, second_look: false}", 1),
        ("{false_alarms_per_hour: model}", 2), ("{second_look: false}", 3), ("{false_alarms_per_hour: 10}", -3),
    ])
    func `a budget picks each wake word's threshold from the model's curve`(detection: String, expected: Float) throws {
        for word in 0..<2 { #expect(abs(try score("detection: \(detection)", word) - expected) < 1e-3) }
        let asks = try policy("detection: \(detection)").words.prefix(2).map { $0.second != nil }
        #expect(asks == Array(repeating: !detection.contains("second_look: false"), count: 2))
    }

    @Test
    func `a word's own threshold goes before the budget`() throws {
        let text = "{detection: {false_alarms_per_hour: 1}, words: {low: {threshold: 0.5}}}"
        #expect(try score(text) == 0 && abs(try score(text, 1) - LogOdds.of(probability: 0.5)) > 0.1)
        #expect(abs(try score("words: {low: {threshold: 0.99995}}") - 9.9) < 0.01)
    }

    @Test(arguments: ["0", "0.005", "11", "-1", "often", "nan"])
    func `a budget that is none is refused with what would be right`(text: String) throws {
        let error = #expect(throws: SettingsError.self) {
            try SettingsReader().read(text: "detection: {false_alarms_per_hour: \(text)}", name: "a.yaml")
        }
        #expect("\(error!)".contains("give \"model\" or a number from 0.01 to 10"), "\(error!)")
    }

    @Test
    func `what the model cannot promise is said`() throws {
        func notices(_ text: String) throws -> [String] {
            try SettingsReader().read(text: text, name: "a.yaml").notices(for: description)
        }
        #expect(try notices("").isEmpty && notices("detection: {false_alarms_per_hour: 0.1}").isEmpty)
        let beyond = try notices("detection: {false_alarms_per_hour: 0.01}")
        #expect(
            beyond.count == 1 && beyond[0].contains("beyond what was measured") && beyond[0].hasSuffix("for low, high"))
        let shipped = try Model(path: Fixture.modelPath).description
        let unmeasured = try SettingsReader().read(text: "detection: {false_alarms_per_hour: 1}", name: "a.yaml")
        if shipped.detection == nil { #expect(unmeasured.notices(for: shipped)[0].contains("its own threshold stays")) }
    }

    @Test
    func `what is to be expected follows from the thresholds`() throws {
        let own = try #require(try policy("").expectation(for: description))
        #expect(abs(own.falseAlarmsPerHour - 0.1) < 1e-3 && abs(own.missed - 0.01) < 1e-3)
        let one = try #require(
            try policy("{detection: {false_alarms_per_hour: 0.4}, words: {high: {enabled: false}}}")
                .expectation(for: description))
        #expect(abs(one.falseAlarmsPerHour - 0.2) < 1e-3 && one.missed < 1e-3)
    }
}
