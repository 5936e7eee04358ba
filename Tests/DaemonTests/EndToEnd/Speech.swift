import Audio
import Foundation
import TestSupport
import Testing

/// Sound for the fake microphone, and what is spoken in it.
struct Speech {
    struct Word {
        let text: String
        let startSeconds: Double
        let endSeconds: Double
    }

    let words: [Word]
    /// Mono, 16,000 a second.
    private(set) var samples: [Float]

    /// As a microphone gives it: signed 16 bits.
    var bytes: [UInt8] {
        samples.flatMap { sample -> [UInt8] in
            let value = Int16(clamping: Int((sample * 32768).rounded()))
            return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
    }

    var seconds: Double { Double(samples.count) / 16000 }

    /// The recording of `make demo`, spoken by synthesizers.
    static func demo() throws -> Speech {
        let folder = Fixture.repository.appending(path: "Config/demo")
        let table = try String(contentsOf: folder.appending(path: "words.tsv"), encoding: .utf8)
        let words = try table.split(separator: "\n").map { $0.split(separator: "\t") }.filter { $0.count == 3 }.map {
            (row: [Substring]) -> Word in
            Word(
                text: String(row[2]), startSeconds: try #require(Double(row[0])),
                endSeconds: try #require(Double(row[1])))
        }
        return Speech(words: words, samples: try read(folder.appending(path: "demo.wav")))
    }

    /// A synthesizer's voice says something at so many words a minute. Returns the recording.
    static func say(_ text: String, voice: String, speed: Int, in folder: URL) throws -> String {
        let file = folder.appending(path: "\(text) \(voice) \(speed).wav").path
        #expect(try run("/usr/bin/espeak-ng", ["-v", voice, "-s", "\(speed)", "-w", file, text]).status == 0)
        return file
    }

    /// One clip for each word, half a second apart.
    init(clips: [(word: String, file: URL)]) throws {
        var words: [Word] = []
        var samples = [Float](repeating: 0, count: 16000)
        for clip in clips {
            let start = samples.count
            samples += try Self.read(clip.file)
            words.append(
                Word(
                    text: clip.word, startSeconds: Double(start) / 16000, endSeconds: Double(samples.count) / 16000))
            samples += [Float](repeating: 0, count: 8000)
        }
        self.init(words: words, samples: samples + [Float](repeating: 0, count: 16000))
    }

    init(words: [Word], samples: [Float]) {
        self.words = words
        self.samples = samples
    }

    static func read(_ file: URL) throws -> [Float] {
        try MonoReader(path: file.path).readAll(limitSamples: 16000 * 120)!
    }
}
