import Foundation
import Spotting
import TestSupport
import Testing

/// `attune tune`, on the recording of the demo cut into words and sentences.
struct TuneTests {
    @Test
    func `the fragment is a configuration, and holds a threshold for each recorded word`() throws {
        try withRecordings { folder in
            let output = folder.appending(path: "tuned.yaml").path
            let result = try run(
                "attune",
                [
                    "tune", "--model", Fixture.modelPath, "--max-false-alarms", "1", "--output", output,
                    recordings(folder),
                ])
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout.contains("0 of 2"))
            #expect(result.stdout.contains("too short to tell 1.00 false alarms an hour from none"))
            let fragment = try String(contentsOfFile: output, encoding: .utf8)
            #expect(fragment.contains("computer: {threshold: 0.") && fragment.contains("jarvis: {threshold: 0."))
            #expect(!fragment.contains("alexa"))
            #expect(try run("attuned", ["--check-config", "--config", output]).status == 0)
            let again = try run(
                "attune", ["tune", "--max-false-alarms", "1", "--output", output, recordings(folder)])
            #expect(again.status == 73 && again.stderr.contains("exists already"))
        }
    }

    @Test
    func `a false alarm costs the word its threshold if the budget allows none`() throws {
        try withRecordings { folder in
            func tune(_ rate: String) throws -> [String: Any] {
                let result = try run(
                    "attune",
                    ["tune", "--model", Fixture.modelPath, "--json", "--max-false-alarms", rate, recordings(folder)])
                let words = try #require(try jsonObject(result.stdout)["words"] as? [[String: Any]])
                return try #require(words.first { $0["word"] as? String == "computer" })
            }
            let before = try #require(try tune("0")["threshold"] as? Double)
            // The same voice says the word where it should not: both halves have it.
            let demo = try Demo()
            for copy in 1...2 {
                try folder.adding("own/talk/computer \(copy).wav", Wave().bytes(demo.cut("computer")))
            }
            let strict = try tune("0")
            let generous = try tune("3600")
            #expect(try #require(strict["threshold"] as? Double) > before)
            #expect(strict["false_alarms"] as? Int == 0)
            #expect(generous["misses"] as? Int == 0 && generous["false_alarms"] as? Int == 2)
        }
    }

    @Test
    func `folders that cannot be tuned on are told what they lack`() throws {
        try withTemporaryFolder { folder in
            func refused(_ path: String) throws -> Finished {
                try run("attune", ["tune", "--model", Fixture.modelPath, "--max-false-alarms", "1", path])
            }
            #expect(try refused("/nowhere").stderr == "attune: /nowhere: no such folder\n")
            try folder.adding("own/talk/1.wav", Wave().bytes(noise(samples: 16000)))
            let wordless = try refused(recordings(folder))
            #expect(wordless.status == 65 && wordless.stderr.contains("no folder is named for a word of the model"))
            try FileManager.default.removeItem(at: folder.appending(path: "own/talk"))
            try folder.adding("own/yes/1.wav", Wave().bytes(noise(samples: 16000)))
            let quiet = try refused(recordings(folder))
            #expect(quiet.status == 65 && quiet.stderr.contains("nothing to count false alarms in"))
            let wrong = try run("attune", ["tune", "--max-false-alarms", "-1", recordings(folder)])
            #expect(wrong.status == 64)
        }
    }

    private func recordings(_ folder: URL) -> String { folder.appending(path: "own").path }

    /// Two recordings each of two words, and two sentences.
    private func withRecordings(_ body: (URL) throws -> Void) throws {
        let demo = try Demo()
        try withTemporaryFolder { folder in
            for word in ["computer", "jarvis"] {
                try folder.adding("own/\(word)/1.wav", Wave().bytes(demo.cut(word)))
                try folder.adding("own/\(word)/2.wav", Wave().bytes(demo.cut(word).map { $0 / 2 }))
            }
            try folder.adding("own/talk/1.wav", Wave().bytes(Array(demo.samples[110_000..<150_000])))
            try folder.adding("own/talk/2.wav", Wave().bytes(Array(demo.samples[245_000..<280_000])))
            try body(folder)
        }
    }

    /// The recording of the demo, and where its words are.
    private struct Demo {
        let samples: [Float]
        private var words: [String: Range<Int>] = [:]

        init() throws {
            let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Config/demo")
            samples = try Data(contentsOf: folder.appending(path: "demo.wav")).dropFirst(44).withUnsafeBytes { bytes in
                bytes.bindMemory(to: Int16.self).map { Float($0) / 32768 }
            }
            for line in try String(contentsOf: folder.appending(path: "words.tsv"), encoding: .utf8).split(
                separator: "\n")
            {
                let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
                guard let start = Double(cells[0]), let end = Double(cells[1]), cells.count > 2 else { continue }
                words[String(cells[2])] = Int(start * 16000) - 3200..<Int(end * 16000) + 4800
            }
        }

        /// The word with a little before and after it.
        func cut(_ word: String) throws -> [Float] { Array(samples[try #require(words[word])]) }
    }
}
