import Foundation
import Models
import TestSupport
import Testing

struct OwnWordTests {
    private let word: OwnWord
    private var json: String { word.jsonLine.text }

    init() throws { word = try Self.word("hey pantry") }

    static func word(_ name: String) throws -> OwnWord {
        let trunk = String(repeating: "0a", count: 32)
        return try OwnWord(
            name: name, model: "commands", modelVersion: "1.3.0",
            first: OwnWord.Head(trunk: trunk, weights: [0.1, -2, 3e-20], bias: -3.1),
            second: OwnWord.Second(
                head: OwnWord.Head(trunk: trunk, weights: [1], bias: 2), candidateScore: -1, weight: 0.25),
            thresholdScore: 3.2, isWakeWord: false, after: ["alexa"], isEnabled: false,
            card: ["takes": .list([.number(5)]), "speaker_names": .object(["a_b": .string("c")])])
    }

    @Test func `what was written is read again, to the last bit`() throws {
        #expect(try OwnWord(json: word.jsonLine.utf8) == word)
    }

    @Test func `what is left out is a word that is listened for and waits for nothing`() throws {
        let whole = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let optional = ["wake_word", "enabled", "after", "card", "second", "candidate_score", "second_weight"]
        let short = try JSONSerialization.data(withJSONObject: whole.filter { !optional.contains($0.key) })
        let read = try OwnWord(json: [UInt8](short))
        #expect(read.isWakeWord && read.isEnabled && read.after.isEmpty && read.card.isEmpty && read.second == nil)
    }

    @Test(arguments: [
        ("\"format\":1", "\"format\":2", "format 2"),
        ("3.200000047683716", "1e9", "threshold_score"),
        ("\"threshold_score\"", "\"threshold\"", "thresholdScore is missing"),
        ("\"bias\":-3.1", "\"bias\":1e300", "JSON"),
        ("\"weights\":\"", "\"weights\":\"A", "base64"), ("\"trunk\":\"0a", "\"trunk\":\"0A", "SHA-256"),
        ("\"second_weight\":0.25", "\"second_weight\":1.5", "0 to 1"),
        ("\"candidate_score\"", "\"other\"", "candidate_score"),
        ("\"after\":[\"alexa\"]", "\"after\":[\"Hey Pantry\"]", "itself"),
        ("\"name\":\"hey pantry\"", "\"name\":7", "name"),
        ("\"card\":{", "\"card\":[{", "JSON"),
    ])
    func `what is wrong with a file is told`(change: (from: String, to: String, tells: String)) throws {
        var altered = json.replacingOccurrences(of: change.from, with: change.to)
        // A float that is too large for 32 bits stands in no JSON number of ours.
        if change.to.contains("1e300") {
            altered = altered.replacingOccurrences(of: "-3.0999999046325684", with: "1e300")
        }
        #expect(altered != json)
        do throws(OwnWordError) {
            _ = try OwnWord(json: Array(altered.utf8))
            Issue.record("taken: \(altered)")
        } catch {
            #expect(error.description.contains(change.tells) || change.tells == "JSON", "\(error)")
        }
    }

    @Test func `a file that is altered or cut anywhere is read or refused, and never more`() throws {
        let bytes = word.jsonLine.utf8
        for place in bytes.indices {
            var altered = bytes
            altered[place] ^= [0x01, 0x10, 0x80, 0xff][place % 4]
            if let read = try? OwnWord(json: altered) { #expect(try OwnWord(json: read.jsonLine.utf8) == read) }
            #expect(throws: OwnWordError.self) { try OwnWord(json: Array(bytes[..<place])) }
        }
        let long = try JSONSerialization.data(withJSONObject: ["card": String(repeating: "a", count: 70_000)])
        #expect(throws: OwnWordError.self) { try OwnWord(json: [UInt8](long)) }
    }

    @Test(arguments: [
        "", "   ", "../../etc/passwd", "/", ".", "a/b", "a\\b", "a\nb", "a\u{7}", "*", "#", "a+b", "-x", "%2e",
        "a\u{202E}b", "a\u{0}b", "🙂", String(repeating: "a", count: 10_000), String(repeating: "a", count: 65),
        "a" + String(repeating: "\u{301}", count: 5000),
    ])
    func `a name that is none is refused`(name: String) throws {
        #expect(throws: OwnWordError.self) { try Self.word(name) }
    }

    @Test(arguments: [
        ("  Hey Pantry ", "Hey Pantry"), ("кладовая", "кладовая"), ("こんにちは", "こんにちは"), ("小爱同学", "小爱同学"),
        ("مرحبا", "مرحبا"), ("नमस्ते", "नमस्ते"), ("O'Brien", "O'Brien"), ("ok, 42!", "ok, 42!"),
    ])
    func `a name may be of any script`(name: (given: String, kept: String)) throws {
        #expect(try Self.word(name.given).name == name.kept)
    }

    @Test func `names that differ in case or in how they are encoded are one`() throws {
        #expect(word.isNamed("HEY PANTRY") && !word.isNamed("hey  pantry"))
        #expect(try Self.word("Caf\u{E9}").isNamed("CAFE\u{301}"))
    }

    @Test func `a word fits the model that it was taught to, and is not one of its words`() throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(ofTwoNetworksIn: folder)
            let plain = try ModelDescription(json: copy.bytes("model.json"))
            try copy.makeTeachable(size: 3)
            let model = try ModelDescription(json: copy.bytes("model.json"))
            func word(_ name: String, _ trunk: String, _ weights: [Float], second: Bool) throws -> OwnWord {
                let other = OwnWord.Head(trunk: model.secondLook!.sha256, weights: [1, 2, 3], bias: 0)
                return try OwnWord(
                    name: name, model: "beeps", modelVersion: "0.9.0",
                    first: OwnWord.Head(trunk: trunk, weights: weights, bias: 0),
                    second: second ? OwnWord.Second(head: other, candidateScore: 0, weight: 0.5) : nil,
                    thresholdScore: 1)
            }
            try word("mid", model.sha256, [1, 2, 3], second: true).check(fits: model)
            try word("mid", model.sha256, [1, 2, 3], second: false).check(fits: model)
            for bad in [
                try word("mid", String(repeating: "0", count: 64), [1, 2, 3], second: true),
                try word("mid", model.sha256, [1, 2], second: true),
                try word("HIGH", model.sha256, [1, 2, 3], second: true),
            ] { #expect(throws: OwnWordError.self) { try bad.check(fits: model) } }
            #expect(throws: OwnWordError.self) {
                try word("mid", plain.sha256, [1, 2, 3], second: false).check(fits: plain)
            }
        }
    }
}
