import Foundation
import TestSupport
import Testing

/// What the commands make of a model with two networks, whose words are beeps.
struct SecondLookTests {
    @Test
    func `spot tells what both networks said, and hears the first alone if asked`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.adding("beeps.wav", Wave().bytes(beeps(hertz: [440, 700])))
            func spot(_ options: [String]) throws -> [[String: Any]] {
                let result = try run(
                    "attune", ["spot", "--json", "--model", Fixture.twoNetworksPath] + options + [file])
                #expect(result.status == 0, "\(result.stderr)")
                return try result.lines.map(jsonObject)
            }
            let both = try spot([])
            #expect(both.map { $0["keyword"] as? String } == ["low"])
            let second = try #require(both[0]["second_confidence"] as? Double)
            #expect(second > 0.5 && both[0]["first_confidence"] is Double && both[0]["score"] is Double)
            let first = try spot(["--no-second-look"])
            #expect(first.map { $0["keyword"] as? String } == ["low", "low"] && first[0]["second_confidence"] == nil)
            let configuration = try folder.adding(
                "a.yaml", Array("{detection: {second_look: false}, words: {default: {after: []}}}".utf8))
            #expect(try spot(["--config", configuration]).count == 2)
        }
    }

    @Test
    func `evaluate counts what both networks let pass, and what the first one does`() throws {
        try withTemporaryFolder { folder in
            for index in 0..<3 {
                let clip = Array(beeps(hertz: [440]).dropFirst(4000).prefix(16000))
                try folder.adding("low/\(index).wav", Wave().bytes(clip))
            }
            try folder.adding("talk.wav", Wave().bytes(beeps(hertz: [700, 700, 700, 700])))
            let rows =
                (0..<3).map { "low/\($0).wav,low,,validation,,,\n" }.joined() + "talk.wav,_noise_,,validation,,,\n"
            try folder.adding("manifest.csv", Array("path,label,speaker,split,source,licence,text\n\(rows)".utf8))
            func alarms(_ options: [String]) throws -> (missed: Int?, alarms: Int?, look: Bool?) {
                let result = try run(
                    "attune", ["evaluate", "--json", "--model", Fixture.twoNetworksPath] + options + [folder.path])
                #expect(result.status == 0, "\(result.stderr)")
                let report = try jsonObject(result.stdout)
                let clean = try #require((report["streams"] as? [[String: Any]])?.first)
                let words = try #require(clean["wake_words"] as? [String: Any])
                return (words["misses"] as? Int, words["false_alarms"] as? Int, report["second_look"] as? Bool)
            }
            #expect(try alarms([]) == (0, 0, true))
            #expect(try alarms(["--no-second-look"]) == (0, 4, false))
        }
    }

    @Test
    func `bench says what a look costs`() throws {
        let result = try run(
            "attune",
            [
                "bench", "--json", "--seconds", "1", "--runs", "1", "--model", Fixture.twoNetworksPath, "--socket",
                "/nowhere",
            ])
        let report = try jsonObject(result.stdout)
        #expect(try #require(report["second_look_ms"] as? Double) > 0)
    }

    @Test
    func `check-config says what a budget cannot have, and is fine`() throws {
        try withTemporaryFolder { folder in
            let text = "{model: {path: \"\(Fixture.twoNetworksPath)\"}, detection: {false_alarms_per_hour: 0.01}}"
            let file = try folder.adding("a.yaml", Array(text.utf8))
            let result = try run("attuned", ["--config", file, "--check-config"])
            #expect(result.status == 0 && result.lines.count == 2 && result.lines.last == "\(file): fine")
            #expect(result.stdout.contains("detection.false_alarms_per_hour: 0.01 is beyond what was measured"))
        }
    }
}
