import Audio
import Foundation
import Testing
import TestSupport

struct BadRecordingTests {
    @Test
    func `a file that is not there is named`() {
        #expect(failure(of: "/nowhere/a.wav") == .notFound(file: "/nowhere/a.wav"))
    }

    @Test
    func `files without samples are empty`() throws {
        try withTemporaryFolder { folder in
            let nothing = try folder.adding("nothing.wav", [])
            #expect(failure(of: nothing) == .empty(file: nothing))
            for rate in [16000, 48000] {
                let header = try folder.adding("header\(rate).wav", Wave(rate: rate).bytes([]))
                #expect(failure(of: header) == .empty(file: header))
            }
        }
    }

    @Test(arguments: [
        Array("left, right, stop\n".utf8), [0], Array("RIFF".utf8), Array(Wave().header(samples: 100)[..<30]),
        Array(repeating: 0xff, count: 10000), Array(#"{"not": "audio"}"#.utf8),
    ])
    func `what is no recording is said to be none`(bytes: [UInt8]) throws {
        try withTemporaryFolder { folder in
            let path = try folder.adding("words.wav", bytes)
            guard case .notAudio(path, _) = failure(of: path) else {
                Issue.record("\(String(describing: failure(of: path)))")
                return
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `folders, pipes and devices are refused without waiting for them`() throws {
        try withTemporaryFolder { folder in
            for path in [folder.path, try folder.addingPipe("pipe.wav"), "/dev/zero", "/dev/null"] {
                guard case .unreadable(path, _) = failure(of: path) else {
                    Issue.record("\(path): \(String(describing: failure(of: path)))")
                    continue
                }
            }
        }
    }

    @Test(.enabled(if: getuid() != 0, "root may read everything"))
    func `a file that this user may not read is named`() throws {
        try withTemporaryFolder { folder in
            let path = try folder.adding("secret.wav", Wave().bytes([0]))
            chmod(path, 0)
            #expect(failure(of: path) == .unreadable(file: path, reason: "Permission denied"))
        }
    }

    @Test(arguments: [1, 8, 100, 8001, 15999])
    func `a WAV file that ends before its length is damaged there`(kept: Int) throws {
        try withTemporaryFolder { folder in
            let whole = Wave().bytes(tone(hertz: 440, samples: 16000))
            let path = try folder.adding("cut.wav", Array(whole[..<(44 + kept * 2)]))
            guard case .truncated(path, _, _) = failure(of: path) else {
                Issue.record("\(String(describing: failure(of: path)))")
                return
            }
        }
    }

    @Test(arguments: [0x7fff_ffff, 0xffff_ffff, 0x7fff_f000, 0])
    func `a WAV file written to a pipe does not know its length and is read to its end`(stated: UInt32) throws {
        try withTemporaryFolder { folder in
            var bytes = Wave().bytes(tone(hertz: 440, samples: 16000))
            let length = withUnsafeBytes(of: stated.littleEndian, Array.init)
            bytes.replaceSubrange(4..<8, with: length)
            bytes.replaceSubrange(40..<44, with: length)
            let path = try folder.adding("pipe.wav", bytes)
            #expect(failure(of: path) == nil)
        }
    }

    @Test
    func `a FLAC file that is cut short anywhere is refused`() throws {
        try withTemporaryFolder { folder in
            let flac = folder.appending(path: "noise.flac")
            try writeFLAC(noise(samples: 16000), to: flac.path)
            let whole = [UInt8](try Data(contentsOf: flac))
            for count in stride(from: 0, to: whole.count, by: 97) {
                let path = try folder.adding("cut.flac", Array(whole[..<count]))
                #expect(failure(of: path) != nil, "\(count) of \(whole.count) bytes")
            }
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 3e38, -1e30])
    func `samples that are not numbers, or no level that there is, are refused`(sample: Float) throws {
        try withTemporaryFolder { folder in
            for (rate, channels) in [(16000, 1), (48000, 2)] {
                var samples = [Float](repeating: 0.1, count: 20000)
                samples[15001] = sample
                let path = try folder.adding(
                    "bad.wav", Wave(rate: rate, channels: channels, encoding: .float32).bytes(samples))
                guard case .unsupported(path, _) = failure(of: path) else {
                    Issue.record("\(String(describing: failure(of: path)))")
                    continue
                }
            }
        }
    }

    @Test
    func `a header altered at any byte gives samples or an error that names the file`() throws {
        try withTemporaryFolder { folder in
            let whole = Wave(rate: 48000, channels: 2).bytes(noise(samples: 960))
            for place in 0..<44 {
                for mask: UInt8 in [0x01, 0x10, 0x80, 0xff] {
                    var altered = whole
                    altered[place] ^= mask
                    let path = try folder.adding("altered.wav", altered)
                    if let error = failure(of: path) { #expect("\(error)".hasPrefix(path)) }
                }
            }
        }
    }

    @Test
    func `each message names the file and what is wrong with it`() {
        let messages = [
            AudioError.notFound(file: "a"), .unreadable(file: "a", reason: "r"), .notAudio(file: "a", reason: "r"),
            .empty(file: "a"), .truncated(file: "a", seconds: 1.236, reason: "r"), .unsupported(file: "a", reason: "r"),
        ].map { "\($0)" }
        #expect(
            messages == [
                "a: no such file", "a: cannot be read: r",
                "a: not a recording (r); give WAV, FLAC, Ogg (Opus, Vorbis) or MP3", "a: holds no samples",
                "a: damaged after 1.24 s (r); give a whole recording", "a: r",
            ])
    }

    /// Why the file cannot be read to its end; nil if it can.
    private func failure(of path: String) -> AudioError? {
        do throws(AudioError) {
            let reader = try MonoReader(path: path)
            while try reader.next() != nil {}
            return nil
        } catch {
            return error
        }
    }
}
