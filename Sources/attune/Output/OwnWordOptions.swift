import ArgumentParser
import Enrolment
import Models
import Spotting

/// The options that bring words of one's own to a command that hears recordings.
struct OwnWordOptions: ParsableArguments {
    @Option(
        help: "A word of your own, as attune words export writes it. May be given again.",
        completion: .file(extensions: ["word"]))
    var word: [String] = []
    @Option(
        help: "Folder of words of your own: words/ in the daemon's state directory, or one with .word files.",
        completion: .directory)
    var words: String?

    /// The model with these words; a word that it cannot hear ends the program, for it was asked for.
    func teach(_ model: Model) throws -> Model {
        var taught: [OwnWord] = []
        for file in word {
            do throws(OwnWordError) {
                let word = try OwnWordFile(path: file).word(for: model)
                guard !taught.contains(where: { $0.isNamed(word.name) }) else {
                    throw OwnWordError("\(word.name) was given already")
                }
                taught.append(word)
            } catch {
                complain("\(file): \(error)")
                throw Exit.badData
            }
        }
        if let words {
            let all = CarriedWords(OwnWordStore(path: words), to: model)
            for problem in all.problems {
                complain("\(words): the word \(problem.name) is not heard: \(problem.reason)")
            }
            if all.words.isEmpty {
                complain("\(words): there is no word that the model can hear")
                throw Exit.noInput
            }
            taught += all.words.filter { word in !taught.contains { $0.isNamed(word.name) } }
        }
        guard taught.count <= OwnWordStore.mostWords else {
            complain("these are \(taught.count) words, at most \(OwnWordStore.mostWords) are heard")
            throw Exit.badData
        }
        return model.teaching(taught)
    }
}
