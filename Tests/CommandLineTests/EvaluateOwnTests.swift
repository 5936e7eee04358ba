import Audio
import Foundation
import Testing
import TestSupport

/// `attune evaluate --own`, with recordings of which it is known what must come out.
struct EvaluateOwnTests {
    /// "hey pantry" as one voice says it at eight speeds.
    private static let recordings: [[Float]] = {
        let path = Fixture.repository.appending(path: "Config/demo/hey-pantry/takes/1.flac").path
        guard let take = try? MonoReader(path: path).readAll(longestSeconds: 5) else { return [] }
        return [1, 0.95, 0.96, 0.97, 0.98, 1.02, 1.03, 1.04].map { at(speed: $0, take) }
    }()

    private static func at(speed: Double, _ samples: [Float]) -> [Float] {
        let count = Int(Double(samples.count) / speed)
        return (0..<count).map { samples[min(samples.count - 1, Int(Double($0) * speed))] }
    }

    private static let silence = noise(samples: 24000, amplitude: 0.0005)

    /// Anna teaches. Of Bert there is only silence under the word's name. "copy" is the same word under another name, said by both,
    /// and "quiet" is another word of Anna's that cannot be heard.
    private func fill(_ folder: URL) throws {
        for (number, samples) in Self.recordings.enumerated() {
            try folder.adding("words/hey pantry/anna/\(number).wav", Wave().bytes(mono: samples))
            try folder.adding("speech/\(number).wav", Wave().bytes(mono: samples + Self.silence + Self.silence))
        }
        for number in 1...4 {
            try folder.adding("words/hey pantry/bert_\(number).wav", Wave().bytes(mono: Self.silence))
            try folder.adding("words/quiet/anna-\(number).wav", Wave().bytes(mono: Self.silence))
            try folder.adding("words/copy/bert-\(number).wav", Wave().bytes(mono: Self.recordings[number]))
        }
        try folder.adding("words/copy/anna/1.wav", Wave().bytes(mono: Self.recordings[0]))
    }

    @Test
    func `what is missed, taken for the word and heard in speech is counted for what it is`() throws {
        try withTemporaryFolder { folder in
            try fill(folder)
            let bad = try folder.adding("words/copy/carl/1.wav", Array("no audio".utf8))
            let result = try run(
                "attune",
                [
                    "evaluate", "--own", folder.appending(path: "words").path, "--json", "--speech",
                    folder.appending(path: "speech").path,
                ], timeoutSeconds: 240)
            #expect(result.status == 65)
            #expect(result.stderr.hasPrefix("attune: \(bad): not a recording"), "\(result.stderr)")
            let report = try jsonObject(result.stdout)
            #expect(report["recordings"] as? Int == 22 && report["failed"] as? Int == 1)
            // Nobody but Anna has a recording more than five of a word.
            #expect(report["teachings"] as? Int == 1 && report["taught"] as? Int == 1)
            let missed = try #require(report["missed"] as? [String: [String: Any]])
            let accepted = try #require(report["accepted"] as? [String: [String: Any]])
            func counts(_ object: [String: Any]?) -> [Int] { ["count", "of"].compactMap { object?[$0] as? Int } }
            #expect(counts(missed["same_speaker"]) == [0, 3] && counts(missed["same_speaker_in_noise"]) == [0, 3])
            #expect(counts(missed["others"]) == [4, 4] && counts(missed["others_in_noise"]) == [4, 4])
            #expect(counts(accepted["same_speakers_word"]) == [1, 5])
            #expect(counts(accepted["others_word"]) == [4, 4])
            #expect(report["false_alarms"] as? Int == 8)
            #expect(try #require(report["processor_seconds"] as? Double) > 0)
            let lessons = try #require(report["lessons"] as? [[String: Any]])
            #expect(lessons.map { $0["speakers"] as? [String] } == [["anna"]])
            #expect((lessons[0]["takes"] as? [String])?.count == 5)
        }
    }

    @Test
    func `a manifest says who speaks, and words that are refused are counted with the reason`() throws {
        try withTemporaryFolder { folder in
            var manifest = "path,label,speaker,split,text\n"
            for number in 0..<4 {
                let tone = tone(hertz: 300, samples: 1600, amplitude: 0.3) + Self.silence
                try folder.adding("\(number).wav", Wave().bytes(mono: Self.silence + tone))
                manifest += "\(number).wav,beep,carl,validation,\n"
            }
            try folder.adding("manifest.csv", Array(manifest.utf8))
            let result = try run("attune", ["evaluate", "--own", folder.path, "--takes", "3"])
            #expect(result.status == 65)
            #expect(result.stdout.contains("3 takes by one speaker, 1 times: 0 taught, 1 refused"), "\(result.stdout)")
            #expect(result.stdout.contains("words refused: too few takes serve (1)"))
            #expect(result.stdout.contains("recordings that did not serve as takes: too short (4)"))
            #expect(result.stderr.contains("no word could be taught"))
        }
    }

    @Test
    func `folders that cannot be measured are told with what to do`() throws {
        try withTemporaryFolder { folder in
            func complaint(_ arguments: [String], _ status: Int32) throws -> String {
                let result = try run("attune", ["evaluate", "--own"] + arguments)
                #expect(result.status == status && result.stdout.isEmpty, "\(result.stderr)")
                return result.stderr
            }
            #expect(try complaint(["/nowhere"], 66) == "attune: /nowhere: no such folder\n")
            #expect(try complaint([folder.path], 65).contains("such as \(folder.path)/WORD/SPEAKER/*.wav"))
            let silence = Wave().bytes(mono: Self.silence)
            for number in 1...5 { try folder.adding("words/left/anna_\(number).wav", silence) }
            let words = folder.appending(path: "words").path
            #expect(try complaint([words], 65).contains("no word has a speaker with 6 recordings of it"))
            #expect(try complaint([words, "--takes", "4", "--speech", words], 65).contains("holds no running speech"))
            #expect(try complaint([words, "--takes", "2"], 64).contains("--takes must be from 3 to 20"))
            #expect(try complaint([words, "--speakers", "6"], 64).contains("--speakers must be from 1"))
            #expect(try complaint([words, "--benchmark"], 64).contains("--own goes with"))
            #expect(try complaint([words, words], 64).contains("and no other"))
            let unable = try complaint([words, "--takes", "4", "--model", Fixture.twoNetworksPath], 78)
            #expect(unable.contains("cannot learn words"))
        }
    }
}
