import Foundation
import Models
import TestSupport
import Testing

struct OwnWordStoreTests {
    /// A model that knows "low" and "high", and has an embedding of three numbers.
    private func withStore(
        _ body: (OwnWordStore, ModelDescription, (String, [String]) throws -> OwnWord) throws -> Void
    )
        throws
    {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(ofTwoNetworksIn: folder)
            try copy.makeTeachable(size: 3)
            let model = try ModelDescription(json: copy.bytes("model.json"))
            try body(OwnWordStore(path: folder.appending(path: "words").path), model) { name, after in
                try OwnWord(
                    name: name, model: "beeps", modelVersion: "1.0.0",
                    first: OwnWord.Head(trunk: model.sha256, weights: [1, 2, 3], bias: 0), thresholdScore: 1,
                    after: after)
            }
        }
    }

    private func names(_ store: OwnWordStore, _ model: ModelDescription) -> [String] {
        store.load(for: model).words.map(\.name)
    }

    @Test func `a word is kept with its takes, exchanged and forgotten`() throws {
        try withStore { store, model, word in
            #expect(names(store, model).isEmpty && store.load(for: model).problems.isEmpty)
            try store.install(word("Hey Pantry", []), takes: [1: [1, 2, 3]])
            try store.addTake(7, [9], to: "hey pantry")
            #expect(try store.takes(of: "HEY PANTRY") == [1: [1, 2, 3], 7: [9]])
            var other = try word("hey pantry", [])
            other.thresholdScore = 7
            try store.install(other)
            #expect(store.load(for: model).words == [other])
            #expect(try store.takes(of: "hey pantry").isEmpty)
            #expect(try store.remove("Hey pantry") && !(try store.remove("hey pantry")))
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.path).isEmpty)
        }
    }

    @Test func `whatever the name, its folder lies in the store`() throws {
        try withStore { store, model, word in
            let names = ["кладовая", "con", "a.b", "..a".replacing("..", with: "é"), String(repeating: "語", count: 64)]
            for name in names { try store.install(word(name, [])) }
            let folders = try FileManager.default.contentsOfDirectory(atPath: store.path)
            #expect(folders.count == names.count)
            #expect(
                folders.allSatisfy { $0.utf8.allSatisfy { byte in byte < 128 && byte != 0x2F } && $0.utf8.count <= 100 }
            )
            #expect(Set(self.names(store, model)) == Set(names))
            // The same name, encoded otherwise.
            try store.install(word("e\u{301}a", []))
            #expect(self.names(store, model).count == names.count)
        }
    }

    @Test func `a folder that is damaged in any way is told of, and harms no other`() throws {
        try withStore { store, model, word in
            try store.install(word("good", []))
            try store.install(word("bad", []), takes: [1: [5]])
            let bad = URL(filePath: store.path).appending(path: "bad")
            func expectProblem(_ name: String = "bad", _ text: String = "attune enroll") {
                let (words, problems) = store.load(for: model)
                #expect(words.map(\.name) == ["good"])
                #expect(problems.map(\.name) == [name] && problems[0].reason.contains(text), "\(problems)")
            }
            let json = try Data(contentsOf: bad.appending(path: "word.json"))
            for place in [0, json.count / 2, json.count - 1] {
                var altered = json
                altered[place] ^= 1
                try altered.write(to: bad.appending(path: "word.json"))
                expectProblem()
            }
            try bad.adding("word.json", [])
            expectProblem()
            try FileManager.default.removeItem(at: bad.appending(path: "word.json"))
            expectProblem()
            _ = try bad.addingPipe("word.json")
            expectProblem()
            // A word of which nothing can be read can be forgotten.
            #expect(try store.remove("bad"))
            #expect(store.load(for: model).problems.isEmpty)

            let foreign = try OwnWord(
                name: "Foreign", model: "commands", modelVersion: "1.0.0",
                first: OwnWord.Head(trunk: String(repeating: "f", count: 64), weights: [1, 2, 3], bias: 0),
                thresholdScore: 0)
            try store.install(foreign)
            expectProblem("Foreign")
            #expect(try store.remove("foreign"))
            try store.install(word("waiting", ["nobody"]))
            expectProblem("waiting", "nobody")
            #expect(try store.remove("waiting"))
            try store.install(word("waiting", ["Good"]))
            #expect(names(store, model) == ["good", "waiting"])
        }
    }

    @Test func `a kill at any moment of an exchange leaves the old word or the new one`() throws {
        try withStore { store, model, word in
            try store.install(word("hey", []))
            let place = store.path + "/hey"
            let files = FileManager.default
            // Killed while the new one was written.
            try files.createDirectory(atPath: place + ".new/takes", withIntermediateDirectories: true)
            try Data([1]).write(to: URL(filePath: place + ".new/word.json"))
            #expect(names(store, model) == ["hey"])
            // Killed between the two renamings.
            try files.moveItem(atPath: place, toPath: place + ".old")
            #expect(names(store, model) == ["hey"])
            store.tidy()
            #expect(try files.contentsOfDirectory(atPath: store.path) == ["hey"])
            // Killed before the old one was cleared away.
            try files.copyItem(atPath: place, toPath: place + ".old")
            try store.install(word("hey", []))
            #expect(try files.contentsOfDirectory(atPath: store.path) == ["hey"])
            try files.moveItem(atPath: place, toPath: place + ".old")
            #expect(try store.remove("hey"))
            #expect(store.load(for: model).words.isEmpty && store.load(for: model).problems.isEmpty)
        }
    }

    @Test func `of a thousand words fifty are heard, and the others told of`() throws {
        try withStore { store, model, word in
            for number in 0..<60 { try store.install(word("word \(number)", [])) }
            let one = URL(filePath: store.path).appending(path: "word%200")
            for number in 60..<1000 {
                try FileManager.default.copyItem(
                    at: one, to: URL(filePath: store.path).appending(path: "copy-\(number)"))
            }
            let (words, problems) = store.load(for: model)
            #expect(words.count == OwnWordStore.mostWords && problems.count == 950)
        }
    }

    @Test func `where nothing can be written, nothing changes`() throws {
        try withStore { store, model, word in
            #expect(throws: OwnWordError.self) { try OwnWordStore(path: "/proc/words").install(word("hey", [])) }
            try store.install(word("hey", []))
            // A take that is too large, too many of them, and one of a word that is not there.
            let long = [UInt8](repeating: 1, count: OwnWordStore.mostTakeBytes + 1)
            #expect(throws: OwnWordError.self) { try store.addTake(1, long, to: "hey") }
            #expect(throws: OwnWordError.self) { try store.addTake(0, [1], to: "hey") }
            #expect(throws: OwnWordError.self) { try store.addTake(1, [1], to: "you") }
            let many = Dictionary(uniqueKeysWithValues: (1...51).map { ($0, [UInt8(1)]) })
            #expect(throws: OwnWordError.self) { try store.install(word("hey", []), takes: many) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.path) == ["hey"])
            #expect(names(store, model) == ["hey"])
        }
    }
}
