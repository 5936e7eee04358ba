import Inference
import Models

/// A model ready to be used: what its files say, and its networks. Any number of spotters may share one.
public struct Model: Sendable {
    /// The folder it was read from.
    public let path: String
    public let network: Network
    /// The network that is asked about what the first one reports; nil if there is none.
    public let second: Network?
    /// `model.json` as it lies there, with what the program itself does not read: data, recipe, results.
    public let descriptionJSON: [UInt8]

    /// What the model says of itself, and what it was taught.
    public private(set) var description: ModelDescription

    /// What makes up a model, the second weights and the clip only where there are any.
    public static let files = ModelFiles.all

    /// A recording of the word that the description names as `selfTest`.
    public var selfTestPath: String { "\(path)/\(ModelFiles.selfTestFile)" }

    /// Reads and checks a model.
    ///
    /// - Parameter path: the model's folder, or one that holds a folder for each version: then the latest.
    /// Throws if a file is missing, differs from its checksum by a single bit, or is not what the program understands.
    public init(path: String) throws(ModelFolderError) {
        let files = try ModelFiles(path: path)
        self.path = files.path
        descriptionJSON = files.descriptionJSON
        do throws(ModelError) {
            network = try Network(description: files.description, weights: files.weights)
            description = files.description
            second = try Self.second(of: files)
        } catch {
            throw .unusable(path: files.path, reason: "\(error)")
        }
    }

    /// Reads the model at `path`, or, if that is nil, the one that is shipped with the program.
    public static func load(path: String?) throws(ModelFolderError) -> Model {
        if let path { return try Model(path: path) }
        return try Model(path: try ModelFolder.shippedOrThrow())
    }

    /// The same model, with these words of one's own and corrections instead of those that it was taught before.
    ///
    /// - Precondition: as ``ModelDescription/teaching(_:)`` has it.
    public func teaching(_ words: [OwnWord], corrections: [Correction] = []) -> Model {
        var model = self
        model.description = description.teaching(words, corrections: corrections)
        return model
    }

    private static func second(of files: ModelFiles) throws(ModelError) -> Network? {
        guard let weights = files.secondWeights, let description = files.description.second else { return nil }
        do throws(ModelError) {
            return try Network(description: description, weights: weights)
        } catch {
            throw .damaged("\(ModelFiles.secondWeightsFile): \(error)")
        }
    }
}

extension ModelStore {
    /// The folder in which a model's versions lie, and its siblings; nil for a model that lies by itself.
    public init?(around model: Model) { self.init(around: model.path, model.description) }

    /// The models that are known by name, those around one that is used first.
    public static func known(around model: Model?) -> [Entry] {
        known(first: model.flatMap { ModelStore(around: $0) })
    }
}

extension ModelStore.Entry {
    /// Reads and checks it whole: every checksum, every size.
    public func load() throws(ModelFolderError) -> Model { try Model(path: path) }
}
