import ArgumentParser
import Models
import Protocol

/// Brings a word from a file to the daemon.
struct InstallWord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Have the daemon hear a word that attune words export wrote.",
        discussion: "It takes the place of a word of the same name. The model must be the one that it was taught to.")
    @Argument(help: "The file.", completion: .file(extensions: ["word"]))
    var file: String
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let read = try read()
        let answer = try await read.install(over: connection)
        print(connection.json ? answer.line : "\(read.word.name) is heard from now on")
    }

    private func read() throws -> OwnWordFile {
        do throws(OwnWordError) {
            return try OwnWordFile(path: file)
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
