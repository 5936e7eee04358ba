import Models
import Spotting

// What a service starts with; whatever is wrong is the reason why it cannot.
extension Settings {
    /// The model that is asked for, read and checked.
    public func loadModel() throws(StartError) -> Spotting.Model {
        try readModel(at: model.path.isEmpty ? nil : model.path)
    }

    /// The model that hears beside it, with its own thresholds and every word enabled; nil if none is asked for.
    ///
    /// - Parameter teach: gives it words of one's own.
    public func loadShadow(
        teach: (Spotting.Model) -> Spotting.Model = { $0 }
    ) throws(StartError) -> (model: Spotting.Model, policy: DecisionPolicy)? {
        guard !model.shadow.isEmpty else { return nil }
        let shadow = teach(try readModel(at: model.shadow))
        return (shadow, detectionPolicy(for: shadow.description))
    }

    /// The model that uploads of a part of the clients are answered by; nil if none is asked for.
    public func loadTrial() throws(StartError) -> Spotting.Model? {
        web.trialPath.isEmpty ? nil : try readModel(at: web.trialPath)
    }

    private func readModel(at path: String?) throws(StartError) -> Spotting.Model {
        do throws(ModelFolderError) {
            return try Spotting.Model.load(path: path)
        } catch {
            throw StartError(error)
        }
    }

    /// The decision that is asked for, with the model's words.
    public func startPolicy(for model: Spotting.Model) throws(StartError) -> DecisionPolicy {
        do throws(SettingsError) {
            return try decisionPolicy(for: model.description)
        } catch {
            throw StartError(error)
        }
    }
}
