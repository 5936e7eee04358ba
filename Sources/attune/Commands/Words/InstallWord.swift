import ArgumentParser
import Enrolment
import Models
import Protocol

/// Brings a word from a file to the daemon.
struct InstallWord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Have the daemon hear a word that attune words export wrote.",
        discussion: """
            It takes the place of a word of the same name. If it was taught to another model than the daemon's, it is fitted again to
            the takes in the file; the daemon's model must then be the one that came with the program, or --model.
            """)
    @Argument(help: "The file.", completion: .file(extensions: ["word"]))
    var file: String
    @OptionGroup var modelOption: ModelOption
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        var read = try refusing { () throws(OwnWordError) in try OwnWordFile(path: file) }
        if try await isTaughtToAnother(read.word) {
            let model = try modelOption.load()
            read.word = try refusing { () throws(OwnWordError) in try read.word(for: model) }
        }
        let answer = try await read.install(over: connection)
        print(connection.json ? answer.line : "\(read.word.name) is heard from now on")
    }

    private func isTaughtToAnother(_ word: OwnWord) async throws -> Bool {
        guard case .status(let status) = try await connection.answer(to: .status).content else { return false }
        return (status.model, status.modelVersion) != (word.model, word.modelVersion)
    }

    private func refusing<Value>(_ body: () throws(OwnWordError) -> Value) throws -> Value {
        do throws(OwnWordError) {
            return try body()
        } catch {
            complain("\(file): \(error)")
            throw Exit.badData
        }
    }
}

extension OwnWordFile {
    /// Has the daemon hear the word, and keep its takes.
    func install(over connection: DaemonConnection) async throws -> ReceivedMessage {
        let answer = try await connection.answer(to: .ownWords(.install(word.content)), timeout: Words.patience)
        for (number, recording) in takes.sorted(by: { $0.key < $1.key }) {
            _ = try await connection.answer(
                to: .ownWords(.addTake(name: word.name, number: number, recording: recording)), timeout: Words.patience)
        }
        return answer
    }
}
