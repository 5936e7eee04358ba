import Capture
import FakeDevice
import Glibc
import Realtime
import Streams
import Testing

struct CapturerTests {
    @Test func `samples arrive bit by bit as the microphone recorded them`() throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(32_000))
        let capturer = try Capturer(device: device.name, realtimePriority: 10)
        #expect(capturer.format.rate == 16_000 && capturer.format.channels == 1)
        #expect(capturer.format.sampleFormat == .s16)
        #expect(capturer.format.periodSamples == 1280 && capturer.format.buffer >= .milliseconds(500))
        let stream = capturer.makeStream()
        var recording = Recording()
        try capturer.start()
        for period in 1...3 { #expect(capturer.wakeup.wait(timeout: .seconds(5)), "woken for period \(period)") }
        #expect(recording.read(stream, of: capturer) { $0.samples.count >= 12_000 })
        #expect(recording.samples == recording.samples.indices.map(Ramp.float(at:)))
        #expect(recording.gaps.isEmpty)
        #expect(capturer.scheduling != nil && capturer.end == nil)
        #expect(capturer.stop())
        #expect(capturer.end == .stopped)
        #expect(capturer.counts.samples >= 12_000 && capturer.counts.overruns == 0)
        #expect(capturer.counts.lastErrno == 0)
    }

    @Test func `one channel of a stereo microphone at 48 kHz is that channel and nothing else`() throws {
        let device = FakeDevices.shared.microphone(
            playing: Ramp.bytes(96_000, channels: 2), keys: "rates \"48000\" channels_min 2")
        let capturer = try Capturer(device: device.name, channel: .channel(1))
        #expect(capturer.format.rate == 48_000 && capturer.format.channels == 2)
        let stream = capturer.makeStream()
        var recording = Recording()
        try capturer.start()
        #expect(recording.read(stream, of: capturer) { $0.samples.count >= 24_000 })
        #expect(recording.samples == recording.samples.indices.map { Ramp.float(at: $0 + 1_000) })
    }

    @Test func `a mixed microphone is the mean of its channels, where they have little in common`() throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(32_000, channels: 4), keys: "channels_min 4")
        let capturer = try Capturer(device: device.name, channel: .mix)
        let stream = capturer.makeStream()
        var recording = Recording()
        try capturer.start()
        #expect(recording.read(stream, of: capturer) { $0.samples.count >= 4_000 })
        let expected = recording.samples.indices.map { position in
            (0..<4).map { Ramp.float(at: position + $0 * 1_000) }.reduce(0, +) / 4
        }
        #expect(zip(recording.samples, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test(arguments: ["", "plug"])
    func `a stereo microphone whose channels are opposite is not silent`(plug: String) throws {
        let sound = Ramp.bytes(32_000)
        let stereo = stride(from: 0, to: sound.count, by: 2).flatMap { place -> [UInt8] in
            let value = UInt16(sound[place]) | UInt16(sound[place + 1]) << 8
            let opposite = UInt16(bitPattern: Int16(clamping: -Int(Int16(bitPattern: value))))
            return [value, opposite].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        }
        let device = FakeDevices.shared.microphone(playing: stereo, keys: "channels_min 2")
        let name = plug.isEmpty ? device.name : FakeDevices.shared.pcm("type plug slave.pcm \"\(device.name)\"")
        let capturer = try Capturer(device: name, channel: .mix)
        let stream = capturer.makeStream()
        var recording = Recording()
        try capturer.start()
        #expect(recording.read(stream, of: capturer) { $0.samples.count >= 8_000 })
        #expect(recording.samples.indices.allSatisfy { abs(recording.samples[$0] - Ramp.float(at: $0)) < 1e-4 })
        #expect(capturer.counts.turnedChannels == 0b10)
    }

    @Test func `a microphone that can only be mapped into memory is read bit by bit too`() throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(32_000), keys: "access \"mmap\"")
        let capturer = try Capturer(device: device.name)
        let stream = capturer.makeStream()
        var recording = Recording()
        try capturer.start()
        #expect(recording.read(stream, of: capturer) { $0.samples.count >= 8_000 })
        #expect(recording.samples == recording.samples.indices.map(Ramp.float(at:)))
    }

    @Test func `a slow reader loses samples at the end of the ring, and is told how many and where`() throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(64_000))
        let capturer = try Capturer(device: device.name, ringDuration: .milliseconds(100))
        let stream = capturer.makeStream()
        var recording = Recording()
        try capturer.start()
        #expect(eventually { capturer.counts.refusedSamples >= 1_600 })
        #expect(recording.read(stream, of: capturer) { !$0.gaps.isEmpty && $0.samples.count >= 16_000 })
        capturer.stop()
        #expect(recording.gaps.count >= 1 && recording.gaps.allSatisfy { $0.cause == .refused })
        let lost = recording.gaps.reduce(0) { $0 + $1.lostSamples }
        #expect(lost >= 1_600)
        #expect(capturer.counts.gaps >= recording.gaps.count && capturer.counts.refusedSamples >= lost)
        // Every sample is where the gaps before it say that it was recorded.
        for (position, sample) in recording.samples.enumerated() {
            let missing = recording.gaps.filter { $0.position <= position }.reduce(0) { $0 + $1.lostSamples }
            guard sample != Ramp.float(at: position + missing) else { continue }
            Issue.record("sample \(position) does not belong after \(missing) lost ones")
            break
        }
    }

    @Test func `stopping takes less than 0.3 s, also before the start and twice`() throws {
        let device = FakeDevices.shared.microphone()
        let capturer = try Capturer(device: device.name)
        try capturer.start()
        #expect(eventually { capturer.counts.periods > 0 })
        #expect(capturer.stop(timeout: .seconds(10)))
        #expect(capturer.stop(timeout: .zero))
        #expect(try Capturer(device: device.name).stop(timeout: .zero))
        // On a machine that is busy with other things one may take longer; not every one.
        #expect(
            eventually {
                guard let another = try? Capturer(device: device.name), (try? another.start()) != nil else {
                    return false
                }
                return eventually { another.counts.periods > 0 } && another.stop(timeout: .milliseconds(300))
            })
    }

    @Test func `a file without a clock of its own is read at the pace of the clock`() throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(200_000))
        let file = FakeDevices.shared.pcm(
            "type file file \"/dev/null\" infile \"\(device.soundPath)\" format \"raw\" slave.pcm \"null\"")
        let capturer = try Capturer(device: file)
        let stream = capturer.makeStream()
        var recording = Recording()
        let start = ContinuousClock.now
        try capturer.start()
        #expect(recording.read(stream, of: capturer) { $0.samples.count >= 32_000 })
        let elapsed = ContinuousClock.now - start
        // 2 s of sound: no sooner than after 2 s less the allowance of 720 ms and two hops, and that without a gap.
        #expect(elapsed > .milliseconds(1_050))
        #expect(recording.samples == recording.samples.indices.map(Ramp.float(at:)))
        #expect(recording.gaps.isEmpty && capturer.counts.refusedSamples == 0)
        #expect(capturer.stop())
    }

    @Test func `a PCM that never returns from a read cannot keep the daemon from stopping`() throws {
        let fifo = FakeDevices.shared.folder + "/held-\(UInt32.random(in: 0 ... .max)).fifo"
        mkfifo(fifo, 0o600)
        let writer = open(fifo, O_RDWR)
        defer { unlink(fifo) }
        let held = FakeDevices.shared.pcm(
            "type file file \"/dev/null\" infile \"\(fifo)\" format \"raw\" slave.pcm \"null\"")
        let capturer = try Capturer(device: held)
        try capturer.start()
        // Less than a period: the thread is inside its read once the FIFO has been drained.
        _ = write(writer, [UInt8](repeating: 0, count: 32), 32)
        #expect(
            eventually {
                var waiting: Int32 = 0
                return ioctl(writer, UInt(FIONREAD), &waiting) == 0 && waiting == 0
            })
        // That it returns shows it: what the read waits for is written afterwards.
        #expect(!capturer.stop(timeout: .milliseconds(200)))
        _ = write(writer, [UInt8](repeating: 0, count: 4_096), 4_096)
        #expect(capturer.stop(timeout: .seconds(10)))
        close(writer)
    }
}
