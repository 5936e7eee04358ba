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

    @Test
    func `a model is installed whole or not at all, and never over another`() throws {
        try withTemporaryFolder { folder in
            // As MLflow gives it: in a folder within the one that was asked for.
            let copy = try ModelCopy(in: folder, name: "download/model")
            chmod("\(copy.path)/model.json", 0o600)
            let store = folder.appending(path: "store").path
            func install() throws -> Finished {
                try run("attune", ["models", "install", folder.appending(path: "download").path, "--folder", store])
            }
            func stored() -> [String] { (try? FileManager.default.subpathsOfDirectory(atPath: store)) ?? [] }
            #expect(try install().status == 0)
            #expect(stored().filter { $0.hasSuffix("model.json") } == ["commands/1.3.0/model.json"])
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(store)/commands/1.3.0/model.json")
            #expect(attributes[.posixPermissions] as? Int == 0o644)
            let again = try install()
            #expect(again.status == 73 && again.stderr.contains("is there already"), "\(again)")
            let listed = try run("attune", ["models", "--folder", store])
            #expect(listed.status == 0 && listed.stdout.contains("commands 1.3.0"))
            let before = stored()
            try copy.replace("\"version\": \"1.3.0\"", by: "\"version\": \"../1.0.1\"")
            try copy.renewChecksums()
            let outside = try install()
            #expect(outside.status == 65 && outside.stderr.contains("must be letters"), "\(outside)")
            try copy.write("model.safetensors", [1, 2, 3])
            #expect(try install().status == 65)
            #expect(stored() == before)
        }
    }
}
