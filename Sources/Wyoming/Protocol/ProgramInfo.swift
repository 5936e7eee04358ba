import Protocol

/// The answer to `describe`: this program and its words, with every field that real clients cannot do without.
struct ProgramInfo: Sendable, Equatable {
    struct Word: Sendable, Equatable {
        let name: String
        /// As a person says it, and as other wake word programs write it: clients compare it between rooms.
        var phrase: String {
            name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
        }
    }

    let version: String
    let modelVersion: String
    let words: [Word]

    private static let attribution: JSONLine = {
        var attribution = JSONLine()
        attribution.add("name", "attuned")
        attribution.add("url", "")
        return attribution
    }()

    var data: JSONLine {
        var program = JSONLine()
        program.add("name", "attuned")
        program.add("attribution", Self.attribution)
        program.add("installed", true)
        program.add("description", "Keyword listener")
        program.add("version", version)
        program.add("models", words.map(model))
        var data = JSONLine()
        for domain in ["asr", "tts", "handle", "intent"] { data.add(domain, [JSONLine]()) }
        data.add("wake", [program])
        for domain in ["mic", "snd"] { data.add(domain, [JSONLine]()) }
        return data
    }

    private func model(_ word: Word) -> JSONLine {
        var model = JSONLine()
        model.add("name", word.name)
        model.add("attribution", Self.attribution)
        model.add("installed", true)
        model.add("languages", ["en"])
        model.add("description", word.phrase)
        model.add("version", modelVersion)
        model.add("phrase", word.phrase)
        return model
    }
}
