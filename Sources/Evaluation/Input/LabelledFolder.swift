import FoundationEssentials

/// Recordings in one folder a word, as Speech Commands has them.
public struct LabelledFolder: Sendable {
    /// One recording and what is said in it.
    public struct Clip: Sendable {
        public let path: String
        /// The name of its folder.
        public let label: String
    }

    /// By label and name.
    public let clips: [Clip]

    /// Why a folder cannot be evaluated.
    public enum Failure: Error, CustomStringConvertible {
        case notAFolder(String)
        case empty(String)

        public var description: String {
            switch self {
            case .notAFolder(let path): "\(path): no such folder"
            case .empty(let path):
                "\(path): holds no recordings; give a folder that has one folder a word, such as \(path)/left/*.wav, or "
                    + "recordings of running speech and sounds in it"
            }
        }
    }

    /// Also of formats that are not read here: each such file is then named as one that cannot be used, and not left out.
    private static let extensions: Set = [
        "wav", "flac", "ogg", "opus", "mp3", "aif", "aiff", "au", "caf", "rf64", "w64", "voc", "sph",
        "m4a", "mp4", "aac", "webm", "amr", "wma",
    ]

    /// Whether a file is a recording, by its name.
    static func isRecording(_ name: String) -> Bool {
        extensions.contains(URL(filePath: name).pathExtension.lowercased())
    }

    /// The recordings that lie in a folder itself, by name.
    package static func recordings(in path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter(isRecording).sorted()
    }

    /// Lists the recordings; folders whose names begin with a dot, and `_background_noise_`, are left out.
    public init(path: String) throws(Failure) {
        let root = URL(filePath: path)
        guard let folders = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .notAFolder(path)
        }
        var clips: [Clip] = []
        for folder in folders.sorted() where !folder.hasPrefix(".") && folder != "_background_noise_" {
            for name in Self.recordings(in: root.appending(path: folder).path) {
                clips.append(Clip(path: root.appending(path: "\(folder)/\(name)").path, label: folder))
            }
        }
        guard !clips.isEmpty else { throw .empty(path) }
        self.clips = clips
    }
}
