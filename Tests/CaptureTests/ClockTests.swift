import Capture
import Testing

/// What compares a device's clock with the machine's, without waiting for either: a device whose clock goes at any speed, and a
/// thread that comes as late as it likes.
struct ClockTests {
    /// A device of a buffer and a clock, and a capture thread that reads it.
    private struct Simulation {
        let format: CaptureFormat
        let speed: Double
        /// How late the thread comes for each period, in nanoseconds.
        var lateness: () -> Int64 = { 0 }
        private(set) var now: Int64 = 5_000_000_000
        private(set) var read = 0
        private(set) var paused: Int64 = 0
        private(set) var overruns = 0
        private let start: Int64 = 5_000_000_000
        var clock: DeviceClock
        var pacer: Pacer
        var estimator: LossEstimator

        init(
            speed: Double, periodSamples: Int = 160, bufferSamples: Int = 8_000, lateness: @escaping () -> Int64 = { 0 }
        ) {
            format = CaptureFormat(
                rate: 16_000, sampleFormat: .s16, channels: 1, periodSamples: periodSamples,
                bufferSamples: bufferSamples)
            self.speed = speed
            self.lateness = lateness
            clock = DeviceClock(format: format, now: start)
            pacer = Pacer(format: format, now: start)
            estimator = LossEstimator(format: format, now: start)
        }

        private var recorded: Int { Int(Double(now - start) * 1e-9 * 16_000 * speed) }

        /// Reads a period as soon as it is there and the thread comes. Returns whether that was taken for a stall.
        mutating func step() -> Bool {
            let due = start + Int64((Double(read + format.periodSamples) / (16_000 * speed) * 1e9).rounded(.up))
            now = max(now, due + lateness())
            if recorded - read > format.bufferSamples {
                overruns += 1
                read = recorded - format.periodSamples
                clock.breakLine()
            }
            read += format.periodSamples
            let backlog = recorded - read
            let isStall = estimator.isStall(
                whenReading: format.periodSamples, backlog: backlog, clock: clock, now: now)
            estimator.note(backlog: backlog, now: now)
            clock.note(recorded: read + backlog, now: now)
            let pause = pacer.pause(afterReading: format.periodSamples, now: now)
            paused += pause
            now += pause
            return isStall
        }

        mutating func run(seconds: Double) -> (stalls: Int, latest: Double) {
            var (stalls, latest) = (0, 0.0)
            let end = start + Int64(seconds * 1e9)
            while now < end {
                if step() { stalls += 1 }
                latest = max(latest, Double(recorded - read) / 16_000)
            }
            return (stalls, latest)
        }
    }

    @Test(arguments: [0.9, 0.995, 0.9995, 1, 1.0001, 1.0005, 1.001, 1.005, 1.02, 1.1])
    func `for two hours no device with a clock is paced, is late or loses a sample, and its clock is measured`(
        speed: Double
    ) throws {
        var simulation = Simulation(speed: speed)
        let (stalls, latest) = simulation.run(seconds: 7_200)
        #expect(simulation.paused == 0 && simulation.overruns == 0 && stalls == 0 && latest < 0.02)
        #expect(abs(try #require(simulation.clock.partsPerMillion) - (speed - 1) * 1e6) < 1)
    }

    @Test(arguments: [0.9, 1, 1.1], [24_000, 64_000])
    func `a device with periods of seconds is not taken for one that stands or has no clock`(
        speed: Double, periodSamples: Int
    ) throws {
        var simulation = Simulation(speed: speed, periodSamples: periodSamples, bufferSamples: 2 * periodSamples)
        #expect(simulation.run(seconds: 3_600).stalls == 0)
        #expect(simulation.paused == 0 && simulation.overruns == 0)
        #expect(abs(try #require(simulation.clock.partsPerMillion) - (speed - 1) * 1e6) < 1)
        // Nor one whose buffer is a single period.
        var single = Simulation(speed: speed, periodSamples: periodSamples, bufferSamples: periodSamples)
        #expect(single.run(seconds: 600).stalls == 0 && single.paused == 0)
    }

