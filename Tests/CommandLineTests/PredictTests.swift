import Foundation
import Testing
import TestSupport

/// `attune predict`, with a model that answers "left" whatever it hears.
struct PredictTests {
    @Test
    func `each clip gets one JSON object with the promised fields`() throws {
        try withModel { folder, model in
            let files = [
                try folder.adding("a.wav", Wave().bytes(noise(samples: 16000))),
                try folder.adding("b c.wav", Wave(rate: 8000).bytes(noise(samples: 8000))),
                try folder.adding("d.wav", Wave(rate: 192_000, channels: 6).bytes(mono: noise(samples: 96000))),
            ]
            let result = try run("attune", ["predict", "--model", model.path, "--json"] + files)
            #expect(result.status == 0)
            #expect(result.stderr.isEmpty)
            let answers = try result.lines.map(jsonObject)
            #expect(answers.map { $0["file"] as? String } == files)
            for answer in answers {
                #expect(
                    Set(answer.keys) == [
                        "file", "label", "keyword", "confidence", "processing_time", "model", "model_version",
                    ])
                #expect(answer["label"] as? String == "left")
                #expect(answer["keyword"] as? String == "left")
                #expect(answer["confidence"] as? Double == 1)
                #expect(try #require(answer["processing_time"] as? Double) > 0)
                #expect(answer["model"] as? String == "commands")
                #expect(answer["model_version"] is String)
            }
        }
    }

    @Test
    func `a person gets label, confidence and file, without colours in a pipe`() throws {
        try withModel { folder, model in
            let file = try folder.adding("a.wav", Wave().bytes(noise(samples: 16000)))
            let result = try run("attune", ["predict", "--model", model.path, file])
            #expect(result.stdout == "left  100.0 %  \(file)\n")
        }
    }

    @Test
    func `a file that cannot be used is named, and stops no other`() throws {
        try withModel { folder, model in
            let good = try folder.adding("good.wav", Wave().bytes(noise(samples: 16000)))
            for bad in try badRecordings(in: folder) {
                let result = try run("attune", ["predict", "--model", model.path, good, bad.path, good])
                #expect(result.status == bad.status, "\(bad.path): \(result.stderr)")
                #expect(result.lines == Array(repeating: "left  100.0 %  \(good)", count: 2), "\(bad.path)")
                #expect(result.stderr.hasPrefix("attune: \(bad.path): "), "\(result.stderr)")
                #expect(result.stderr.contains(bad.message), "\(result.stderr)")
                #expect(result.stderr.split(separator: "\n").count == 1, "\(result.stderr)")
            }
        }
    }

    @Test
    func `with --json a failure is also an object, and the exit code is that of the first failure`() throws {
        try withModel { folder, model in
            let good = try folder.adding("good.wav", Wave().bytes(noise(samples: 16000)))
            let garbage = try folder.adding("garbage.wav", Array("left, right".utf8))
            let files = ["/nowhere/a.wav", good, garbage]
            let result = try run("attune", ["predict", "--json", "--model", model.path] + files)
            #expect(result.status == 66)
            let answers = try result.lines.map(jsonObject)
            #expect(answers.map { $0["file"] as? String } == files)
            #expect(answers.map { $0["label"] as? String } == [nil, "left", nil])
            #expect(answers[0]["error"] as? String == "/nowhere/a.wav: no such file")
            #expect((answers[2]["error"] as? String)?.hasPrefix("\(garbage): not a recording") == true)
            #expect(try run("attune", ["predict", "--model", model.path] + files.reversed()).status == 65)
        }
    }

    @Test
    func `a recording too long for one answer is refused at once, with advice`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "ten hours.wav")
            try Wave(rate: 8000).writeSilence(to: file, seconds: 36000)
            let clock = ContinuousClock()
            let started = clock.now
            let result = try run("attune", ["predict", file.path])
            #expect(clock.now - started < .seconds(10))
            #expect(result.status == 65)
            #expect(
                result.stderr
                    == "attune: \(file.path): longer than 60 s, too long for one answer; find its keywords with `attune spot`\n"
            )
        }
    }

    @Test
    func `the longest clip that is allowed is answered`() throws {
        try withModel { folder, model in
            let file = folder.appending(path: "minute.wav")
            try Wave(rate: 8000).writeSilence(to: file, seconds: 60)
            #expect(try run("attune", ["predict", "--model", model.path, file.path]).status == 0)
        }
    }
}
