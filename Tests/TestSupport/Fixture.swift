import Foundation

/// Files that tests read.
public enum Fixture {
    /// The checkout that the tests were built from.
    public static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The model that the project ships.
    public static let modelPath = repository.appending(path: "Config/models/commands").path

    /// A model of beeps whose second network doubts the first one: see `Tests/Fixtures/make_two_networks.py`.
    public static let twoNetworksPath = repository.appending(path: "Tests/Fixtures/two-networks").path

    /// The content of a file under `Tests/Fixtures`.
    public static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: repository.appending(path: "Tests/Fixtures/\(name)")))
    }

    /// Real recordings that some machines have beside the checkout; they are never part of it. Nil where there are none.
    public static let recordings: URL? = {
        let folder = repository.deletingLastPathComponent().appending(path: "shared/speech")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// Recordings of one word by speakers who are not in the training data, by name; empty where there are none.
    public static func validationRecordings(of word: String) -> [URL] {
        ["commands", "wakewords"].flatMap { folder in
            let path = recordings?.appending(path: "\(folder)/validation/\(word)")
            return path.flatMap {
                try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
            } ?? []
        }.sorted { $0.path < $1.path }
    }
}
