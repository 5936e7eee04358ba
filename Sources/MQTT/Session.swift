internal import CMosquitto
import Glibc
import Protocol
import Realtime
import ServiceSettings

/// One connection to a broker, from its first attempt to its end. One thread alone; everything of libmosquitto happens on
/// it, so nothing is locked and nothing is sent later than it could be.
///
/// It speaks MQTT 3.1.1, which every broker does. Of MQTT 5 it would know why a connection ends, but libmosquitto 2.0.11
/// does not pass on that another client came, and aborts the process where a broker sends a property that it does not know.
package final class Session {
    /// Why it ended.
    package enum End: Equatable {
        /// It was told to, and has said good-bye.
        case stopped
        /// It stood by, and the other one has left.
        case isFree
        /// The broker would not have it, cannot be reached, or was lost.
        case failed(String)
    }

    package enum Role: Equatable {
        /// Publishes, with a last will.
        case listener
        /// Another one has the name: only waits for it to leave.
        case standby
    }

    private let access: BrokerAccess
    private let role: Role
    private let topics: Topics
    private let subscriptions: [String]
    /// Of libmosquitto; destroyed with the session.
    private let client: OpaquePointer
    /// What libmosquitto complained of last.
    private var complaint: String?
    private var end: End?
    /// Standing by: whether the other one has said that it is there.
    private var isTaken = false
    private var accepted: ContinuousClock.Instant?
    private var acknowledged: [Int32] = []
    private var received: [Received] = []

    /// What came from the broker.
    struct Received {
        let topic: String
        let payload: [UInt8]
        let isRetained: Bool
    }

    private static let longestOrderBytes = 4096
    /// In which a broker must accept.
    private static let patience = Duration.seconds(10)
    /// In which a broker must say whether the other one is there: it keeps that.
    private static let patienceStandingBy = Duration.seconds(10)

    /// - Parameter subscriptions: of a listener.
    /// - Throws: ``StartError`` if a file that is needed cannot be had.
    init(_ access: BrokerAccess, role: Role, topics: Topics, subscriptions: [String]) throws(StartError) {
        (self.access, self.role, self.topics) = (access, role, topics)
        self.subscriptions = role == .listener ? subscriptions : [topics.availability]
        guard let client = mosquitto_new(role == .listener ? access.clientID : nil, true, nil) else {
            throw StartError("no memory for a connection to a broker", exitCode: EX_OSERR)
        }
        self.client = client
        mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
        setCallbacks()
        mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)
        if let (user, password) = try access.credentials() { mosquitto_username_pw_set(client, user, password) }
        if access.address.isEncrypted { try encrypt() }
        if role == .listener {
            mosquitto_will_set(client, topics.availability, Int32(Topics.offline.utf8.count), Topics.offline, 1, true)
        }
    }

    deinit { mosquitto_destroy(client) }

    private func encrypt() throws(StartError) {
        let key = try access.key()
        if access.ca == nil { mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1) }
        guard access.ca != nil || access.cert != nil else { return }
        // libmosquitto takes an own certificate only together with a place of others.
        let folder = access.ca == nil ? "/etc/ssl/certs" : nil
        let code = mosquitto_tls_set(client, access.ca, folder, access.cert, key, nil)
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw StartError("mqtt.ca, mqtt.cert, mqtt.key: \(Self.text(code))", exitCode: EX_CONFIG)
        }
    }

    /// Connects, and goes on until the end. While it stands, `serve` is called whenever something came or may be sent.
    ///
    /// - Parameter serve: returns false when the session is to end.
    func run(wakeup: Wakeup, isWanted: () -> Bool, serve: (Session) -> Bool) -> End {
        if let failure = connect() { return .failed(failure) }
        let clock = ContinuousClock()
        let deadline = clock.now + Self.patience
        while true {
            // Three times in the time after which the broker must hear something.
            var pause = Duration.seconds(access.keepaliveSeconds) / 3
            if let accepted {
                if !serve(self) { return sayGoodbye() }
                if role == .standby, !isTaken {
                    pause = accepted + Self.patienceStandingBy - clock.now
                    if pause <= .zero { return .isFree }
                }
            } else if !isWanted() {
                return .stopped
            } else {
                pause = deadline - clock.now
                if pause <= .zero { return .failed("accepts the connection, and then says nothing for 10 seconds") }
            }
            if let end { return end }
            _ = wakeup.wait(
                timeout: pause, orReadable: mosquitto_socket(client), orWritable: mosquitto_want_write(client))
            step()
        }
    }

    /// Publishes; the number by which it will be acknowledged, or nil and why it cannot be.
    func publish(_ message: Message) -> (number: Int32?, failure: String?) {
        var number: Int32 = 0
        let code = mosquitto_publish(
            client, &number, message.topic, Int32(message.payload.count), message.payload,
            message.isAcknowledged ? 1 : 0, message.isRetained)
        guard code != MOSQ_ERR_SUCCESS.rawValue else { return (number, nil) }
        if code == MOSQ_ERR_NO_CONN.rawValue || code == MOSQ_ERR_CONN_LOST.rawValue {
            end = end ?? .failed(Self.text(code))
            return (nil, nil)
        }
        return (nil, Self.text(code))
    }

    /// Numbers that were acknowledged since the last call.
    func takeAcknowledged() -> [Int32] {
        defer { acknowledged = [] }
        return acknowledged
    }

    /// What came since the last call.
    func takeReceived() -> [Received] {
        defer { received = [] }
        return received
    }

    var isAccepted: Bool { accepted != nil }

    /// Whether it still stands.
    var isOpen: Bool { end == nil }

    private func connect() -> String? {
        // Not the asynchronous one: of a name with several addresses that tries the first alone.
        let code = mosquitto_connect(
            client, access.address.host, Int32(access.address.port), Int32(access.keepaliveSeconds))
        return code == MOSQ_ERR_SUCCESS.rawValue ? nil : reason(code, systemError: errno)
    }

    private func step() {
        var code = mosquitto_loop_read(client, 1)
        if code == MOSQ_ERR_SUCCESS.rawValue { code = mosquitto_loop_write(client, 1) }
        if code == MOSQ_ERR_SUCCESS.rawValue { code = mosquitto_loop_misc(client) }
        guard code != MOSQ_ERR_SUCCESS.rawValue, end == nil else { return }
        end = .failed(reason(code, systemError: errno))
    }

    private func sayGoodbye() -> End {
        mosquitto_disconnect(client)
        _ = mosquitto_loop_write(client, 1)
        return .stopped
    }

    private func reason(_ code: Int32, systemError: Int32) -> String {
        switch UInt32(bitPattern: code) {
        case UInt32(MOSQ_ERR_CONN_LOST.rawValue):
            return closed
        case UInt32(MOSQ_ERR_KEEPALIVE.rawValue): return "said nothing for twice mqtt.keepalive_seconds"
        case UInt32(MOSQ_ERR_ERRNO.rawValue): return systemError == 0 ? closed : String(cString: strerror(systemError))
        case UInt32(MOSQ_ERR_PROTOCOL.rawValue), UInt32(MOSQ_ERR_MALFORMED_PACKET.rawValue):
            return "does not speak MQTT: \(Self.text(code))"
        case UInt32(MOSQ_ERR_TLS.rawValue):
            return "TLS failed: \(complaint ?? Self.text(code)); look at mqtt.ca and at the name in the certificate"
        default: return complaint ?? Self.text(code)
        }
    }

    private var closed: String {
        isAccepted
            ? "closed the connection"
            : "closed the connection before it accepted it; is it a broker of MQTT, and does it want TLS?"
    }

    private static func text(_ code: Int32) -> String {
        var text = String(cString: mosquitto_strerror(code))
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

// What libmosquitto calls, on the session's thread, from within its own functions.
extension Session {
    private static func of(_ data: UnsafeMutableRawPointer?) -> Session {
        // SAFETY: the session is the client's user data, and owns the client.
        Unmanaged<Session>.fromOpaque(data!).takeUnretainedValue()
    }

    private func setCallbacks() {
        mosquitto_connect_callback_set(client) { _, data, code in Session.of(data).hasAnswered(code) }
        mosquitto_publish_callback_set(client) { _, data, number in Session.of(data).acknowledged.append(number) }
        mosquitto_message_callback_set(client) { _, data, message in
            if let message { Session.of(data).hasReceived(message.pointee) }
        }
        mosquitto_log_callback_set(client) { _, data, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            Session.of(data).complaint = String(cString: text)
        }
    }

    private func hasAnswered(_ code: Int32) {
        guard code != 0 else {
            accepted = ContinuousClock.now
            for topic in subscriptions { mosquitto_subscribe(client, nil, topic, 1) }
            return
        }
        var text = String(cString: mosquitto_connack_string(code))
        if text.hasSuffix(".") { text.removeLast() }
        switch code {
        case 4, 5: end = .failed("refuses: \(text); look at mqtt.user and mqtt.password_file")
        default: end = .failed("refuses: \(text)")
        }
    }

    private func hasReceived(_ message: mosquitto_message) {
        guard let topic = message.topic else { return }
        let bytes = UnsafeRawBufferPointer(start: message.payload, count: Int(max(0, message.payloadlen)))
        // Nothing that is understood here is longer.
        let payload = Array(bytes.prefix(Self.longestOrderBytes))
        if role == .standby {
            isTaken = payload == Array(Topics.online.utf8)
            if !isTaken { end = end ?? .isFree }
        } else {
            received.append(Received(topic: String(cString: topic), payload: payload, isRetained: message.retain))
        }
    }
}
