import FoundationEssentials

/// Recordings of words of which it is known who says them: what words of one's own are measured on.
public struct SpokenWords: Sendable {
    /// Somebody says a word once.
    public struct Recording: Sendable {
        public let path: String
        /// What it is called within the folder, the same wherever the folder lies.
        public let name: String
        public let word: String
        public let speaker: String
    }

    /// By word, speaker and name.
    public let recordings: [Recording]

    /// Reads the labelled rows of the folder's manifest, or, where there is none, lists `WORD/SPEAKER/*.wav`, and of
    /// `WORD/SPEAKER_*.wav` and `WORD/SPEAKER-*.wav` each name up to the first of these marks. Formats as in ``LabelledFolder``.
    ///
    /// Throws if the folder cannot be read or holds no such recordings.
    public init(folder: String) throws(CorpusError) {
        let manifest = URL(filePath: folder).appending(path: Manifest.fileName).path
        let found =
            FileManager.default.fileExists(atPath: manifest)
            ? try Self.listed(try Manifest(path: manifest), in: folder) : try Self.lying(in: folder)
        guard !found.isEmpty else {
            throw .nothing(
                file: folder,
                reason: "holds no recordings of words by speakers; give a folder such as \(folder)/WORD/SPEAKER/*.wav, "
                    + "or one with a \(Manifest.fileName) that has the column speaker")
        }
        recordings = found.sorted { ($0.word, $0.speaker, $0.name) < ($1.word, $1.speaker, $1.name) }
    }

    private static func listed(_ manifest: Manifest, in folder: String) throws(CorpusError) -> [Recording] {
        var recordings: [Recording] = []
        for row in manifest.rows where !row.isBackground {
            guard !row.speaker.isEmpty else {
                throw .malformed(
                    file: manifest.file, line: row.line, reason: "names no speaker; fill the column speaker")
            }
            let path = URL(filePath: folder).appending(path: row.path).path
            recordings.append(Recording(path: path, name: row.path, word: row.label, speaker: row.speaker))
        }
        return recordings
    }

    private static func lying(in folder: String) throws(CorpusError) -> [Recording] {
        guard let words = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw .unreadable(file: folder, reason: "no such folder")
        }
        var recordings: [Recording] = []
        func add(_ name: String, _ word: String, _ speaker: String) {
            let path = URL(filePath: folder).appending(path: name).path
            recordings.append(Recording(path: path, name: name, word: word, speaker: speaker))
        }
        for word in words where !word.hasPrefix(".") && word != "_background_noise_" {
            let path = "\(folder)/\(word)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                if LabelledFolder.isRecording(name) {
                    let stem = URL(filePath: name).deletingPathExtension().lastPathComponent
                    add("\(word)/\(name)", word, String(stem.prefix { $0 != "_" && $0 != "-" }))
                } else {
                    for file in LabelledFolder.recordings(in: "\(path)/\(name)") {
                        add("\(word)/\(name)/\(file)", word, name)
                    }
                }
            }
        }
        return recordings
    }
}
