import ArgumentParser
import FoundationEssentials
import Models
import Protocol

/// Brings a word from the daemon to a file.
struct ExportWord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a word of your own to a file.",
        discussion: """
            Its takes go with it, so that it can be taught to another model; they are recordings of whoever spoke them.
            """)
    @Argument(help: "Its name.")
    var name: String
    @Argument(help: "The file, NAME.word for instance; one that is there is written anew.", completion: .file())
    var file: String
    @Flag(inversion: .prefixedNo, help: "Write the takes, too.")
    var takes = true
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let exported = try await exportedWord(name, takes: takes, from: connection)
        try exported.write(to: file)
        guard !connection.json else { return }
        print("\(exported.word.name) is written to \(file), with \(exported.takes.count) takes")
    }
}

/// A word as the daemon has it.
func exportedWord(_ name: String, takes: Bool, from connection: DaemonConnection) async throws -> OwnWordFile {
    let answer = try await connection.answer(to: .ownWords(.get(name: name)))
    guard case .word(let known) = answer.content, let content = known.word else {
        complain("the daemon answered something else; is it of another version?")
        throw Exit.unavailable
    }
    var file: OwnWordFile
    do throws(OwnWordError) {
        file = OwnWordFile(try OwnWord(content: content))
    } catch {
        complain("the daemon's word \(name): \(error)")
        throw Exit.badData
    }
    for take in takes ? known.takes : [] {
        let answer = try await connection.answer(to: .ownWords(.get(name: name, take: take)))
        if case .word(let known) = answer.content, let recording = known.recording { file.takes[take] = recording }
    }
    return file
}

extension OwnWordFile {
    /// Writes it whole, in place of one that is there.
    func write(to path: String) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            complain("cannot write \(path): \(reason(error))")
            throw Exit.cannotCreate
        }
    }
}
