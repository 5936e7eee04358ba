import Evaluation
import Foundation
import Testing
import TestSupport

struct ConfusionMatrixTests {
    @Test
    func `accuracy, recall and precision are those of the counts`() {
        var matrix = ConfusionMatrix(labels: ["left", "right", "_unknown_", "_silence_"])
        for _ in 0..<3 { matrix.add(spoken: "left", answered: "left") }
        matrix.add(spoken: "left", answered: "right")
        matrix.add(spoken: "right", answered: "right")
        matrix.add(spoken: "marvin", answered: "_unknown_")
        matrix.add(spoken: "sheila", answered: "left")
        #expect(matrix.counts == [[3, 1, 0, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]])
        #expect(matrix.total == 7 && matrix.correct == 5)
        #expect(matrix.accuracy == 5.0 / 7)
        #expect((0..<4).map(matrix.recall) == [0.75, 1, 0.5, nil])
        #expect((0..<4).map(matrix.precision) == [0.75, 0.5, 1, nil])
        #expect(matrix.meanRecall == 0.75)
    }

    @Test
    func `an empty matrix has no accuracy`() {
        let matrix = ConfusionMatrix(labels: ["left", "_unknown_"])
        #expect(matrix.total == 0 && matrix.accuracy == 0 && matrix.meanRecall == 0)
        #expect(matrix.recall(0) == nil && matrix.precision(0) == nil)
    }

    @Test
    func `recordings are listed by word and name, and nothing else is`() throws {
        try withTemporaryFolder { folder in
            for name in [
                "right/b.wav", "right/a.FLAC", "left/c.ogg", "left/notes.txt", "left/wav", "_background_noise_/n.wav",
                ".hidden/h.wav", "loose.wav", "empty.txt",
            ] {
                try folder.adding(name, [])
            }
            let clips = try LabelledFolder(path: folder.path).clips
            #expect(clips.map(\.label) == ["left", "right", "right"])
            #expect(
                clips.map(\.path)
                    == ["left/c.ogg", "right/a.FLAC", "right/b.wav"].map { folder.appending(path: $0).path })
        }
    }

    @Test
    func `a folder without recordings is refused by name`() throws {
        #expect("\(failure(of: "/nowhere")!)" == "/nowhere: no such folder")
        try withTemporaryFolder { folder in
            let file = try folder.adding("loose.wav", [])
            #expect("\(failure(of: file)!)" == "\(file): no such folder")
            #expect("\(failure(of: folder.path)!)".hasPrefix("\(folder.path): holds no recordings; give a folder"))
        }
    }

    private func failure(of path: String) -> LabelledFolder.Failure? {
        do throws(LabelledFolder.Failure) {
            _ = try LabelledFolder(path: path)
            return nil
        } catch {
            return error
        }
    }
}
