import Hearing
import Testing

struct DigitalSilenceTests {
    /// Adds pieces of a hundredth of a second.
    private func add(_ seconds: Double, isConstant: Bool, to silence: inout DigitalSilence) {
        for _ in 0..<Int(seconds * 100) { silence.add(160, isConstant: isConstant) }
    }

    @Test func `silence from which no sound ever came is a fault, between sounds it is a noise gate`() {
        var silence = DigitalSilence()
        add(8, isConstant: true, to: &silence)
        #expect(silence.samples == 8 * 16_000 && !silence.isUsual, "it may be switched off")
        add(1, isConstant: false, to: &silence)
        #expect(silence.samples == 0 && silence.isUsual)
        for _ in 0..<20 {
            add(60, isConstant: true, to: &silence)
            #expect(silence.isUsual)
            add(1, isConstant: false, to: &silence)
        }
    }

    @Test func `a microphone that always has noise and then none is switched off, however its stream began`() {
        var silence = DigitalSilence()
        add(0.3, isConstant: true, to: &silence)
        add(30, isConstant: false, to: &silence)
        add(10, isConstant: true, to: &silence)
        #expect(!silence.isUsual)
        // Switched on, and off again an hour later.
        add(3_600, isConstant: false, to: &silence)
        add(10, isConstant: true, to: &silence)
        #expect(!silence.isUsual)
    }
}
