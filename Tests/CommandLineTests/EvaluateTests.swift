import Foundation
import Testing
import TestSupport

/// `attune evaluate`, with a model that answers "left" whatever it hears.
struct EvaluateTests {
    @Test
    func `the accuracy and the confusion matrix are those of the folder`() throws {
        try withModel { folder, model in
            let clips = try addClips(
                ["left/1.wav", "left/2.wav", "left/3.wav", "right/1.wav", "marvin/1.wav"], to: folder)
            let result = try run("attune", ["evaluate", "--model", model.path, "--json", clips])
            #expect(result.status == 0)
            #expect(result.lines.count == 1)
            let report = try jsonObject(result.stdout)
            #expect(report["clips"] as? Int == 5)
            #expect(report["correct"] as? Int == 3)
            #expect(report["failed"] as? Int == 0)
            #expect(report["accuracy"] as? Double == 0.6)
            #expect(report["mean_recall"] as? Double == 0.3333)
            let labels = try #require(report["labels"] as? [String])
            let matrix = try #require(report["confusion"] as? [[Int]])
            #expect(matrix.count == labels.count && matrix.allSatisfy { $0.count == labels.count })
            func count(_ spoken: String) throws -> Int {
                matrix[try #require(labels.firstIndex(of: spoken))][try #require(labels.firstIndex(of: "left"))]
            }
            #expect(try count("left") == 3)
            #expect(try count("right") == 1)
            #expect(try count("_unknown_") == 1)
            #expect(matrix.joined().reduce(0, +) == 5)
        }
    }

    @Test
    func `a person gets a table and a sentence`() throws {
        try withModel { folder, model in
            let clips = try addClips(["left/1.wav", "right/1.wav"], to: folder)
            let result = try run("attune", ["evaluate", "--model", model.path, "--matrix", clips])
            #expect(result.status == 0)
            #expect(result.stdout.contains("accuracy 50.0 % (1 of 2 clips), mean over words 50.0 %, commands "))
            #expect(result.lines.contains { $0.split(separator: " ") == ["left", "1", "100.0", "%", "50.0", "%"] })
            #expect(result.lines.contains { $0.split(separator: " ") == ["right", "1", "0.0", "%", "-"] })
        }
    }

    @Test
    func `a clip that cannot be used is named, and the others count`() throws {
        let memo = [0, 0, 0, 0x1c] + Array("ftypM4A \0\0\0\0M4A mp42isom".utf8)
        for (name, content, reason) in [
            ("2.wav", Array("no audio".utf8), "not a recording"), ("2.m4a", memo, "MPEG-4 (m4a, mp4) is not read here"),
        ] {
            try expectNamed(name, content, reason)
        }
    }

    private func expectNamed(_ name: String, _ content: [UInt8], _ reason: String) throws {
        try withModel { folder, model in
            let clips = try addClips(["left/1.wav", "left/3.wav"], to: folder)
            let bad = try folder.adding("clips/left/\(name)", content)
            let result = try run("attune", ["evaluate", "--model", model.path, "--json", clips])
            #expect(result.status == 65)
            #expect(result.stderr.hasPrefix("attune: \(bad): \(reason)"))
            let report = try jsonObject(result.stdout)
            #expect(report["clips"] as? Int == 2 && report["failed"] as? Int == 1)
            #expect(report["accuracy"] as? Double == 1)
        }
    }

    @Test
    func `a folder without usable recordings is refused by name`() throws {
        try withModel { folder, model in
            func evaluate(_ path: String) throws -> Finished {
                try run("attune", ["evaluate", "--model", model.path, path])
            }
            let missing = try evaluate("/nowhere")
            #expect(missing.status == 66)
            #expect(missing.stderr == "attune: /nowhere: no such folder\n")
            try folder.adding("notes/left.txt", [])
            let notes = folder.appending(path: "notes").path
            let without = try evaluate(notes)
            #expect(without.status == 66)
            #expect(without.stderr.hasPrefix("attune: \(notes): holds no recordings; give a folder"))
            try folder.adding("clips/left/1.wav", [])
            let broken = try evaluate(folder.appending(path: "clips").path)
            #expect(broken.status == 65)
            #expect(broken.stdout.isEmpty)
        }
    }

    private func addClips(_ names: [String], to folder: URL) throws -> String {
        for name in names { try folder.adding("clips/\(name)", Wave().bytes(noise(samples: 16000))) }
        return folder.appending(path: "clips").path
    }
}
