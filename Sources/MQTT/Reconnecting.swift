/// When to connect again, as what, and what to say of it.
///
/// Two clients with one client id would take the connection from each other for ever. The one that loses it stands by: under
/// another id it waits until the name is free.
struct Reconnecting {
    private(set) var role = Session.Role.listener
    private(set) var version = Session.Version.five
    private var next = shortest
    /// Connections in a row that were closed as soon as they stood.
    private var closedAtOnce = 0
    private var problem: Problem?
    private var told: Problem?

    private enum Problem: Equatable {
        case failure(String)
        case takenOver
    }

    private static let shortest = Duration.milliseconds(500)
    private static let longest = Duration.seconds(60)
    /// A connection that lasted so long was a good one.
    private static let well = Duration.seconds(10)
    /// The other one says that it is there within that time.
    private static let grace = Duration.seconds(2)

    /// How long to wait after a connection.
    ///
    /// - Parameter chance: 0.8 to 1.2, so that not all listeners of a broker come back in the same moment.
    mutating func pause(
        after end: Session.End, wasAccepted: Bool, lasted: Duration, chance: Double = .random(in: 0.8...1.2)
    ) -> Duration {
        if wasAccepted, lasted > Self.well { (next, told, closedAtOnce) = (Self.shortest, nil, 0) }
        switch end {
        case .needsOlderProtocol where version == .five:
            version = .three
            return .zero
        case .needsOlderProtocol: problem = .failure("speaks neither MQTT 5 nor MQTT 3.1.1")
        case .stopped, .isFree:
            (role, closedAtOnce) = (.listener, 0)
            return .zero
        case .takenOver: return standBy()
        case .failed(let reason):
            // A broker of MQTT 3.1.1 cannot say that another one came.
            closedAtOnce = wasAccepted && role == .listener ? closedAtOnce + 1 : 0
            if closedAtOnce >= 3, version == .three { return standBy() }
            problem = .failure(reason)
        }
        defer { next = min(next * 2, Self.longest) }
        return next * chance
    }

    private mutating func standBy() -> Duration {
        (role, problem, closedAtOnce) = (.standby, .takenOver, 0)
        return Self.grace
    }

    /// What is wrong, in a sentence; nil if it was said already.
    mutating func newProblem(_ access: BrokerAccess) -> String? {
        guard let problem, problem != told else { return nil }
        told = problem
        return switch problem {
        case .failure(let reason): "\(access.address): \(reason)"
        case .takenOver:
            "\(access.address): another client came as \"\(access.clientID)\": two listeners have the same name. Give "
                + "one of them another mqtt.name; this one stands by until the other leaves"
        }
    }
}
