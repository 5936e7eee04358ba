import FoundationEssentials
import Glibc
import Protocol

/// The words that were taught, a folder each: `word.json`, `SHA256SUMS` and, where they were kept, `takes/01.wav` and so on.
/// A file that was written to be taken along (``OwnWordFile``) may lie among them.
///
/// A folder is complete under its name or not there at all, whenever the process is killed or the disk is full: it is written
/// beside itself as `NAME.new`, to the disk, and exchanged by renaming, the one before being `NAME.old` for that moment. Any
/// number may read; one may write at a time.
public struct OwnWordStore: Sendable {
    /// One that cannot be used, and why; it harms no other.
    public struct Problem: Sendable, Equatable {
        /// What it is called, or its folder where not even that can be read.
        public let name: String
        public let reason: String
    }

    /// More are not heard.
    public static let mostWords = 50
    public static let mostTakes = 50
    /// Four seconds of 16 bits at 16 kHz, and what a file of them may have beside.
    public static let mostTakeBytes = 120 << 10

    public let path: String

    /// - Parameter path: the folder of the folders; need not be there.
    public init(path: String) { self.path = path }

    /// Makes of a word that was taught to another model, and the recordings that it was taught with, by number, what the model
    /// can hear; throws why that cannot be.
    public typealias Carry = (OwnWord, [Int: [UInt8]]) throws(OwnWordError) -> OwnWord

    /// Those that a model can hear, by name, and those that it cannot. Changes nothing.
    ///
    /// - Parameter carry: is asked for each word that was taught to another model and whose takes were kept.
    public func load(
        for model: ModelDescription, carry: Carry? = nil
    ) -> (words: [OwnWord], problems: [Problem]) {
        var words: [OwnWord] = []
        var problems: [Problem] = []
        for folder in folders {
            do throws(OwnWordError) {
                var word = try read(folder)
                do throws(OwnWordError) {
                    if let carry, model.ownWords != nil, !word.isTaught(to: model) {
                        let takes = try takes(in: folder)
                        if !takes.isEmpty { word = try carry(word, takes) }
                    }
                    try word.check(fits: model)
                    guard !words.contains(where: { $0.isNamed(word.name) }) else {
                        throw OwnWordError("there is another of this name; remove it")
                    }
                    guard words.count < Self.mostWords else {
                        throw OwnWordError("there are more than \(Self.mostWords) words; remove some")
                    }
                    words.append(word)
                } catch {
                    problems.append(Problem(name: word.name, reason: "\(error)"))
                }
            } catch {
                problems.append(Problem(name: folder, reason: "\(error)"))
            }
        }
        words.sort { OwnWordName.key($0.name) < OwnWordName.key($1.name) }
        while let (index, missing) = Self.waitsInVain(words, model) {
            problems.append(
                Problem(name: words[index].name, reason: "it counts only after \(missing), which is unknown"))
            words.remove(at: index)
        }
        return (words, problems)
    }

    /// Keeps a word, instead of the one of its name. Its takes are those given.
    public func install(_ word: OwnWord, takes: [Int: [UInt8]] = [:]) throws(OwnWordError) {
        try exchange(folder(of: word.name), word, takes)
    }

    /// Keeps one more take of a word, instead of the one of its number.
    public func addTake(_ number: Int, _ recording: [UInt8], to name: String) throws(OwnWordError) {
        guard let folder = existing(name) else { throw OwnWordError("there is no word \(name)") }
        var takes = try takes(in: folder)
        takes[number] = recording
        try exchange(folder, try read(folder), takes)
    }

    /// A word, whether or not the model can hear it; nil if there is none of this name.
    public func word(_ name: String) throws(OwnWordError) -> OwnWord? {
        guard let folder = existing(name) else { return nil }
        return try read(folder)
    }

    /// The recordings that a word was taught with, by number; none where they were not kept.
    public func takes(of name: String) throws(OwnWordError) -> [Int: [UInt8]] {
        guard let folder = existing(name) else { throw OwnWordError("there is no word \(name)") }
        return try takes(in: folder)
    }

    /// Forgets a word and its takes, also one that cannot be used.
    ///
    /// - Returns: whether there was one.
    public func remove(_ name: String) throws(OwnWordError) -> Bool {
        guard let folder = existing(name) else { return false }
        let place = place(of: folder)
        // Under its name it is gone at once.
        discard("\(place).new")
        guard rename(actual(folder), "\(place).new") == 0 else { throw failure("remove", FileError(code: errno)) }
        discard("\(place).old")
        discard("\(place).new")
        return true
    }

    /// Clears away what a killed process left.
    public func tidy() {
        for name in ModelFolder.subfolders(of: path) {
            if name.hasSuffix(".new") { discard("\(path)/\(name)") }
            guard name.hasSuffix(".old") else { continue }
            let place = "\(path)/\(name.dropLast(4))"
            if exists(place) { discard("\(path)/\(name)") } else { _ = rename("\(path)/\(name)", place) }
        }
    }
}

// Folders and files.
extension OwnWordStore {
    private static let wordFile = "word.json"
    private static let checksumFile = "SHA256SUMS"
    private static let takesFolder = "takes"

    private var folders: [String] {
        let names = Set(ModelFolder.subfolders(of: path))
        let interrupted = names.filter { $0.hasSuffix(".old") }.map { String($0.dropLast(4)) }
        return names.filter { !$0.hasSuffix(".new") && !$0.hasSuffix(".old") }.union(interrupted).sorted()
    }

    private func isFile(_ folder: String) -> Bool { folder.hasSuffix(OwnWordFile.suffix) }

    private func place(of folder: String) -> String { "\(path)/\(folder)" }

