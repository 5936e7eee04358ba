import Foundation
import Testing
import TestSupport

/// `attune spot`, with a model that hears "left" once, at the beginning of every recording, in the four windows
/// that a score is smoothed over.
struct SpotTests {
    @Test
    func `each event is one JSON object with the promised fields`() throws {
        try withModel { folder, model in
            let files = [
                try folder.adding("a.wav", Wave().bytes(noise(samples: 48000))),
                try folder.adding("b.wav", Wave(rate: 44100, channels: 2).bytes(mono: noise(samples: 132_300))),
            ]
            let result = try run("attune", ["spot", "--model", model.path, "--json"] + files)
            #expect(result.status == 0)
            #expect(result.stderr.isEmpty)
            let events = try result.lines.map(jsonObject)
            #expect(events.map { $0["file"] as? String } == files)
            for event in events {
                #expect(event["keyword"] as? String == "left")
                #expect(event["confidence"] as? Double == 1)
                let start = try #require(event["start"] as? Double)
                let end = try #require(event["end"] as? Double)
                #expect(0 <= start && start <= end && end <= 3)
                #expect(event["model"] as? String == "commands")
            }
        }
    }

    @Test
    func `a person gets time, word, confidence and file`() throws {
        try withModel { folder, model in
            let file = try folder.adding("a.wav", Wave().bytes(noise(samples: 48000)))
            let result = try run("attune", ["spot", "--model", model.path, file])
            let words = result.stdout.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            #expect(Double(words[0]) != nil)
            #expect(words.dropFirst() == ["s", "left", "100.0", "%", "\(file)\n"])
        }
    }

    @Test
    func `a word at the very end is found`() throws {
        try withModel { folder, model in
            // Shorter than the decision takes: it falls in the silence that is heard after the end.
            let file = try folder.adding("short.wav", Wave().bytes(noise(samples: 3200)))
            #expect(try run("attune", ["spot", "--model", model.path, file]).lines.count == 1)
        }
    }

    @Test
    func `a file that cannot be used is named, and stops no other`() throws {
        try withModel { folder, model in
            let good = try folder.adding("good.wav", Wave().bytes(noise(samples: 16000)))
            for bad in try badRecordings(in: folder) {
                let result = try run("attune", ["spot", "--json", "--model", model.path, good, bad.path, good])
                #expect(result.status == bad.status, "\(bad.path): \(result.stderr)")
                let files = try result.lines.map { try jsonObject($0)["file"] as? String }
                #expect(files.filter { $0 == good }.count == 2, "\(bad.path)")
                #expect(result.stderr.hasPrefix("attune: \(bad.path): "), "\(result.stderr)")
                #expect(result.stderr.contains(bad.message), "\(result.stderr)")
            }
        }
    }

    @Test
    func `the words and thresholds of a configuration count`() throws {
        try withModel { folder, model in
            let file = try folder.adding("a.wav", Wave().bytes(noise(samples: 48000)))
            func spot(_ configuration: String) throws -> Finished {
                let path = try folder.adding("attuned.yaml", Array(configuration.utf8))
                return try run("attune", ["spot", "--model", model.path, "--config", path, file])
            }
            #expect(try spot("words: {left: {after: []}}").lines.count == 1)
            #expect(try spot("").lines.isEmpty, "a command without a wake word")
            #expect(try spot("words: {left: {enabled: false}}").lines.isEmpty)
            #expect(try spot("words: {left: {after: right}}").lines.isEmpty)
            let bad = try spot("words:\n  lift: {enabled: false}\n")
            #expect(bad.status == 78)
            #expect(bad.stdout.isEmpty)
            #expect(bad.stderr.contains("attuned.yaml:2: words.lift: "), "\(bad.stderr)")
            #expect(bad.stderr.contains("did you mean left?"), "\(bad.stderr)")
        }
    }

    @Test
    func `ten minutes are heard in less memory than they would take decoded`() throws {
        try withModel { folder, model in
            let file = folder.appending(path: "long.wav")
            try Wave(rate: 48000).writeSilence(to: file, seconds: 600)
            // 115 MB of floats as they are in the file; `ulimit -d` counts KiB that the process may write to.
            let arguments = ["-c", "ulimit -d 98304 && exec \"$@\"", "sh", Binary.url("attune").path, "spot"]
            let result = try run(
                "/bin/sh", arguments + ["--model", model.path, file.path], timeoutSeconds: 180)
            #expect(result.status == 0, "\(result.stderr.suffix(500))")
            #expect(result.lines.count == 1)
        }
    }
}
