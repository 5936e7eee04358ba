import Foundation
import TestSupport
import Testing

/// `attune evaluate` over a folder with a manifest, with a model that answers "left" from the first moment on, and so
/// fires once in every stream, before anything is said.
struct EvaluateStreamsTests {
    static let header = "path,label,speaker,split,source,licence,text\n"

    @Test
    func `streams have misses, false alarms with their hours, and what a transcript says is masked`() throws {
        try withFolder { folder, model in
            let result = try run(
                "attune",
                [
                    "evaluate", "--model", model.path, "--json", "--snr", "5,-5", "--held-out",
                    try heldOut(["noise/1.wav", "speech/left.wav", "speech/right.wav", "speech/unknown.wav"], folder),
                    folder.appending(path: "corpus").path,
                ])
            #expect(result.status == 0, "\(result.stderr)")
            let report = try jsonObject(result.stdout)
            // Three clips, two seconds of noise and twenty of digital silence.
            #expect(report["clips"] as? Int == 25 && report["correct"] as? Int == 2)
            #expect(try #require(report["calibration_error"] as? Double) == 0.92)
            #expect(report["noise"] as? String == "recorded" && (report["notes"] as? [String])?.isEmpty == true)
            #expect(report["stream_equals_clip"] as? Bool == true)
            let inNoise = try #require(report["in_noise"] as? [[String: Any]])
            #expect(inNoise.map { $0["snr_db"] as? Double } == [nil, 5, -5])
            #expect(inNoise.compactMap { $0["clips"] as? Int } == [3, 3, 3])

            let streams = try #require(report["streams"] as? [[String: Any]])
            #expect(streams.map { $0["snr_db"] as? Double } == [nil, 10, 5, -5])
            for stream in streams {
                let words = try #require(stream["words"] as? [String: [String: Any]])
                let (left, right) = (try #require(words["left"]), try #require(words["right"]))
                #expect(left["spoken"] as? Int == 2 && left["misses"] as? Int == 2 && left["strays"] as? Int == 1)
                #expect(right["spoken"] as? Int == 1 && right["miss_rate"] as? Double == 1)
                // In noise, and in the speech that says something else; the other two are masked for a command.
                #expect(left["false_alarms"] as? Int == 2 && right["false_alarms"] as? Int == 0)
                #expect(left["hours"] as? Double == (3.0 / 3600 * 1e4).rounded() / 1e4)
                #expect(try #require(left["false_alarms_interval"] as? [Double]).count == 2)
            }
        }
    }

    @Test
    func `a wake word is counted in speech without a transcript too`() throws {
        try withFolder { folder, model in
            let result = try run(
                "attune",
                [
                    "evaluate", "--model", model.path, "--json", "--wake-words", "left",
                    folder.appending(path: "corpus").path,
                ])
            let report = try jsonObject(result.stdout)
            #expect(report["wake_words"] as? [String] == ["left"])
            let streams = try #require(report["streams"] as? [[String: Any]])
            #expect(streams.count == 2)
            let wakeWords = try #require(streams[0]["wake_words"] as? [String: Any])
            #expect(wakeWords["false_alarms"] as? Int == 3)
            #expect(try #require(report["notes"] as? [String]).contains { $0.hasPrefix("training may have seen") })
        }
    }

    @Test
    func `several folders are one; false alarms are told by source, and the worst can be listened to`() throws {
        try withFolder { folder, model in
            try folder.adding("night/1.wav", Wave().bytes(noise(samples: 4 * 16000, seed: 9)))
            let heard = folder.appending(path: "heard")
            let result = try run(
                "attune",
                ["evaluate", "--model", model.path, "--json", "--wake-words", "left", "--false-alarms", heard.path]
                    + ["corpus", "night"].map { folder.appending(path: $0).path })
            #expect(result.status == 0, "\(result.stderr)")
            let streams = try #require(try jsonObject(result.stdout)["streams"] as? [[String: Any]])
            let sources = try #require(streams[0]["sources"] as? [[String: Any]])
            let alarms = sources.map { source in
                ((source["wake_words"] as? [String: Any])?["words"] as? [String: Int])?["left"] ?? 0
            }
            // The longest source is first. Speech that says "left" excuses it; a network that always hears it hears it
            // again after a while.
            let names = sources.map { "\($0["source"]!) \($0["kind"]!)" }
            #expect(names == ["night speech", "elsewhere speech", "corpus noise"])
            #expect(alarms.allSatisfy { $0 > 0 })
            let wakeWords = try #require(streams[0]["wake_words"] as? [String: Any])
            let worst = try #require(wakeWords["worst_false_alarms"] as? [[String: Any]])
            #expect(worst.filter { $0["event"] as? Bool == true }.count == alarms.reduce(0, +))
            #expect(worst.contains { ($0["path"] as? String)?.hasSuffix("night/1.wav") == true })
            let files = try FileManager.default.contentsOfDirectory(atPath: heard.path)
            #expect(files.count { $0.hasPrefix("wake-words-") } == worst.count, "\(files)")
            let first = heard.appending(path: "wake-words-01-left.wav").path
            let played = try run("attune", ["predict", "--json", first])
            #expect(played.status == 0, "\(played.stderr)")
        }
    }

    @Test
    func `recordings without any label are measured for false alarms alone`() throws {
        try withFolder { folder, model in
            try folder.adding("night/1.wav", Wave().bytes(noise(samples: 4 * 16000, seed: 9)))
            let arguments = ["evaluate", "--model", model.path, "--wake-words", "left"]
            let night = folder.appending(path: "night").path
            let text = try run("attune", arguments + [night])
            #expect(text.status == 0 && !text.stdout.contains("accuracy"), "\(text.stderr)")
            #expect(text.stdout.contains("false alarms by source") && text.stdout.contains("night/1.wav  0:00:0"))
            let report = try jsonObject(try run("attune", arguments + ["--json", night]).stdout)
            #expect(report["clips"] as? Int == 0 && report["accuracy"] == nil)
        }
    }

    @Test
    func `tables, notes and plots are for people`() throws {
        try withFolder { folder, model in
            let plots = folder.appending(path: "new/plots")
            let result = try run(
                "attune",
                [
                    "evaluate", "--model", model.path, "--plots", plots.path, "--snr", "0", "--wake-words", "left",
                    folder.appending(path: "corpus").path,
                ])
            #expect(result.status == 0, "\(result.stderr)")
            for text in [
                "expected calibration error 92.0 %", "spoken words in a stream",
                "false alarms in 0.00 h of running speech",
                "streams and clips get the same answers", "note: training may have seen the running speech",
            ] { #expect(result.stdout.contains(text), "\(text)") }
            for name in ["confusion", "reliability", "recall", "noise", "tradeoff"] {
                let plot = try plotText(plots.appending(path: "\(name).svg"))
                #expect(plot.contains("attune evaluate --model"), "\(name)")
                #expect(!plot.contains("nan\"") && !plot.contains("inf\""), "\(name)")
            }
        }
    }

    @Test
    func `the benchmark leaves out sentences that hold a wake word, and fills its hours`() throws {
        try withFolder { folder, model in
            let plots = folder.appending(path: "plots").path
            let result = try run(
                "attune",
                [
                    "evaluate", "--model", model.path, "--json", "--benchmark", "--hours", "0.02", "--wake-words",
                    "left,right,stop", "--plots", plots, folder.appending(path: "corpus").path,
                ])
            #expect(result.status == 0, "\(result.stderr)")
            let report = try jsonObject(result.stdout)
            #expect(report["excluded_sentences"] as? Int == 2)
            #expect(try #require(report["hours"] as? Double) > 0.01)
            let words = try #require(report["words"] as? [String: [String: Any]])
            // Of "stop" there are no clips: that it was never missed would mean nothing.
            #expect(words.keys.sorted() == ["left", "right"])
            let left = try #require(words["left"])
            #expect(left["recordings"] as? Int == 2)
            // A model that always hears "left" never hears this one.
            let point = try #require(words["right"]?["model_thresholds"] as? [String: Any])
            #expect(try #require(point["spoken"] as? Int) > 2 && point["miss_rate"] as? Double == 1)
            #expect(FileManager.default.fileExists(atPath: plots + "/benchmark.svg"))
        }
    }

    @Test
    func `a clip or a background that cannot be used is named once, and the rest is measured`() throws {
        try withFolder { folder, model in
            let bad = ["corpus/left/1.wav", "corpus/speech/right.wav", "corpus/noise/1.wav"]
            for name in bad { try folder.adding(name, Array("no audio".utf8)) }
            let result = try run(
                "attune", ["evaluate", "--model", model.path, "--json", folder.appending(path: "corpus").path])
            #expect(result.status == 65)
            for name in bad {
                #expect(result.stderr.components(separatedBy: "\(name): not a recording").count == 2, "\(name)")
            }
            let report = try jsonObject(result.stdout)
            #expect(report["failed"] as? Int == 3 && report["clips"] as? Int == 2)
            #expect(report["noise"] as? String == "white")
        }
    }

    @Test
    func `what cannot be measured is refused with a reason`() throws {
        try withFolder { folder, model in
            let corpus = folder.appending(path: "corpus").path
            func refusal(_ arguments: [String], in folder: String? = nil) throws -> (status: Int32, message: String) {
                let result = try run("attune", ["evaluate", "--model", model.path] + arguments + [folder ?? corpus])
                #expect(result.stdout.isEmpty)
                return (result.status, result.stderr)
            }
            for (arguments, status, message) in [
                (["--snr", "10,loud"], 64, "snr"), (["--snr", "100"], 64, "snr"),
                (["--hours", "0"], 64, "--hours must"),
                (["--wake-words", "left,sesame"], 64, "--wake-words names sesame, which the model does not know"),
                (["--held-out", "/nowhere/list.txt"], 66, "/nowhere/list.txt: no such list"),
                (
                    ["--held-out", try heldOut(["speech/9.wav"], folder)], 65,
                    "line 1: speech/9.wav is no running speech"
                ),
                (["--plots", "/proc/plots"], 73, "/proc/plots: plots cannot be written there"),
                (["--benchmark"], 65, "no clip is a wake word of the model"),
            ] {
                let refused = try refusal(arguments)
                #expect(refused.status == status && refused.message.contains(message), "\(refused)")
            }
            let plain = try folder.adding("plain/left/1.wav", Wave().bytes(noise(samples: 16000)))
            let plainFolder = URL(filePath: plain).deletingLastPathComponent().deletingLastPathComponent().path
            #expect(try refusal(["--held-out", plain], in: plainFolder).message.contains("goes with a manifest.csv"))
            let manifest = try folder.adding("corpus/manifest.csv", Array("path,label\n".utf8))
            let broken = try refusal([])
            #expect(
                broken.status == 65 && broken.message.hasPrefix("attune: \(manifest), line 1: lacks the column split"))
        }
    }

    @Test
    func `a plain folder can have noise and spoken words too`() throws {
        try withFolder { folder, model in
            for name in ["left/1.wav", "right/1.wav"] {
                try folder.adding("plain/\(name)", Wave().bytes(noise(samples: 16000)))
            }
            let result = try run(
                "attune",
                [
                    "evaluate", "--model", model.path, "--json", "--streams", "--snr", "0",
                    folder.appending(path: "plain").path,
                ])
            #expect(result.status == 0, "\(result.stderr)")
            let report = try jsonObject(result.stdout)
            #expect(report["clips"] as? Int == 2 && report["noise"] as? String == "white")
            let streams = try #require(report["streams"] as? [[String: Any]])
            let commands = try #require(streams[0]["commands"] as? [String: Any])
            #expect(commands["misses"] as? Int == 2 && commands["hours"] == nil)
        }
    }

    /// A model, and `corpus`: three clips of two words to measure, three recordings of speech and one of noise.
    private func withFolder(_ body: (_ folder: URL, _ model: ModelCopy) throws -> Void) throws {
        try withModel { folder, model in
            var manifest = Self.header
            for (index, row) in [
                ("left/1.wav", "left", "validation", "", 1.0), ("left/2.wav", "left", "validation", "", 1),
                ("right/1.wav", "right", "validation", "", 1), ("left/3.wav", "left", "train", "", 1),
                ("speech/left.wav", "", "train", "turn left", 1), ("speech/right.wav", "", "train", "that's right", 1),
                ("speech/unknown.wav", "", "train", "", 2), ("noise/1.wav", "_noise_", "train", "", 2),
            ].enumerated() {
                let sound = noise(samples: Int(row.4 * 16000), seed: UInt64(index))
                try folder.adding("corpus/\(row.0)", Wave().bytes(sound))
                let source = row.1.isEmpty ? "elsewhere" : ""
                manifest += "\(row.0),\(row.1),,\(row.2),\(source),,\(row.3)\n"
            }
            try folder.adding("corpus/manifest.csv", Array(manifest.utf8))
            try body(folder, model)
        }
    }

    private func heldOut(_ paths: [String], _ folder: URL) throws -> String {
        try folder.adding("held-out.txt", Array((paths.joined(separator: "\n") + "\n").utf8))
    }

    /// The text of a plot, which must be well-formed XML.
    private func plotText(_ file: URL) throws -> String {
        let parsed = try run(
            "/usr/bin/python3", ["-c", "import sys, xml.dom.minidom as d; d.parse(sys.argv[1])", file.path])
        #expect(parsed.status == 0, "\(file.path): \(parsed.stderr)")
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
