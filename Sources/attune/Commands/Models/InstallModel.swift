import ArgumentParser
import FoundationEssentials
import Glibc
import Models
import Spotting

/// Copies a model to where programs find it by name.
struct InstallModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Check a model and copy it to where daemon and web side find it.",
        discussion: """
            Takes the folder of a model: one that attuned-training exported, or a version of MLflow's registry as
            "mlflow artifacts download -u models:/commands/3 -d FOLDER" gives it. Root installs for everybody, to
            /usr/local/share/attuned/models; others for themselves, to ~/.local/share/attuned/models.
            """)
    @Argument(help: "Folder with model.json, or one that holds such a folder.", completion: .directory)
    var source: String
    @Option(help: "Folder of the models to install to, instead of the default.", completion: .directory)
    var folder: String?

    func run() throws {
        let model = try readModel()
        let description = model.description
        let name = "\(description.name) \(description.version)"
        guard isPlain(description.name), isPlain(description.version) else {
            complain("\(model.path): name and version must be letters, digits, dots, dashes and underscores")
            throw Exit.badData
        }
        let place = URL(filePath: folder ?? ModelStore.own.path).appending(path: description.name)
        let target = place.appending(path: description.version)
        let files = FileManager.default
        if files.fileExists(atPath: target.path) {
            complain("\(target.path) is there already; remove it to install \(name) again")
            throw Exit.cannotCreate
        }
        // Complete under its name or not there at all: a daemon may be looking.
        let half = place.appending(path: ".\(description.version).\(getpid())")
        do {
            // Readable for the daemon, which is another user, however private the source is.
            umask(0o022)
            try files.createDirectory(at: half, withIntermediateDirectories: true)
            for file in Model.files where files.fileExists(atPath: "\(model.path)/\(file)") {
                let copy = half.appending(path: file)
                try files.copyItem(at: URL(filePath: model.path).appending(path: file), to: copy)
                try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: copy.path)
            }
            _ = try Model(path: half.path)
            try files.moveItem(at: half, to: target)
        } catch {
            try? files.removeItem(at: half)
            complain("cannot install to \(target.path): \(reason(error))")
            throw Exit.cannotCreate
        }
        print(
            "installed \(name): \(target.path)\nhave it take over with: attune models activate \(description.version)")
    }

    /// The model in the folder, or in the only folder in it that is one.
    private func readModel() throws -> Model {
        do throws(ModelFolderError) {
            return try Model(path: source)
        } catch {
            complain(error)
            if case .notFound = error { throw Exit.noInput }
            throw Exit.badData
        }
    }

    private func isPlain(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix(".") && text.utf8.count <= 64
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && $0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0)
            }
    }
}
