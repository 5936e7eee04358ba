import Synchronization

/// Something that there is only so much of, places or bytes, for all clients together; no single one gets more than its
/// part, so that none can take everything from the others. Any thread.
package final class Allotment: Sendable {
    private struct Taken {
        var total = 0
        var byClient: [String: Int] = [:]
    }

    package let total: Int
    package let perClient: Int
    private let taken = Mutex(Taken())

    package init(total: Int, perClient: Int) {
        self.total = total
        self.perClient = perClient
    }

    package enum Answer: Equatable {
        case granted
        /// This client has its part already.
        case partIsTaken
        /// All together have everything.
        case allIsTaken
    }

    /// Takes so much for a client, or nothing.
    package func take(_ amount: Int = 1, for client: String) -> Answer {
        taken.withLock { taken in
            let has = taken.byClient[client, default: 0]
            guard has + amount <= perClient else { return .partIsTaken }
            guard taken.total + amount <= total else { return .allIsTaken }
            taken.total += amount
            taken.byClient[client] = has + amount
            return .granted
        }
    }

    /// Gives back what the client took.
    package func give(_ amount: Int = 1, of client: String) {
        taken.withLock { taken in
            let left = taken.byClient[client, default: 0] - amount
            precondition(left >= 0, "a client gives back what it never took")
            taken.total -= amount
            taken.byClient[client] = left == 0 ? nil : left
        }
    }
}
