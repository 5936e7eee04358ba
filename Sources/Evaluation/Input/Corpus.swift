import FoundationEssentials

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
        /// Where it is from, as the manifest or the name of its folder says.
        public let source: String
        /// Nil for noise.
        public let speech: Transcript?

        package init(path: String, name: String, source: String = "", speech: Transcript?) {
            (self.path, self.name, self.source, self.speech) = (path, name, source, speech)
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

    package init(
        clips: [Clip], speech: [Background], noise: [Background], independence: Independence, hasManifest: Bool
    ) {
        (self.clips, self.speech, self.noise) = (clips, speech, noise)
        (self.independence, self.hasManifest) = (independence, hasManifest)
    }

    /// Several as one. Whether training saw none of it is known only if it is of each of them.
    public init(joining parts: [Corpus]) {
        let unknown = parts.map(\.independence).first { if case .unknown = $0 { true } else { false } }
        self.init(
            clips: parts.flatMap(\.clips), speech: parts.flatMap(\.speech), noise: parts.flatMap(\.noise),
            independence: unknown ?? parts.first?.independence ?? .unknown(reason: "there are none"),
            hasManifest: parts.contains { $0.hasManifest })
    }

    /// Recordings that lie in a folder itself: running speech of which nobody wrote down what is said. Nil if none does.
    public init?(recordingsIn folder: String) {
        let names = LabelledFolder.recordings(in: folder)
        guard !names.isEmpty else { return nil }
        let root = URL(filePath: folder)
        self.init(
            clips: [],
            speech: names.map {
                Background(
                    path: root.appending(path: $0).path, name: $0, source: root.lastPathComponent,
                    speech: Transcript(""))
            }, noise: [], independence: .unknown(reason: "\(folder) has no \(Manifest.fileName)"), hasManifest: false)
    }

    /// One folder a word.
    public init(_ folder: LabelledFolder) {
        clips = folder.clips.map { clip in
            Clip(
                path: clip.path, name: "\(clip.label)/\(URL(filePath: clip.path).lastPathComponent)", label: clip.label)
        }
        speech = []
        noise = []
        independence = .unknown(reason: "the folder has no \(Manifest.fileName)")
        hasManifest = false
    }

    /// A folder with a manifest: the clips of its validation split, and the running speech and noise that were held out.
    ///
    /// - Parameters:
    ///   - heldOut: the list that the user named.
    ///   - modelList: the list that lies with the model, if there is one; it may be about other recordings.
    public init(
        folder: String, manifest: Manifest, heldOut: HeldOutList?, modelList: HeldOutList?
    ) throws(CorpusError) {
        let root = URL(filePath: folder)
        let labelled = manifest.rows.filter {
            $0.split == Manifest.validationSplit && !$0.isBackground
        }
        let background = manifest.rows.filter(\.isBackground)
        guard !labelled.isEmpty || !background.isEmpty else {
            throw .nothing(
                file: manifest.file,
                reason: "no labelled clip has the split \(Manifest.validationSplit) (mark those of speakers who are "
                    + "not in the training data), and there is neither running speech nor noise")
        }
        let chosen = Self.choose(background, heldOut: heldOut, modelList: modelList)
        try Self.checkPresence(of: labelled + chosen.rows, root: root, file: manifest.file)
        clips = labelled.map { Clip(path: root.appending(path: $0.path).path, name: $0.path, label: $0.label) }
        let recordings = chosen.rows.map { row in
            Background(
                path: root.appending(path: row.path).path, name: row.path,
                source: row.source.isEmpty ? root.lastPathComponent : row.source,
                speech: row.label.isEmpty ? Transcript(row.text) : nil)
        }
        speech = recordings.filter { $0.speech != nil }
        noise = recordings.filter { $0.speech == nil }
        independence = chosen.independence
        hasManifest = true
    }

    /// A line of a list that is in none of these manifests is an error.
    public static func check(_ list: HeldOutList, against manifests: [Manifest]) throws(CorpusError) {
        let known = Set(manifests.flatMap(\.rows).filter(\.isBackground).map(\.path))
        for entry in list.paths where !known.contains(entry.path) {
            throw .malformed(
                file: list.file, line: entry.line,
                reason: "\(entry.path) is no running speech or noise in "
                    + manifests.map(\.file).joined(separator: ", "))
        }
    }

    private static func choose(
        _ background: [Manifest.Row], heldOut: HeldOutList?, modelList: HeldOutList?
    ) -> (rows: [Manifest.Row], independence: Independence) {
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
