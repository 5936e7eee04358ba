/// Why a model cannot be used. Each message names the part of the model and what was expected of it.
public enum ModelError: Error, Equatable, CustomStringConvertible {
    /// The weights or the description are cut short, altered or were never a model.
    case damaged(String)
    /// A model for another version of this program.
    case unsupported(String)

    public var description: String {
        switch self {
        case .damaged(let what): what
        case .unsupported(let what): what
        }
    }
}
