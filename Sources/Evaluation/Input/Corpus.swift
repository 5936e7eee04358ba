import Foundation

/// Everything that is measured on: labelled clips, running speech and noise.
public struct Corpus: Sendable {
    /// A short recording of one word.
    public struct Clip: Sendable {
        public let path: String
        /// What it is called within the corpus, the same wherever the corpus lies.
        public let name: String
        public let label: String
    }

    /// A recording in which nothing should be heard, or only what its transcript says.
    public struct Background: Sendable {
        public let path: String
        public let name: String
        /// Nil for noise.
        public let speech: Transcript?

        package init(path: String, name: String, speech: Transcript?) {
            (self.path, self.name, self.speech) = (path, name, speech)
        }
    }

    /// Whether the running speech and noise were kept from training.
    public enum Independence: Sendable, Equatable {
        /// A list names them.
        case listed(file: String)
        /// No list does, for this reason: training may have seen them.
        case unknown(reason: String)
    }

    public let clips: [Clip]
    public let speech: [Background]
    public let noise: [Background]
    public let independence: Independence
    /// Whether it is a folder with a manifest, not one with a folder a word.
    public let hasManifest: Bool

    /// One folder a word.
    public init(_ folder: LabelledFolder) {
        clips = folder.clips.map { clip in
            Clip(path: clip.path, name: "\(clip.label)/\((clip.path as NSString).lastPathComponent)", label: clip.label)
        }
        speech = []
        noise = []
        independence = .unknown(reason: "the folder has no \(Manifest.fileName)")
        hasManifest = false
    }

    /// A folder with a manifest: the clips of its validation split, and the running speech and noise that were held out.
    ///
    /// - Parameters:
    ///   - heldOut: the list that the user named; every line must be in the manifest.
    ///   - modelList: the list that lies with the model, if there is one; it may be about other recordings.
    public init(
        folder: String, manifest: Manifest, heldOut: HeldOutList?, modelList: HeldOutList?
    ) throws(CorpusError) {
        let root = URL(filePath: folder)
        let labelled = manifest.rows.filter {
            $0.split == Manifest.validationSplit && !$0.label.isEmpty && $0.label != Manifest.noiseLabel
        }
        guard !labelled.isEmpty else {
            throw .nothing(
                file: manifest.file,
                reason: "no labelled clip has the split \(Manifest.validationSplit); mark those of speakers who are "
                    + "not in the training data")
        }
        let background = manifest.rows.filter { $0.label.isEmpty || $0.label == Manifest.noiseLabel }
        let chosen = try Self.choose(background, manifest: manifest, heldOut: heldOut, modelList: modelList)
        try Self.checkPresence(of: labelled + chosen.rows, root: root, file: manifest.file)
        clips = labelled.map { Clip(path: root.appending(path: $0.path).path, name: $0.path, label: $0.label) }
        let recordings = chosen.rows.map { row in
            Background(
                path: root.appending(path: row.path).path, name: row.path,
                speech: row.label.isEmpty ? Transcript(row.text) : nil)
        }
        speech = recordings.filter { $0.speech != nil }
        noise = recordings.filter { $0.speech == nil }
        independence = chosen.independence
        hasManifest = true
    }

    private static func choose(
        _ background: [Manifest.Row], manifest: Manifest, heldOut: HeldOutList?, modelList: HeldOutList?
    ) throws(CorpusError) -> (rows: [Manifest.Row], independence: Independence) {
        let known = Set(background.map(\.path))
        if let heldOut {
            for entry in heldOut.paths where !known.contains(entry.path) {
                throw .malformed(
                    file: heldOut.file, line: entry.line,
                    reason: "\(entry.path) is no running speech or noise in \(manifest.file)")
            }
        }
        guard let list = heldOut ?? modelList else {
            return (background, .unknown(reason: "there is no \(HeldOutList.fileName) with the model"))
        }
        let listed = Set(list.paths.map(\.path))
        let rows = background.filter { listed.contains($0.path) }
        guard heldOut == nil, rows.isEmpty else { return (rows, .listed(file: list.file)) }
        return (background, .unknown(reason: "the model's \(HeldOutList.fileName) names none of these recordings"))
    }

    private static func checkPresence(of rows: [Manifest.Row], root: URL, file: String) throws(CorpusError) {
        let missing = rows.filter { !FileManager.default.fileExists(atPath: root.appending(path: $0.path).path) }
        guard let first = missing.min(by: { $0.line < $1.line }) else { return }
        throw .missing(file: file, line: first.line, recording: first.path, others: missing.count - 1)
    }
}
