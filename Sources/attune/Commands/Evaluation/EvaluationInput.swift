import ArgumentParser
import Evaluation
import FoundationEssentials
import Models
import Spotting

/// What is measured on, and which words are wake words.
struct EvaluationInput: ParsableArguments {
    @Option(
        name: .customLong("held-out"),
        help: """
            List of the running speech and noise to use, one path a line, relative to its folder. (default: held-out.txt in the \
            model's folder)
            """, completion: .file())
    var heldOutList: String?
    @Option(
        name: .customLong("wake-words"),
        help: """
            Words that are said on purpose to wake the listener, with commas between them. (default: those that the \
            model names)
            """)
    var wakeWordList: String?

    /// The wake words, in the order of the model's words.
    func wakeWords(of model: Model) throws -> [String] {
        guard let wakeWordList else { return model.description.keywords.filter(model.description.wakeWords.contains) }
        let asked = wakeWordList.split(separator: ",").map { $0.trimmed }
        if let strange = asked.first(where: { !model.description.keywords.contains($0) }) {
            throw ValidationError(
                "--wake-words names \(strange), which the model does not know; it knows "
                    + model.description.keywords.joined(separator: ", "))
        }
        return model.description.keywords.filter(asked.contains)
    }

    /// Everything in the folders.
    func corpus(folders: [String], model: Model) throws -> Corpus {
        do {
            let manifests = try folders.map(manifest)
            let present = manifests.compactMap(\.self)
            guard heldOutList == nil || !present.isEmpty else {
                complain("\(folders[0]): --held-out goes with a \(Manifest.fileName), and there is none")
                throw Exit.noInput
            }
            let list = try heldOutList.map(HeldOutList.init(path:))
            if let list { try Corpus.check(list, against: present) }
            let modelPath = URL(filePath: model.path).appending(path: HeldOutList.fileName).path
            let modelList = FileManager.default.fileExists(atPath: modelPath) ? try HeldOutList(path: modelPath) : nil
            return Corpus(
                joining: try zip(folders, manifests).map { folder, manifest in
                    guard let manifest else { return try plainCorpus(folder) }
                    return try Corpus(folder: folder, manifest: manifest, heldOut: list, modelList: modelList)
                })
        } catch let error as CorpusError {
            complain(error)
            throw error.exitCode
        } catch let error as LabelledFolder.Failure {
            complain(error)
            throw Exit.noInput
        }
    }

    /// Nil if the folder has none.
    private func manifest(in folder: String) throws -> Manifest? {
        let path = URL(filePath: folder).appending(path: Manifest.fileName).path
        return FileManager.default.fileExists(atPath: path) ? try Manifest(path: path) : nil
    }

    /// One folder a word, or recordings in the folder itself.
    private func plainCorpus(_ folder: String) throws -> Corpus {
        do {
            return Corpus(try LabelledFolder(path: folder))
        } catch LabelledFolder.Failure.empty(let path) {
            guard let corpus = Corpus(recordingsIn: path) else { throw LabelledFolder.Failure.empty(path) }
            return corpus
        }
    }
}

extension CorpusError {
    var exitCode: ExitCode {
        switch self {
        case .unreadable, .missing: Exit.noInput
        case .malformed, .nothing: Exit.badData
        }
    }
}
