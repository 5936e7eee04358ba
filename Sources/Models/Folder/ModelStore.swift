import Glibc

/// A folder of models, `<name>/<version>` each.
public struct ModelStore: Sendable {
    /// One version of one model.
    public struct Entry: Sendable {
        public let name: String
        public let version: String
        public let path: String
    }

    public let path: String

    public init(path: String) { self.path = path }

    /// The folder in which a model's versions lie, and its siblings; nil for a model that lies by itself.
    package init?(around modelPath: String, _ description: ModelDescription) {
        let parts = modelPath.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 2, parts.suffix(2).elementsEqual([description.name[...], description.version[...]]) else {
            return nil
        }
        path = parts.dropLast(2).joined(separator: "/")
    }

    /// The models that came with the program; nil if there are none.
    public static func shipped() -> ModelStore? {
        ModelFolder.shipped().map { ModelStore(path: String($0.prefix(upTo: $0.lastIndex(of: "/") ?? $0.endIndex))) }
    }

    /// Where models of one's own belong: of all users if root installs them, else of the user.
    public static var own: ModelStore { ModelStore(path: geteuid() == 0 ? everybody : personal ?? everybody) }

    /// The models that are known by name: around one that is used, those that came with the program, one's own. Where two have
    /// the same name and version, the first of them counts.
    package static func known(first used: ModelStore?) -> [Entry] {
        let own = [everybody, personal].compactMap(\.self).map(ModelStore.init(path:))
        var entries: [Entry] = []
        for store in [used, shipped()].compactMap(\.self) + own {
            entries += store.entries.filter { entry in
                !entries.contains { $0.name == entry.name && $0.version == entry.version }
            }
        }
        return entries
    }

    private static let everybody = "/usr/local/share/attuned/models"

    /// As the XDG base directory specification has it.
    private static var personal: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        return (variable("XDG_DATA_HOME") ?? variable("HOME").map { "\($0)/.local/share" }).map {
            "\($0)/attuned/models"
        }
    }

    /// All that there are, by name and version, the latest last. What is in them is not looked at.
    public var entries: [Entry] {
        ModelFolder.subfolders(of: path).sorted().flatMap { name in
            ModelFolder.versions(in: "\(path)/\(name)").map {
                Entry(name: name, version: $0, path: "\(path)/\(name)/\($0)")
            }
        }
    }
}