    /// Where a folder is: under another name, if a process was killed while it was exchanged.
    private func actual(_ folder: String) -> String {
        let place = place(of: folder)
        return exists(place) ? place : "\(place).old"
    }

    private func existing(_ name: String) -> String? {
        let folder = folder(of: name)
        return exists(actual(folder)) ? folder : nil
    }

    /// The folder of that name, written in one way of Unicode or another; or the one that it would have.
    private func folder(of name: String) -> String {
        let own = OwnWordName.folder(of: name)
        if exists(actual(own)) { return own }
        return folders.first { folder in (try? read(folder))?.isNamed(name) ?? false } ?? own
    }

    private func read(_ folder: String) throws(OwnWordError) -> OwnWord {
        if isFile(folder) { return try OwnWordFile(path: actual(folder)).word }
        let (sums, place) = (try checksums(of: folder), actual(folder))
        return try OwnWord(json: try content(Self.wordFile, in: place, sums, limit: OwnWord.mostBytes))
    }

    private func takes(in folder: String) throws(OwnWordError) -> [Int: [UInt8]] {
        if isFile(folder) { return try OwnWordFile(path: actual(folder)).takes }
        let (sums, place) = (try checksums(of: folder), actual(folder))
        var takes: [Int: [UInt8]] = [:]
        for file in sums.keys where file != Self.wordFile {
            guard let number = Self.number(ofTake: file) else { throw Self.damaged(Self.checksumFile) }
            takes[number] = try content(file, in: place, sums, limit: Self.mostTakeBytes)
        }
        return takes
    }

    private func checksums(of folder: String) throws(OwnWordError) -> [String: String] {
        do throws(FileError) {
            let bytes = try readFile("\(actual(folder))/\(Self.checksumFile)", limit: 16 << 10)
            if let sums = ModelFolder.parseChecksums(bytes) { return sums }
        } catch {
            throw Self.damaged(Self.checksumFile, error)
        }
        throw Self.damaged(Self.checksumFile)
    }

    private func content(
        _ file: String, in place: String, _ sums: [String: String], limit: Int
    ) throws(OwnWordError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try readFile("\(place)/\(file)", limit: limit)
        } catch {
            throw Self.damaged(file, error)
        }
        guard sha256(bytes) == sums[file] else { throw Self.damaged(file) }
        return bytes
    }

    private func exchange(_ known: String, _ word: OwnWord, _ takes: [Int: [UInt8]]) throws(OwnWordError) {
        guard takes.count <= Self.mostTakes, takes.keys.allSatisfy((1...99).contains),
            takes.values.allSatisfy({ (1...Self.mostTakeBytes).contains($0.count) })
        else {
            throw OwnWordError(
                "a word has at most \(Self.mostTakes) takes, of at most \(Self.mostTakeBytes) bytes each, from number 1 on"
            )
        }
        let place = place(of: isFile(known) ? OwnWordName.folder(of: word.name) : known)
        do throws(FileError) {
            try makeFolder(path)
            discard("\(place).new")
            try write(word, takes, to: "\(place).new")
            if exists(place) {
                discard("\(place).old")
                guard rename(place, "\(place).old") == 0 else { throw FileError(code: errno) }
            }
            guard rename("\(place).new", place) == 0 else { throw FileError(code: errno) }
            try syncFolder(path)
            discard("\(place).old")
            if isFile(known) { discard(actual(known)) }
        } catch {
            discard("\(place).new")
            if !exists(place) { _ = rename("\(place).old", place) }
            throw failure("keep", error)
        }
    }

    private func write(_ word: OwnWord, _ takes: [Int: [UInt8]], to place: String) throws(FileError) {
        try makeFolder(place)
        var files = [(Self.wordFile, word.jsonLine.utf8 + [UInt8(ascii: "\n")])]
        for (number, bytes) in takes.sorted(by: { $0.key < $1.key }) {
            files.append((Self.file(ofTake: number), bytes))
        }
        if !takes.isEmpty { try makeFolder("\(place)/\(Self.takesFolder)") }
        for (name, bytes) in files { try writeFile("\(place)/\(name)", bytes) }
        let sums = files.map { "\(sha256($0.1))  \($0.0)\n" }.joined()
        try writeFile("\(place)/\(Self.checksumFile)", Array(sums.utf8))
        if !takes.isEmpty { try syncFolder("\(place)/\(Self.takesFolder)") }
        try syncFolder(place)
    }

    private func makeFolder(_ path: String) throws(FileError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError(code: errno) }
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func discard(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    private static func file(ofTake number: Int) -> String { "\(takesFolder)/\(number < 10 ? "0" : "")\(number).wav" }

    private static func number(ofTake file: String) -> Int? { (1...99).first { self.file(ofTake: $0) == file } }

    private func failure(_ action: String, _ error: FileError) -> OwnWordError {
        OwnWordError("cannot \(action) it in \(path): \(error.reason); the words that there were stay as they are")
    }

    private static func damaged(_ file: String, _ error: FileError? = nil) -> OwnWordError {
        OwnWordError(
            "\(file) is \(error.map { "not to be read: \($0.reason)" } ?? "damaged"); "
                + "remove the word and teach it again: attune enroll")
    }

    /// A word that no word that is there can make count, and one that it waits for.
    private static func waitsInVain(_ words: [OwnWord], _ model: ModelDescription) -> (Int, String)? {
        for (index, word) in words.enumerated() {
            let missing = word.after.first { other in
                !model.words.contains(other) && !words.contains { $0.isNamed(other) }
            }
            if let missing { return (index, missing) }
        }
        return nil
    }
}
