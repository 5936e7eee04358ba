import Evaluation
import Foundation
import TestSupport
import Testing

/// The manifest, the list of what was held out, and what is made of both.
struct CorpusTests {
    static let header = "path,label,speaker,split,source,licence,text\n"

    @Test
    func `fields in quotes hold commas, quotes and line ends`() throws {
        try withTemporaryFolder { folder in
            let rows = try manifest(
                """
                text,path,split,label\r
                "yes, he said ""left""
                twice",a.wav,validation,\r

                ,"b ""x"".wav",train,left
                """, in: folder
            ).rows
            #expect(rows.map(\.line) == [2, 5])
            #expect(rows.map(\.text) == ["yes, he said \"left\"\ntwice", ""])
            #expect(rows.map(\.path) == ["a.wav", "b \"x\".wav"])
            #expect(rows.map(\.label) == ["", "left"] && rows.map(\.split) == ["validation", "train"])
        }
    }

    @Test(arguments: [
        ("", 1, "is empty; the first line names the columns"),
        ("path,label,text\n", 1, "lacks the column split; it names path,label,text, and what is needed is "),
        (header + "a.wav,left,s,train,x,y\n", 2, "has 6 fields, the first line names 7 columns"),
        (header + "a.wav,left,s,train,x,y,\nb.wav,left,s,train,x,y,\"two\nlines\n", 3, "a quote is opened and never"),
        (header + "a.wav,left,s,train,x,y,\"a\" b\n", 2, "there is text after a closing quote"),
        (header + "a.wav,le\"ft,s,train,x,y,\n", 2, "a quote stands within a field"),
        (header + ",left,s,train,x,y,\n", 2, "the path must be relative to the folder"),
        (header + "a.wav,left,s,train,x,y,\n\na.wav,left,s,train,x,y,\n", 4, "a.wav stands in line 2 already"),
    ])
    func `a broken manifest is refused with the line and what is wrong there`(
        text: String, line: Int, reason: String
    ) throws {
        try withTemporaryFolder { folder in
            let message = try failure { () throws(CorpusError) in _ = try manifest(text, in: folder) }
            let file = folder.appending(path: "manifest.csv").path
            #expect(message.hasPrefix("\(file), line \(line): \(reason)"), "\(message)")
        }
    }

    @Test
    func `clips are those of the validation split, background what the list names`() throws {
        try withCorpus { folder, manifest in
            let list = try heldOut("# a comment\n\nspeech/1.wav\n  noise/2.wav\n", in: folder)
            let corpus = try Corpus(folder: folder.path, manifest: manifest, heldOut: list, modelList: nil)
            #expect(corpus.clips.map(\.name) == ["left/1.wav"] && corpus.clips.map(\.label) == ["left"])
            #expect(corpus.speech.map(\.name) == ["speech/1.wav"] && corpus.noise.map(\.name) == ["noise/2.wav"])
            #expect(corpus.independence == .listed(file: list.file))
        }
    }

    @Test
    func `without a list all background is used, and it is said why`() throws {
        try withCorpus { folder, manifest in
            let all = try Corpus(folder: folder.path, manifest: manifest, heldOut: nil, modelList: nil)
            #expect(all.speech.count == 2 && all.noise.count == 2)
            #expect(all.independence == .unknown(reason: "there is no held-out.txt with the model"))
            let foreign = try heldOut("other/1.wav\n", in: folder)
            let same = try Corpus(folder: folder.path, manifest: manifest, heldOut: nil, modelList: foreign)
            #expect(same.speech.count == 2)
            #expect(
                same.independence == .unknown(reason: "the model's held-out.txt names none of these recordings"))
        }
    }

    @Test
    func `a list that names what the manifest lacks is refused with the line`() throws {
        try withCorpus { folder, manifest in
            for name in ["speech/3.wav", "left/1.wav"] {
                let list = try heldOut("speech/1.wav\n\(name)\n", in: folder)
                let message = try failure { () throws(CorpusError) in
                    try Corpus.check(list, against: [manifest])
                }
                #expect(message == "\(list.file), line 2: \(name) is no running speech or noise in \(manifest.file)")
            }
        }
    }

    @Test
    func `recordings that are not there are refused by line, before anything is measured`() throws {
        try withCorpus { folder, manifest in
            for name in ["left/1.wav", "noise/1.wav"] {
                try FileManager.default.removeItem(at: folder.appending(path: name))
            }
            let message = try failure { () throws(CorpusError) in
                _ = try Corpus(folder: folder.path, manifest: manifest, heldOut: nil, modelList: nil)
            }
            #expect(message.hasPrefix("\(manifest.file), line 2: there is no left/1.wav, and 1 others are missing; "))
        }
    }

    @Test(arguments: [
        ("turn left, please", "left", true), ("He leftover", "left", false), ("I KNOW it's late", "no", true),
        ("nobody", "no", false), ("ate eight", "eight", true), ("go to the door for me", "two", false),
        ("go to the door for me", "four", false), ("a smart, mirror", "smart_mirror", true),
        ("a mirror so smart", "smart_mirror", false), ("the computer's on", "computer", true), ("", "left", false),
    ])
    func `a transcript holds a word, whole or one that sounds the same`(text: String, keyword: String, holds: Bool) {
        #expect(Transcript(text).contains(keyword) == holds)
    }

    private func withCorpus(_ body: (URL, Manifest) throws -> Void) throws {
        try withTemporaryFolder { folder in
            var text = Self.header
            for (path, label, split) in [
                ("left/1.wav", "left", "validation"), ("left/2.wav", "left", "train"), ("speech/1.wav", "", "train"),
                ("speech/2.wav", "", "validation"), ("noise/1.wav", "_noise_", "train"),
                ("noise/2.wav", "_noise_", "train"),
            ] {
                try folder.adding(path, [])
                text += "\(path),\(label),s,\(split),x,y,\n"
            }
            try body(folder, try manifest(text, in: folder))
        }
    }

    private func manifest(_ text: String, in folder: URL) throws(CorpusError) -> Manifest {
        let file = folder.appending(path: "manifest.csv")
        _ = FileManager.default.createFile(atPath: file.path, contents: Data(text.utf8))
        return try Manifest(path: file.path)
    }

    private func heldOut(_ text: String, in folder: URL) throws -> HeldOutList {
        try HeldOutList(path: folder.adding("list.txt", Array(text.utf8)))
    }

    private func failure(_ body: () throws(CorpusError) -> Void) throws -> String {
        do throws(CorpusError) {
            try body()
        } catch {
            return "\(error)"
        }
        return try #require(nil, "nothing was refused")
    }
}
