import FoundationEssentials

extension Corpus {
    /// A user's own recordings, to tune thresholds on: folders named for words of the model hold recordings of them, one
    /// word in each; every other recording in the folders, at any depth, is one in which no word is said.
    public init(folders: [String], keywords: Set<String>) throws(CorpusError) {
        var spoken: [Clip] = []
        var background: [Background] = []
        for folder in folders {
            guard let files = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
                throw .unreadable(file: folder, reason: "no such folder")
            }
            for name in files.sorted() where LabelledFolder.isRecording(name) {
                let path = URL(filePath: folder).appending(path: name).path
                let label = URL(filePath: path).deletingLastPathComponent().lastPathComponent
                if keywords.contains(label) {
                    spoken.append(Clip(path: path, name: name, label: label))
                } else {
                    background.append(Background(path: path, name: name, speech: nil))
                }
            }
        }
        guard !spoken.isEmpty else {
            throw .nothing(
                file: folders.joined(separator: ", "),
                reason:
                    "no folder is named for a word of the model; put recordings of a word into a folder of its name, "
                    + "such as \(keywords.sorted().first ?? "word")/1.wav")
        }
        guard !background.isEmpty else {
            throw .nothing(
                file: folders.joined(separator: ", "),
                reason: "nothing to count false alarms in; add a folder of recordings in which no word is said, of an "
                    + "hour or more of what the microphone hears all day")
        }
        self.init(own: spoken, noise: background)
    }

    /// Every second recording of each word, and every second of the others: two halves that share none.
    func halves() -> [Corpus] {
        let byLabel = Dictionary(grouping: clips, by: \.label).sorted { $0.key < $1.key }
        return [0, 1].map { half in
            Corpus(
                own: byLabel.flatMap { _, clips in clips.indices.filter { $0 % 2 == half }.map { clips[$0] } },
                noise: noise.indices.filter { $0 % 2 == half }.map { noise[$0] })
        }
    }

    private init(own clips: [Clip], noise: [Background]) {
        self.init(
            clips: clips, speech: [], noise: noise, independence: .unknown(reason: "they are the user's own"),
            hasManifest: false)
    }
}
