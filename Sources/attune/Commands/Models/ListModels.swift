import ArgumentParser
import Models
import Protocol
import Spotting

/// Models that there are.
struct ListModels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the models that there are, each checked whole.",
        discussion: "Exit code 65 if one is damaged.")

    @Option(
        help:
            "Folder of the models. (default: that of those that came with the program, and where install puts others)",
        completion: .directory)
    var folder: String?
    @Flag(help: "Print one JSON object a line.")
    var json = false

    func run() throws {
        let entries = folder.map { ModelStore(path: $0).entries } ?? ModelStore.known(around: nil)
        guard !entries.isEmpty else {
            complain("there is no model in \(folder ?? "the folder of this program"); give one with --folder")
            throw Exit.noInput
        }
        var isDamaged = false
        for entry in entries {
            do throws(ModelFolderError) {
                report(entry, try entry.load().description)
            } catch {
                isDamaged = true
                report(entry, error)
            }
        }
        if isDamaged { throw Exit.badData }
    }

    private func report(_ entry: ModelStore.Entry, _ description: ModelDescription) {
        guard json else {
            return print(
                "\(Terminal.bold("\(entry.name) \(entry.version)".rightPadded(20)))  "
                    + "\(description.keywords.count) words, sha256 \(description.sha256.prefix(12))  \(entry.path)")
        }
        var line = line(entry)
        line.add("words", description.keywords)
        line.add("sha256", description.sha256)
        print(line.text)
    }

    private func report(_ entry: ModelStore.Entry, _ error: ModelFolderError) {
        guard json else { return complain(error) }
        var line = line(entry)
        line.add("error", "\(error)")
        print(line.text)
    }

    private func line(_ entry: ModelStore.Entry) -> JSONLine {
        var line = JSONLine()
        line.add("name", entry.name)
        line.add("version", entry.version)
        line.add("path", entry.path)
        return line
    }
}