    @Test func `a clock is measured through a thread that comes late, overruns and a speed that changes`() throws {
        var generator = SystemRandomNumberGenerator()
        var simulation = Simulation(speed: 1.0005) {
            // Mostly some milliseconds, now and then so long that the buffer runs over.
            Int.random(in: 0..<2_000, using: &generator) == 0 ? 700_000_000 : Int64.random(in: 0...8_000_000)
        }
        _ = simulation.run(seconds: 600)
        #expect(simulation.overruns > 5 && simulation.paused == 0)
        #expect(abs(try #require(simulation.clock.partsPerMillion) - 500) < 20)
    }

    @Test func `a jump of the device or another clock behind it does not last`() throws {
        let format = CaptureFormat(
            rate: 16_000, sampleFormat: .s16, channels: 1, periodSamples: 160, bufferSamples: 8_000)
        var clock = DeviceClock(format: format, now: 0)
        var (now, recorded) = (Int64(0), 0.0)
        func run(seconds: Int, speed: Double) {
            for _ in 0..<(100 * seconds) {
                now += 10_000_000
                recorded += 160 * speed
                clock.note(recorded: Int(recorded), now: now)
            }
        }
        run(seconds: 60, speed: 1.001)
        recorded += 16_000
        run(seconds: 60, speed: 1.001)
        #expect(abs(try #require(clock.partsPerMillion) - 1_000) < 10)
        run(seconds: 140, speed: 0.999)
        #expect(abs(try #require(clock.partsPerMillion) + 1_000) < 10)
        run(seconds: 60, speed: 1.1)
        #expect(abs(try #require(clock.partsPerMillion) - 100_000) < 100)
        run(seconds: 60, speed: 2)
        #expect(clock.partsPerMillion == nil && clock.ratio == 1, "that is no clock")
    }

    @Test func `what has no clock is found out at once and read in real time, whatever it does in between`() {
        let format = CaptureFormat(
            rate: 16_000, sampleFormat: .s16, channels: 1, periodSamples: 160, bufferSamples: 8_000)
        var pacer = Pacer(format: format, now: 0)
        var now: Int64 = 0
        var read = 0
        func run(until end: Int64) {
            while now < end {
                read += 160
                now += 20_000 + pacer.pause(afterReading: 160, now: now)
            }
        }
        run(until: 60_000_000_000)
        #expect(pacer.isFreeRunning && abs(Double(read) / 16_000 - 60.51) < 0.1, "\(read)")
        // The process stood still for ten seconds: they are not made up for.
        now += 10_000_000_000
        run(until: 130_000_000_000)
        #expect(abs(Double(read) / 16_000 - 120.5) < 0.6, "\(read)")
        pacer.waited()
        #expect(!pacer.isFreeRunning)
    }

    @Test func `a device that stood and gives all of it afterwards is not paced`() {
        let format = CaptureFormat(
            rate: 16_000, sampleFormat: .s16, channels: 1, periodSamples: 160, bufferSamples: 8_000)
        var pacer = Pacer(format: format, now: 0)
        var now: Int64 = 0
        for _ in 0..<20 {
            for _ in 0..<1_000 {
                now += 10_000_000
                #expect(pacer.pause(afterReading: 160, now: now) == 0)
            }
            now += 3_000_000_000
            for _ in 0..<300 { #expect(pacer.pause(afterReading: 160, now: now) == 0) }
        }
        #expect(!pacer.isFreeRunning)
    }

    @Test func `what is lost is told in samples of the device's own clock`() {
        var simulation = Simulation(speed: 1.1)
        _ = simulation.run(seconds: 30)
        let lost = simulation.estimator.lost(
            whenReading: 160, backlog: 0, clock: simulation.clock, now: simulation.now + 10_000_000_000)
        #expect(abs(lost - (176_000 - 160)) < 50)
    }
}
