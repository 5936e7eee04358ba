import Foundation
import Models
import Spotting
import TestSupport
import Testing

struct ModelFolderTests {
    @Test(arguments: ModelCopy.files)
    func `a model cut short anywhere is refused`(file: String) throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            let whole = try copy.bytes(file)
            let step = max(1, whole.count / 200)
            for count in Array(stride(from: 0, to: whole.count, by: step)) + [whole.count - 1] {
                try copy.write(file, Array(whole[..<count]))
                expectUnusable(copy, "\(count) bytes of \(file)")
            }
            try copy.write(file, whole + [0])
            expectUnusable(copy, "a byte too many in \(file)")
            try copy.write(file, whole)
            #expect(throws: Never.self) { try Model(path: copy.path) }
        }
    }

    @Test(arguments: ["SHA256SUMS", "model.json"])
    func `a model with one bit altered is refused`(file: String) throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            let whole = try copy.bytes(file)
            // All of the shorter, and of the longer some hundred.
            for place in stride(from: 0, to: whole.count, by: max(1, whole.count / 400)) {
                var altered = whole
                altered[place] ^= 1 << (place % 8)
                try copy.write(file, altered)
                expectUnusable(copy, "byte \(place) of \(file)")
            }
        }
    }

    @Test
    func `weights with one bit altered are refused`() throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            let whole = try copy.bytes("model.safetensors")
            for place in Array(0..<64) + Array(stride(from: 64, to: whole.count, by: 4999)) + [whole.count - 1] {
                var altered = whole
                altered[place] ^= 1 << (place % 8)
                try copy.write("model.safetensors", altered)
                expectUnusable(copy, "byte \(place)")
            }
        }
    }

    @Test(arguments: [
        (
            #""format": 3"#, #""format": 4"#,
            "format 4, this program reads formats 2 to 3; install a model of the same version"
        ),
        (#""heads": 4"#, #""heads": 3"#, "attention.queries"), (#""units": 128"#, #""units": 112"#, "lstm"),
        (#""left","#, "", "thresholds"), (#""name": "#, #""nome": "#, "name is missing"),
    ])
    func `a model whose checksums are right but whose parts do not fit is refused by name`(
        original: String, changed: String, names: String
    ) throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            try copy.replace(original, by: changed)
            try copy.renewChecksums()
            expectUnusable(copy, "\(changed)", names: names)
        }
    }

    @Test
    func `weights that the description was not written for are refused`() throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            let json = try copy.bytes("model.json")
            try copy.answerAlways("left")
            let sums = String(decoding: try copy.bytes("SHA256SUMS"), as: UTF8.self)
            let newSum = String(decoding: try copy.bytes("model.json"), as: UTF8.self)
            #expect(newSum != String(decoding: json, as: UTF8.self))
            try copy.write("model.json", json)
            // Its own line of the checksums is right again.
            let other = try ModelCopy(in: folder, name: "other")
            let first = String(decoding: try other.bytes("SHA256SUMS"), as: UTF8.self).split(separator: "\n")[0]
            try copy.write("SHA256SUMS", Array("\(first)\n\(sums.split(separator: "\n")[1])\n".utf8))
            expectUnusable(copy, "other weights", names: "model.json belongs to other weights than model.safetensors")
        }
    }

    @Test(arguments: ModelCopy.files, ["missing", "folder", "pipe", "not readable", "too large"])
    func `a file of the model that is no file of that size is named`(file: String, instead: String) throws {
        if instead == "not readable", getuid() == 0 { return }
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            let place = copy.folder.appending(path: file)
            if instead != "not readable" { try FileManager.default.removeItem(at: place) }
            switch instead {
            case "folder": try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
            case "pipe": _ = try copy.folder.addingPipe(file)
            case "not readable": chmod(place.path, 0)
            case "too large":
                try copy.write(file, [])
                try FileHandle(forWritingTo: place).truncate(atOffset: 1 << 40)
            default: break
            }
            if file == "model.json", instead == "missing" {
                #expect(throws: ModelFolderError.notFound(path: copy.path)) { try Model(path: copy.path) }
            } else {
                expectUnusable(copy, "\(instead)", names: file)
            }
        }
    }

    @Test
    func `where there is no model the message says what belongs there`() throws {
        try withTemporaryFolder { folder in
            let file = try folder.adding("file", [1])
            for path in ["/nowhere", folder.path, file, "", "/dev/null"] {
                let error = #expect(throws: ModelFolderError.self) { try Model(path: path) }
                #expect(error == .notFound(path: path))
                #expect("\(error!)".contains("give a folder with model.json"))
            }
        }
    }

    @Test(arguments: [
        (["0.9.0", "0.10.0"], "0.10.0"), (["1.0.0", "0.99.99"], "1.0.0"), (["2", "10"], "10"),
        (["0.1.0", "old", ".9.9.9"], "0.1.0"), (["0.1", "0.1.1"], "0.1.1"),
    ])
    func `of several versions the latest is used`(versions: [String], latest: String) throws {
        try withTemporaryFolder { folder in
            for version in versions { _ = try ModelCopy(in: folder, name: version) }
            // A folder without a model is no version.
            try FileManager.default.createDirectory(at: folder.appending(path: "99"), withIntermediateDirectories: true)
            #expect(try Model(path: folder.path).path == folder.appending(path: latest).path)
        }
    }

    @Test
    func `the shipped model is found from where the program lies`() throws {
        let model = try Model.load(path: nil)
        #expect(model.path.hasPrefix(Fixture.modelPath))
    }

    private func expectUnusable(_ copy: ModelCopy, _ comment: Comment, names part: String = "") {
        let error = #expect(throws: ModelFolderError.self, comment) { try Model(path: copy.path) }
        guard case .unusable(copy.path, let reason) = error else {
            Issue.record("\(comment): \(String(describing: error))")
            return
        }
        #expect(part.isEmpty || reason.contains(part), comment)
    }
}
