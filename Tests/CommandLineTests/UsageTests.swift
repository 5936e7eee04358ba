import Foundation
import Testing
import TestSupport

/// What `attune` says of itself, of wrong arguments, and of what it needs and does not find.
struct UsageTests {
    static let subcommands = [
        "watch", "status", "health", "metrics", "predict", "spot", "evaluate", "devices", "bench",
        "words", "set",
    ]

    @Test(arguments: [[]] + subcommands.map { [$0] })
    func `help is there for every command`(command: [String]) throws {
        let result = try run("attune", command + ["--help"])
        #expect(result.status == 0)
        #expect(result.stdout.contains("USAGE: attune"))
        #expect(result.stderr.isEmpty)
    }

    @Test
    func `the help names every command, and the version is a version`() throws {
        let help = try run("attune", ["--help"]).stdout
        for subcommand in Self.subcommands { #expect(help.contains("  \(subcommand) "), "\(subcommand)") }
        for program in ["attune", "attuned"] {
            let version = try run(program, ["--version"])
            #expect(version.status == 0)
            #expect(version.stdout.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(version.stdout)")
        }
        #expect(try run("attuned", ["--help"]).status == 0)
    }

    @Test(arguments: [
        ["listen"], ["predict"], ["spot", "--loud", "a.wav"], ["evaluate"], ["evaluate", "--loud", "a"],
        ["bench", "--seconds", "0"], ["bench", "--runs", "many"], ["status", "now"], ["predict", "--model"],
        ["set", "left"], ["set", "left", "--threshold", "2"], ["devices", "--reset", "--use", "default"],
    ])
    func `wrong arguments get the usage on standard error and exit code 64`(arguments: [String]) throws {
        let result = try run("attune", arguments)
        #expect(result.status == 64)
        #expect(result.stdout.isEmpty)
        #expect(result.stderr.contains("Error: "))
        #expect(result.stderr.contains("sage: attune"), "\(result.stderr)")
    }

    @Test(arguments: ["status", "health", "metrics", "watch", "words"])
    func `where no daemon listens the message says how to start one`(command: String) throws {
        let results = [
            try run("attune", [command, "--socket", "/nowhere/attuned.sock"]),
            try run("attune", [command], environment: ["ATTUNED_SOCKET": "/nowhere/attuned.sock"]),
        ]
        for result in results {
            #expect(result.status == 69)
            #expect(result.stdout.isEmpty)
            #expect(result.stderr.hasPrefix("attune: no daemon is listening on /nowhere/attuned.sock; start it with"))
        }
    }

    @Test
    func `a file in place of the socket is no daemon`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.adding("attuned.sock", [])
            let result = try run("attune", ["status", "--socket", file])
            #expect(result.status == 69)
            #expect(result.stderr.contains(file))
        }
    }

    @Test(arguments: [["predict"], ["spot"], ["evaluate"]])
    func `a model that is not there has exit code 66, an altered one 78`(command: [String]) throws {
        try withTemporaryFolder { folder in
            let recording = try folder.adding("left/a.wav", Wave().bytes(noise(samples: 16000)))
            let input = command == ["evaluate"] ? folder.path : recording
            let missing = try run("attune", command + ["--model", "/nowhere", input])
            #expect(missing.status == 66)
            #expect(
                missing.stderr == "attune: /nowhere: no model there; give a folder with model.json, "
                    + "model.safetensors and SHA256SUMS\n")
            let model = try ModelCopy(in: folder)
            var weights = try model.bytes("model.safetensors")
            weights[weights.count / 2] ^= 1
            try model.write("model.safetensors", weights)
            let altered = try run("attune", command + ["--model", model.path, input])
            #expect(altered.status == 78)
            #expect(altered.stderr.hasPrefix("attune: \(model.path): model.safetensors is not the file"))
            #expect(altered.stderr.contains("install the model again"))
            #expect(missing.stdout.isEmpty && altered.stdout.isEmpty)
        }
    }

    @Test
    func `a model of another version of the program is refused with advice`() throws {
        try withTemporaryFolder { folder in
            let recording = try folder.adding("a.wav", Wave().bytes(noise(samples: 16000)))
            let model = try ModelCopy(in: folder)
            try model.replace(#""format": 3"#, by: #""format": 4"#)
            try model.renewChecksums()
            let result = try run("attune", ["predict", "--model", model.path, recording])
            #expect(result.status == 78)
            #expect(result.stderr.contains("install a model of the same version as the program"))
        }
    }

    @Test
    func `devices are listed as names that a configuration can hold, or none is there`() throws {
        let result = try run("attune", ["devices", "--json"])
        #expect(result.status == (result.stdout.isEmpty ? 69 : 0))
        for line in result.lines { #expect(try jsonObject(line)["name"] is String) }
    }
}
