import FakeDevice
import Glibc
import Testing

struct AllocationTests {
    /// Malloc, calloc, realloc, aligned and free calls of a thread, as AllocationCounter.h lays them out; nil if it
    /// has none.
    private func calls(of thread: String, in path: String) -> [UInt64]? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        guard read(descriptor, &bytes, 1024) == 1024, bytes[..<7].elementsEqual("ALLOCNT".utf8) else { return nil }
        for slot in stride(from: 64, to: 1024, by: 64) {
            let name = bytes[slot..<(slot + 16)].prefix { $0 != 0 }
            guard name.elementsEqual(thread.utf8) else { continue }
            return bytes.withUnsafeBytes { buffer in
                (0..<5).map { buffer.loadUnaligned(fromByteOffset: slot + 16 + 8 * $0, as: UInt64.self) }
            }
        }
        return nil
    }

    private func preload(_ countsPath: String) -> [String] {
        ["LD_PRELOAD=\(FakeDevices.buildFolder)/libAllocationCounter.so", "ALLOCATION_COUNTER_FILE=\(countsPath)"]
    }

    @Test(arguments: ["", "rates \"48000\" formats \"S24_3LE\" channels_min 2"])
    func `the capture thread allocates and frees nothing while it runs, overruns included`(keys: String) throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(64_000), keys: keys)
        let path = device.controlPath + ".counts"
        let probe = try Child("capture-probe", [device.name, "3"], environment: preload(path))
        #expect(eventually { calls(of: "capture", in: path) != nil })
        #if DEBUG
            // Without optimisation generic code looks up its types when it first runs, so every path runs once before.
            let rounds = 2
        #else
            let rounds = 1
        #endif
        var counted: [[UInt64]] = []
        for _ in 0..<rounds {
            usleep(300_000)
            counted.append(try #require(calls(of: "capture", in: path)))
            device.tell(.xrun)
            usleep(400_000)
            device.tell(.suspend)
            usleep(400_000)
            counted.append(try #require(calls(of: "capture", in: path)))
        }
        let (before, after) = (counted[counted.count - 2], counted[counted.count - 1])
        #expect(after == before)
        let (status, output) = probe.wait()
        #expect(status == 0 && output.contains("gaps: \(2 * rounds),"), "\(output)")
    }
}
