import ArgumentParser
import Evaluation
import Foundation
import Inference
import Spotting

/// What is measured on, and which words are wake words.
struct EvaluationInput: ParsableArguments {
    @Option(
        name: .customLong("held-out"),
        help: """
            List of the running speech and noise to use, one path a line, relative to DIR. (default: held-out.txt in the \
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
        let asked = wakeWordList.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if let strange = asked.first(where: { !model.description.keywords.contains($0) }) {
            throw ValidationError(
                "--wake-words names \(strange), which the model does not know; it knows "
                    + model.description.keywords.joined(separator: ", "))
        }
        return model.description.keywords.filter(asked.contains)
    }

    func corpus(folder: String, model: Model) throws -> Corpus {
        let manifest = URL(filePath: folder).appending(path: Manifest.fileName).path
        guard FileManager.default.fileExists(atPath: manifest) else {
            guard heldOutList == nil else {
                complain("\(folder): --held-out goes with a \(Manifest.fileName), and there is none")
                throw Exit.noInput
            }
            do throws(LabelledFolder.Failure) {
                return Corpus(try LabelledFolder(path: folder))
            } catch {
                complain(error)
                throw Exit.noInput
            }
        }
        do throws(CorpusError) {
            let modelList = URL(filePath: model.path).appending(path: HeldOutList.fileName).path
            return try Corpus(
                folder: folder, manifest: Manifest(path: manifest), heldOut: heldOutList.map(HeldOutList.init(path:)),
                modelList: FileManager.default.fileExists(atPath: modelList) ? HeldOutList(path: modelList) : nil)
        } catch {
            complain(error)
            throw error.exitCode
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
