import Foundation

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
                "\(path): holds no recordings; give a folder that has one folder a word, such as \(path)/left/*.wav"
            }
        }
    }

    private static let extensions: Set = ["wav", "flac", "ogg", "opus", "mp3"]

    /// Whether a file is a recording, by its name.
    static func isRecording(_ name: String) -> Bool {
        extensions.contains((name as NSString).pathExtension.lowercased())
    }

    /// Lists the recordings; folders whose names begin with a dot, and `_background_noise_`, are left out.
    public init(path: String) throws(Failure) {
        let root = URL(filePath: path)
        guard let folders = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .notAFolder(path)
        }
        var clips: [Clip] = []
        for folder in folders.sorted() where !folder.hasPrefix(".") && folder != "_background_noise_" {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
            for name in names.sorted() where Self.isRecording(name) {
                clips.append(Clip(path: root.appending(path: "\(folder)/\(name)").path, label: folder))
            }
        }
        guard !clips.isEmpty else { throw .empty(path) }
        self.clips = clips
    }
}
