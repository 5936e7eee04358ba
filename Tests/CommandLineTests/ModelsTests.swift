import Foundation
import TestSupport
import Testing

struct ModelsTests {
    @Test
    func `the shipped models are listed, and are whole`() throws {
        let result = try run("attune", ["models", "--json"])
        #expect(result.status == 0)
        let lines = try result.stdout.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.contains { $0["name"] as? String == "commands" && ($0["words"] as? [String])?.count == 34 })
    }

    @Test
    func `versions are listed in their order, and a damaged one is named while the others are shown`() throws {
        try withTemporaryFolder { folder in
            for version in ["0.10.0", "0.9.0"] { _ = try ModelCopy(in: folder, name: "copies/\(version)") }
            let damaged = try ModelCopy(in: folder, name: "other/1.0.0")
            try damaged.write("model.safetensors", [1, 2, 3])
            let result = try run("attune", ["models", "--folder", folder.path])
            #expect(result.status == 65)
            let listed = result.stdout.split(separator: "\n").map { $0.prefix { $0 != "," } }
            #expect(listed.count == 2 && listed[0].contains("copies 0.9.0") && listed[1].contains("copies 0.10.0"))
            #expect(result.stderr.contains("\(damaged.path): model.safetensors is not the file that SHA256SUMS"))
        }
    }

    @Test
    func `a folder without models is an error that says what to do`() throws {
        try withTemporaryFolder { folder in
            let result = try run("attune", ["models", "--folder", folder.path])
            #expect(result.status == 66 && result.stderr.contains("no model in \(folder.path); give one with --folder"))
        }
    }
}
