import FakeDevice
import Glibc
import Testing

struct AllocationTests {
    private func calls(in path: String) -> [UInt64]? { CallCounts(path: path)?.callsByThread["capture"] }

    @Test(arguments: ["", "rates \"48000\" formats \"S24_3LE\" channels_min 2"])
    func `the capture thread allocates, frees and locks nothing while it runs, overruns included`(keys: String) throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(64_000), keys: keys)
        let path = device.controlPath + ".counts"
        var probe = try Child(
            "capture-probe", [device.name, "300"],
            environment: CallCounts.environment(countingInto: path).map { "\($0)=\($1)" })
        #expect(probe.line(holding: "started") != nil && eventually { calls(in: path) != nil })
        #if DEBUG
            // Without optimisation generic code looks up its types when it first runs, so every path runs once before.
            let rounds = 2
        #else
            let rounds = 1
        #endif
        var counted: [[UInt64]] = []
        for _ in 0..<rounds {
            // The clock of the device is measured once a second.
            usleep(1_500_000)
            counted.append(try #require(calls(in: path)))
            for command in [FakeDevice.Command.xrun, .suspend] {
                device.tell(command)
                #expect(probe.line(holding: "gap") != nil)
            }
            usleep(100_000)
            counted.append(try #require(calls(in: path)))
        }
        let (before, after) = (counted[counted.count - 2], counted[counted.count - 1])
        #expect(after == before)
        kill(probe.pid, SIGTERM)
        let (status, output) = probe.wait()
        #expect(status == 0 && output.contains("gaps: \(2 * rounds),"), "\(output)")
    }
}
