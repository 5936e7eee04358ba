import Capture
import FakeDevice
import Testing

struct NegotiationTests {
    @Test(arguments: [
        ("8000 48000 16000 44100", 16_000), ("44100 48000", 48_000), ("44100 96000", 96_000), ("8000 44100", 44_100),
        ("8000", 8_000), ("192000", 192_000), ("12000", 12_000),
    ])
    func `the best rate that the device has is chosen, and read back`(offered: String, chosen: Int) throws {
        let device = FakeDevices.shared.microphone(keys: "rates \"\(offered)\"")
        let format = try Capturer(device: device.name).format
        #expect(format.rate == chosen)
        #expect(abs(Double(format.periodSamples) / Double(chosen) - 0.08) < 0.001)
        #expect(format.buffer >= .milliseconds(500))
    }

    @Test(arguments: [
        ("S16_LE S32_LE", SampleFormat.s16), ("S32_LE FLOAT_LE", .s32), ("S24_LE", .s24), ("S24_3LE", .s24Packed),
        ("FLOAT_LE", .float32), ("U8 S32_LE", .s32),
    ])
    func `every sample format that a microphone may have is understood`(offered: String, chosen: SampleFormat) throws {
        let device = FakeDevices.shared.microphone(keys: "formats \"\(offered)\"")
        #expect(try Capturer(device: device.name).format.sampleFormat == chosen)
    }

    @Test(arguments: [
        (1, 1, ChannelPolicy.mix, 1), (1, 2, .mix, 2), (2, 8, .mix, 2), (6, 8, .mix, 6), (1, 8, .channel(0), 2),
        (1, 1, .channel(0), 1), (1, 8, .channel(4), 5), (8, 8, .channel(4), 8),
    ])
    func `as many channels are asked for as are needed`(
        least: Int, most: Int, channel: ChannelPolicy, chosen: Int
    ) throws {
        let device = FakeDevices.shared.microphone(keys: "channels_min \(least) channels_max \(most)")
        #expect(try Capturer(device: device.name, channel: channel).format.channels == chosen)
    }

    @Test func `behind a plug the device's own rate is taken, not a converted one`() throws {
        let device = FakeDevices.shared.microphone(keys: "rates \"48000\" channels_min 2")
        let plug = FakeDevices.shared.pcm("type plug slave.pcm \"\(device.name)\"")
        let format = try Capturer(device: plug).format
        #expect(format.rate == 48_000 && format.channels == 2)
    }

    @Test func `a device without a usable format is refused by name, with what it lacks and what to do`() throws {
        let eightBit = FakeDevices.shared.microphone(keys: "formats \"U8\"")
        let error = try #require(throws: CaptureError.self) { _ = try Capturer(device: eightBit.name) }
        guard case .noUsableFormat(eightBit.name, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.description.contains("\"\(eightBit.name)\"") && error.description.contains("attune devices"))

        let mono = FakeDevices.shared.microphone()
        let missing = try #require(throws: CaptureError.self) {
            _ = try Capturer(device: mono.name, channel: .channel(2))
        }
        #expect(missing.description.contains("has 1 channel, and channel 3 is wanted"))
        #expect(missing.description.contains("set capture.channel to mix, or to 1"))

        // Behind a plug there is a third channel, of nothing but silence: no advice to take one.
        let stereo = FakeDevices.shared.microphone(keys: "channels_min 2")
        let third = try #require(throws: CaptureError.self) {
            _ = try Capturer(device: stereo.name, channel: .channel(2))
        }
        #expect(third.description.contains("has 2 channels, and channel 3 is wanted"))
        #expect(third.description.contains("set capture.channel to mix, or to one from 1 to 2"))
        #expect(!third.description.contains("plug"))
    }

    @Test(arguments: ["nosuch", "hw:7", "plughw:CARD=Nothing"])
    func `a device that does not exist is named, with what ALSA said and where to look`(name: String) throws {
        _ = FakeDevices.shared
        let error = try #require(throws: CaptureError.self) { _ = try Capturer(device: name) }
        guard case .notFound(name, let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(!reason.isEmpty && !reason.contains("\n"))
        #expect(error.description.contains("\"\(name)\"") && error.description.contains("attune devices"))
    }

    @Test func `errors of a device that is busy or forbidden say so`() {
        #expect(CaptureError(device: "hw:0", operation: "open", code: -16).description.contains("in use"))
        #expect(CaptureError(device: "hw:0", operation: "open", code: -13).description.contains("group \"audio\""))
        #expect(CaptureError(device: "hw:0", operation: "start", code: -19).description.contains("is gone"))
    }

    @Test func `the list of devices has those that have a hint`() throws {
        _ = FakeDevices.shared.pcm("type attuned_fake hint { show on description \"A microphone to see\" }")
        let listed = DeviceList().devices
        let found = try #require(listed.first { $0.description.contains("A microphone to see") })
        #expect(try Capturer(device: found.name).format.rate == 16_000)
        #expect(!listed.dropFirst().contains { $0.name == "default" }, "the default stands first")
    }
}
