import Audio
import Foundation
import Testing
import TestSupport

struct MonoReaderTests {
    static let layouts = [8000, 11025, 16000, 44100, 48000, 192_000].flatMap { rate in
        [1, 2, 6].map { Wave(rate: rate, channels: $0, encoding: $0 == 2 ? .float32 : .pcm16) }
    }

    @Test(arguments: layouts)
    func `a tone at any rate and in any number of channels comes as 16 kHz mono, in time and in level`(
        wave: Wave
    ) throws {
        let samples = try read(wave.bytes(mono: tone(hertz: 440, samples: wave.rate, rate: wave.rate)))
        #expect(abs(samples.count - 16000) <= 1)
        // The ends, where the filter sees the tone begin and stop, are left out.
        let middle = 2000..<14000
        let expected = tone(hertz: 440, samples: 16000)
        #expect(largestDifference(Array(samples[middle]), Array(expected[middle])) < 0.002)
    }

    @Test
    func `channels are averaged`() throws {
        let left = tone(hertz: 440, samples: 16000)
        let right = tone(hertz: 900, samples: 16000, amplitude: 0.25)
        let wave = Wave(channels: 2, encoding: .float32)
        let samples = try read(wave.bytes(zip(left, right).flatMap { [$0, $1] }))
        #expect(samples == zip(left, right).map { ($0 + $1) / 2 })
    }

    @Test(arguments: [16000, 44100])
    func `channels that are opposite are not silence`(rate: Int) throws {
        let sound = tone(hertz: 440, samples: rate, rate: rate)
        let samples = try read(Wave(rate: rate, channels: 2, encoding: .float32).bytes(sound.flatMap { [$0, -$0] }))
        let expected = tone(hertz: 440, samples: 16000)
        #expect(largestDifference(Array(samples[2000..<14000]), Array(expected[2000..<14000])) < 0.002)
    }

    @Test
    func `samples at the wanted rate come as they are`() throws {
        let tone = tone(hertz: 440, samples: 20000)
        #expect(try read(Wave(encoding: .float32).bytes(tone)) == tone)
    }

    @Test
    func `a single sample is a recording`() throws {
        #expect(try read(Wave(encoding: .float32).bytes([0.25])) == [0.25])
        #expect(try !read(Wave(rate: 48000).bytes(Array(repeating: 0.25, count: 3))).isEmpty)
    }

    @Test
    func `FLAC is read like WAV`() throws {
        try withTemporaryFolder { folder in
            let tone = tone(hertz: 440, samples: 16000)
            let flac = folder.appending(path: "tone.flac").path
            try writeFLAC(tone, to: flac)
            let samples = try MonoReader(path: flac).readAll(limitSamples: 16000)
            #expect(largestDifference(try #require(samples), tone) < 1e-4)
        }
    }

    @Test
    func `a recording in memory is read like the file, whole or cut short`() throws {
        try withTemporaryFolder { folder in
            let tone = tone(hertz: 440, samples: 16000)
            let flac = folder.appending(path: "tone.flac").path
            try writeFLAC(tone, to: flac)
            for bytes in [Wave().bytes(tone), try Array(Data(contentsOf: URL(filePath: flac)))] {
                for count in [bytes.count, bytes.count / 2, 100, 5, 1] {
                    let path = try folder.adding("copy", Array(bytes.prefix(count)))
                    let result = Result { try MonoReader(path: path).readAll(longestSeconds: 2) }
                    let inMemory = Result {
                        try MonoReader(AudioFile(bytes: Array(bytes.prefix(count)), name: path)).readAll(
                            longestSeconds: 2)
                    }
                    #expect((try? result.get()) == (try? inMemory.get()))
                    #expect(failure(of: result) == failure(of: inMemory), "\(count) bytes")
                    #expect((count == bytes.count) == (failure(of: result) == nil))
                }
            }
        }
    }

    private func failure(of result: Result<[Float], any Error>) -> AudioError? {
        if case .failure(let error) = result { error as? AudioError } else { nil }
    }

    @Test
    func `a recording longer than the limit is not read to its end`() throws {
        try withTemporaryFolder { folder in
            let path = try folder.adding("a.wav", Wave().bytes(tone(hertz: 440, samples: 30000)))
            #expect(try MonoReader(path: path).readAll(limitSamples: 30000)?.count == 30000)
            #expect(try MonoReader(path: path).readAll(limitSamples: 29999) == nil)
            #expect(throws: AudioError.tooLong(file: path, seconds: 1)) {
                try MonoReader(path: path).readAll(longestSeconds: 1)
            }
        }
    }

    @Test(arguments: [8000, 16000, 44100])
    func `an hour comes in blocks that stay small, and the end stays the end`(rate: Int) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "hour.wav")
            try Wave(rate: rate).writeSilence(to: file, seconds: 3600)
            let reader = try MonoReader(path: file.path)
            #expect(reader.file.statedSeconds == 3600)
            var total = 0
            var largest = 0
            while let block = try reader.next() {
                total += block.count
                largest = max(largest, block.count)
            }
            #expect(total == 3600 * 16000)
            #expect(largest < 32768)
            #expect(try reader.next() == nil)
        }
    }

    private func read(_ bytes: [UInt8]) throws -> [Float] {
        try withTemporaryFolder { folder in
            let path = try folder.adding("recording.wav", bytes)
            return try #require(try MonoReader(path: path).readAll(limitSamples: 1_000_000))
        }
    }
}
