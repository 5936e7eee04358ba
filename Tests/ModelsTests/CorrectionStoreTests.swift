import Foundation
import Models
import TestSupport
import Testing

struct CorrectionStoreTests {
    private func content() throws -> CorrectionStore.Content {
        let word = try OwnWordTests.word("hey pantry")
        let correction = Correction(word: "left", mark: "01795343400123-1234", head: word.first)
        return CorrectionStore.Content(
            corrections: [correction], before: [],
            wordsBefore: [
                .init(name: "hey pantry", word: word, takes: [1, 2, 7]), .init(name: "computer", word: nil, takes: []),
            ])
    }

    @Test func `what was learned is read again, and what counted before it`() throws {
        try withTemporaryFolder { folder in
            let store = CorrectionStore(path: folder.appending(path: "corrections.json").path)
            #expect(try store.load() == CorrectionStore.Content())
            try store.save(try content())
            #expect(try store.load() == (try content()))
        }
    }

    @Test func `a file that is altered or cut anywhere is read or refused, and never more`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "corrections.json")
            let store = CorrectionStore(path: file.path)
            try store.save(try content())
            let bytes = [UInt8](try Data(contentsOf: file))
            for place in bytes.indices {
                var altered = bytes
                altered[place] ^= [0x01, 0x10, 0x80, 0xff][place % 4]
                try Data(altered).write(to: file)
                if let read = try? store.load() {
                    try store.save(read)
                    #expect(try store.load() == read)
                }
            }
            for end in bytes.indices.dropLast() where end > 0 {
                try Data(bytes[..<end]).write(to: file)
                #expect(throws: OwnWordError.self) { try store.load() }
            }
        }
    }
}
