import ArgumentParser
import Audio
import Events
import Foundation
import Inference
import Spotting

/// Accuracy over a labelled folder.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the accuracy on labelled clips.",
        discussion: """
            The folder holds one folder a word, as Speech Commands does. Words that the model does not know count as
            _unknown_. Prints the accuracy, recall and precision for each word, and, with --matrix or --json, the
            confusion matrix.

              attune evaluate speech_commands/validation
            """)

    @OptionGroup var modelOption: ModelOption
    @Flag(help: "Print one JSON object.")
    var json = false
    @Flag(help: "Print the confusion matrix.")
    var matrix = false
    @Argument(help: "Folder with one folder a word.", completion: .directory)
    var folder: String

    func run() throws {
        let model = try modelOption.load()
        let labelled: LabelledFolder
        do throws(LabelledFolder.Failure) {
            labelled = try LabelledFolder(path: folder)
        } catch {
            complain(error)
            throw Exit.noInput
        }
        let classifier = ClipClassifier(model)
        var confusion = ConfusionMatrix(labels: model.description.words)
        var failed = 0
        var progress = ProgressBar("evaluate", total: Double(labelled.clips.count))
        for (index, clip) in labelled.clips.enumerated() {
            do throws(AudioError) {
                confusion.add(spoken: clip.label, answered: classifier.classify(try readClip(clip.path)).label)
            } catch {
                progress.finish()
                complain(error)
                failed += 1
            }
            progress.advance(to: Double(index + 1))
        }
        progress.finish()
        guard confusion.total > 0 else { throw Exit.badData }
        report(confusion, failed: failed, model)
        if failed > 0 { throw Exit.badData }
    }

    private func report(_ confusion: ConfusionMatrix, failed: Int, _ model: Model) {
        guard !json else { return print(jsonReport(confusion, failed: failed, model).text) }
        var table = Table(["word", "clips", "recall", "precision"])
        for (row, label) in confusion.labels.enumerated() {
            guard let recall = confusion.recall(row) else { continue }
            let clips = confusion.counts[row].reduce(0, +)
            table.add([label, "\(clips)", recall.percent, confusion.precision(row)?.percent ?? "-"])
        }
        print(table.text)
        if matrix { print("\n" + matrixText(confusion)) }
        print(
            """

            accuracy \(Terminal.bold(confusion.accuracy.percent)) (\(confusion.correct) of \(confusion.total) clips), \
            mean over words \(confusion.meanRecall.percent), \(model.description.name) \(model.description.version)
            """)
    }

    private func matrixText(_ confusion: ConfusionMatrix) -> String {
        let used = confusion.labels.indices.filter { confusion.recall($0) != nil || confusion.precision($0) != nil }
        var table = Table(["spoken"] + used.map { String(confusion.labels[$0].prefix(5)) })
        for row in used where confusion.recall(row) != nil {
            table.add(
                [confusion.labels[row]]
                    + used.map { confusion.counts[row][$0] == 0 ? "." : "\(confusion.counts[row][$0])" })
        }
        return table.text
    }

    private func jsonReport(_ confusion: ConfusionMatrix, failed: Int, _ model: Model) -> JSONLine {
        var recalls = JSONLine()
        for (row, label) in confusion.labels.enumerated() {
            recalls.add(label, confusion.recall(row)?.rounded(decimals: 4))
        }
        var line = JSONLine()
        line.add("accuracy", confusion.accuracy.rounded(decimals: 4))
        line.add("mean_recall", confusion.meanRecall.rounded(decimals: 4))
        line.add("clips", confusion.total)
        line.add("correct", confusion.correct)
        line.add("failed", failed)
        line.add("model", model.description.name)
        line.add("model_version", model.description.version)
        line.add("recall", recalls)
        line.add("labels", confusion.labels)
        line.add("confusion", confusion.counts)
        return line
    }
}
