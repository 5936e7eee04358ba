import Foundation
import Testing
import TestSupport

/// `attune enroll` with the word of the demo and the shipped model: five takes by as many voices, and a voice that is none of them.
struct EnrollTests {
    private static let folder = Fixture.repository.appending(path: "Config/demo/hey-pantry").path
    private static let takes = (1...5).map { "\(folder)/takes/\($0).flac" }

    @Test
    func `a word is taught from five takes and heard from another voice`() throws {
        try withTemporaryFolder { folder in
            let word = folder.appending(path: "pantry.word").path
            let taught = try run("attune", ["enroll", "--output", word, "hey pantry", Self.folder + "/takes"])
            #expect(taught.status == 0, "\(taught.stderr)")
            #expect(taught.stdout.contains("false alarms an hour"))
            let heard = try run("attune", ["spot", "--json", "--word", word, "\(Self.folder)/another.wav"])
            #expect(heard.lines.filter { $0.contains(#""keyword":"hey pantry""#) }.count == 1, "\(heard.stdout)")
            let demo = Fixture.repository.appending(path: "Config/demo/demo.wav").path
            #expect(try run("attune", ["spot", "--json", "--word", word, demo]).stdout.contains("hey pantry") == false)
        }
    }

    @Test
    func `takes that make no word are refused with the reason`() throws {
        try withTemporaryFolder { folder in
            let word = folder.appending(path: "none.word").path
            func refusal(_ name: String, _ files: [String]) throws -> String {
                let result = try run("attune", ["enroll", "--output", word, name] + files)
                #expect(result.status == 65)
                #expect(!FileManager.default.fileExists(atPath: word))
                return result.stderr
            }
            #expect(try refusal("pantry", Array(Self.takes.prefix(2))).contains("2 takes serve, at least 3"))
            #expect(try refusal("pantry", Array(repeating: Self.takes[0], count: 8)).contains("same recording"))
            let alexa = try Data(
                contentsOf: Fixture.repository.appending(path: "Config/models/commands/1.3.0/selftest.wav"))
            let known = try (1...3).map { try folder.adding("\($0).wav", [UInt8](alexa)) }
            #expect(try refusal("echo", known).contains("listened for already"))
            #expect(try refusal("../../etc/passwd", Self.takes).contains("passwd"))
        }
    }
}
