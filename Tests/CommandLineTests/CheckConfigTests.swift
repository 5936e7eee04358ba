import Foundation
import Testing
import TestSupport

/// `attuned --check-config`.
struct CheckConfigTests {
    static let shipped = Fixture.repository.appending(path: "Config/attuned.yaml").path

    @Test
    func `the shipped configuration is fine`() throws {
        let result = try run("attuned", ["--config", Self.shipped, "--check-config"])
        #expect(result.status == 0)
        #expect(result.stdout == "\(Self.shipped): fine\n")
        #expect(result.stderr.isEmpty)
    }

    @Test(arguments: [[], ["--check-config"]])
    func `a configuration that is not there is named`(arguments: [String]) throws {
        let result = try run("attuned", ["--config", "/nowhere/attuned.yaml"] + arguments)
        #expect(result.status == 78)
        #expect(result.stdout.isEmpty)
        #expect(result.stderr == "attuned: /nowhere/attuned.yaml: there is no such file; name another with --config\n")
    }

    @Test(arguments: [
        ("capture:\n  devise: default\n", ":2: capture.devise: ", "did you mean device?"),
        ("\ndetection:\n  smoothing_hops: many\n", ":3: detection.smoothing_hops: ", "a whole number from 1 to 25"),
        ("capture: {realtime_priority: 200}\n", ":1: capture.realtime_priority: ", "a whole number from 0 to 99"),
        ("log:\n  level: loud\n", ":2: log.level: ", "trace, debug"),
        ("words:\n  lift: {enabled: false}\n", ":2: words.lift: ", "did you mean left?"),
        ("words: {left: {after: rigth}}\n", ":1: words.left: ", "did you mean right?"),
        ("words:\n  default: {after: wake_word}\n", ":2: words.default: ", "did you mean wake_words?"),
        (
            "words:\n  left: {after: right}\n  right: {after: left}\n", ":2: words.left: can never be heard",
            ":3: words.right"
        ),
        ("capture: [\n", ":", "configuration.yaml"),
    ])
    func `what is wrong is told with file, line, key and what would be right`(
        text: String, place: String, advice: String
    ) throws {
        try withTemporaryFolder { folder in
            let file = try folder.adding("configuration.yaml", Array(text.utf8))
            for arguments in [["--check-config"], []] {
                let result = try run("attuned", ["--config", file] + arguments)
                #expect(result.status == 78, "\(result.stderr)")
                #expect(result.stdout.isEmpty)
                #expect(result.stderr.contains("\(file)\(place)"), "\(result.stderr)")
                #expect(result.stderr.contains(advice), "\(result.stderr)")
            }
        }
    }

    @Test
    func `everything that is wrong is told at once`() throws {
        try withTemporaryFolder { folder in
            let text = "capture: {devise: x}\nlog: {level: loud}\nsocket: {max_readers: 0}\n"
            let file = try folder.adding("configuration.yaml", Array(text.utf8))
            let result = try run("attuned", ["--config", file, "--check-config"])
            #expect(result.status == 78)
            let lines = result.stderr.split(separator: "\n")
            #expect(lines.count == 3)
            for (index, line) in lines.enumerated() { #expect(line.hasPrefix("attuned: \(file):\(index + 1): ")) }
        }
    }

    @Test
    func `a variable of the environment that is wrong is named`() throws {
        let result = try run(
            "attuned", ["--config", Self.shipped, "--check-config"],
            environment: ["ATTUNED_DETECTION_SMOOTHING_HOPS": "0"])
        #expect(result.status == 78)
        #expect(result.stderr.contains("ATTUNED_DETECTION_SMOOTHING_HOPS"))
    }

    @Test
    func `a variable of the environment that looks like a setting and is none is named`() throws {
        let result = try run(
            "attuned", ["--config", Self.shipped, "--check-config"],
            environment: ["ATTUNED_CAPTURE_DEVISE": "x", "ATTUNED_SOCKET": "/tmp/x", "ATTUNED_CAPTURE_DEVICE": "y"])
        #expect(result.status == 0)
        #expect(
            result.stderr == "attuned: ATTUNED_CAPTURE_DEVISE is no setting and changes nothing; "
                + "did you mean ATTUNED_CAPTURE_DEVICE?\n")
    }

    @Test
    func `the model of the configuration is checked too`() throws {
        try withTemporaryFolder { folder in
            let model = try ModelCopy(in: folder)
            let file = try folder.adding("configuration.yaml", Array("model: {path: \"\(model.path)\"}\n".utf8))
            #expect(try run("attuned", ["--config", file, "--check-config"]).status == 0)
            try model.write("model.safetensors", Array(try model.bytes("model.safetensors").dropLast()))
            let altered = try run("attuned", ["--config", file, "--check-config"])
            #expect(altered.status == 78)
            #expect(altered.stderr.contains("\(model.path): model.safetensors"))
            try FileManager.default.removeItem(at: model.folder)
            let missing = try run("attuned", ["--config", file, "--check-config"])
            #expect(missing.status == 66)
            #expect(missing.stderr.contains("\(model.path): no model there"))
        }
    }
}
