/// When to connect again, as what, and what to say of it.
///
/// Two clients with one client id would take the connection from each other for ever: the broker closes that of the one as
/// the other comes. The one whose connection is closed as soon as it stands, again and again, stands by: under another id it
/// waits until the name is free.
package struct Reconnecting {
    package private(set) var role = Session.Role.listener
    private var next = shortest
    /// Connections in a row that were closed as soon as they stood.
    private var closedAtOnce = 0
    private var problem: Problem?
    private var told: Problem?

    package init() {}

    private enum Problem: Equatable {
        case failure(String)
        case taken
    }

    private static let shortest = Duration.milliseconds(500)
    private static let longest = Duration.seconds(60)
    private static let oftenEnough = 3
    /// A connection that lasted so long was a good one.
    private static let well = Duration.seconds(10)
    /// The other one says that it is there within that time.
    private static let grace = Duration.seconds(2)

    /// How long to wait after a connection.
    ///
    /// - Parameter chance: 0.8 to 1.2, so that not all listeners of a broker come back in the same moment.
    package mutating func pause(
        after end: Session.End, wasAccepted: Bool, lasted: Duration, chance: Double = .random(in: 0.8...1.2)
    ) -> Duration {
        if wasAccepted, lasted > Self.well { (next, told, closedAtOnce) = (Self.shortest, nil, 0) }
        switch end {
        case .stopped, .isFree:
            (role, closedAtOnce) = (.listener, 0)
            return .zero
        case .failed(let reason):
            closedAtOnce = wasAccepted && role == .listener ? closedAtOnce + 1 : 0
            if closedAtOnce == Self.oftenEnough {
                (role, problem, closedAtOnce) = (.standby, .taken, 0)
                return Self.grace
            }
            problem = .failure(reason)
        }
        defer { next = min(next * 2, Self.longest) }
        return next * chance
    }

    /// What is wrong, in a sentence; nil if it was said already.
    package mutating func newProblem(_ access: BrokerAccess) -> String? {
        guard let problem, problem != told else { return nil }
        told = problem
        return switch problem {
        case .failure(let reason): "\(access.address): \(reason)"
        case .taken:
            "\(access.address): closes the connection of \"\(access.clientID)\" again and again, as it does when another "
                + "client has the same id: two listeners of one name? Give one of them another mqtt.name; this one stands by "
                + "until the other leaves"
        }
    }
}
