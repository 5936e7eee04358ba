/// What may be said about what was heard, so that it is learned from. Only for permitted peers.
public enum MarkRequest: Sendable, Equatable {
    /// Whether an event was right: somebody said that word, or nobody did.
    public enum Verdict: String, Sendable, Codable { case right, wrong }

    /// Judges a keyword event of this run; without an id, the last one.
    case judge(event: UInt64?, Verdict)
    /// Somebody just said a word, and it was not heard.
    case missed(name: String)
    /// What was marked so far.
    case list
    /// Deletes all of that.
    case forget
    /// What would be learned from it; where it is applied, that counts from then on.
    case learn(apply: Bool)
    /// What was learned before the last time counts again.
    case unlearn

    var name: String {
        switch self {
        case .judge: "mark"
        case .missed: "missed"
        case .list: "marks"
        case .forget: "forget_marks"
        case .learn: "learn"
        case .unlearn: "unlearn"
        }
    }

    static let names = ["mark", "missed", "marks", "forget_marks", "learn", "unlearn"]

    private enum CodingKeys: CodingKey { case event, verdict, name, apply }

    /// Nil if it is another request.
    init?(named request: String, from decoder: any Decoder) throws(ErrorMessage) {
        guard Self.names.contains(request), let container = try? decoder.container(keyedBy: CodingKeys.self) else {
            return nil
        }
        switch request {
        case "marks": self = .list
        case "forget_marks": self = .forget
        case "unlearn": self = .unlearn
        case "learn":
            let apply = try? container.decode(Bool.self, forKey: .apply)
            guard apply != nil || !container.contains(.apply) else {
                throw ErrorMessage(.badField, "apply must be true or false")
            }
            self = .learn(apply: apply ?? false)
        case "missed":
            guard let name = try? container.decode(String.self, forKey: .name), name.utf8.count <= 1024 else {
                throw ErrorMessage(.badField, "name must be a string, the word that was said")
            }
            self = .missed(name: name)
        default:
            let event = try? container.decode(UInt64.self, forKey: .event)
            guard event != nil || !container.contains(.event) else {
                throw ErrorMessage(.badField, "event must be a whole number, the id of a keyword event")
            }
            guard let verdict = try? container.decode(Verdict.self, forKey: .verdict) else {
                throw ErrorMessage(.badField, "verdict must be \"right\" or \"wrong\"")
            }
            self = .judge(event: event, verdict)
        }
    }

    func addFields(to line: inout JSONLine) {
        switch self {
        case .judge(let event, let verdict):
            line.add(CodingKeys.event, event)
            line.add(CodingKeys.verdict, verdict.rawValue)
        case .missed(let name): line.add(CodingKeys.name, name)
        case .learn(let apply): line.add(CodingKeys.apply, apply)
        case .list, .forget, .unlearn: break
        }
    }
}
