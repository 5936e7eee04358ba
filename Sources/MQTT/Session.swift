internal import CMosquitto
import Events
import Glibc
import Realtime
import ServiceSettings

/// One connection to a broker, from its first attempt to its end. One thread alone; everything of libmosquitto happens on
/// it, so nothing is locked and nothing is sent later than it could be.
final class Session {
    /// Why it ended.
    enum End: Equatable {
        /// It was told to, and has said good-bye.
        case stopped
        /// Another client came with the same client id, and has the connection now.
        case takenOver
        /// It stood by, and the other one has left.
        case isFree
        /// The broker does not speak MQTT 5.
        case needsOlderProtocol
        /// The broker would not have it, cannot be reached, or was lost.
        case failed(String)
    }

    enum Role: Equatable {
        /// Publishes, with a last will.
        case listener
        /// Another one has the name: only waits for it to leave.
        case standby
    }

    enum Version { case five, three }

    private let access: BrokerAccess
    private let role: Role
    private let version: Version
    private let topics: Topics
    private let subscriptions: [String]
    /// Of libmosquitto; destroyed with the session.
    private let client: OpaquePointer
    /// What libmosquitto complained of last.
    private var complaint: String?
    private var end: End?
    private(set) var isAccepted = false
    private var acknowledged: [Int32] = []
    private var received: [Received] = []

    /// What came from the broker.
    struct Received {
        let topic: String
        let payload: [UInt8]
        let isRetained: Bool
    }

    /// In which a broker must accept.
    private static let patience = Duration.seconds(10)
    /// Of MQTT 5: larger messages are for nobody here.
    private static let longestMessageBytes: UInt32 = 65_536

    /// - Parameter subscriptions: of a listener.
    /// - Throws: ``StartError`` if a file that is needed cannot be had.
    init(
        _ access: BrokerAccess, role: Role, version: Version, topics: Topics, subscriptions: [String]
    ) throws(StartError) {
        (self.access, self.role, self.version, self.topics) = (access, role, version, topics)
        self.subscriptions = role == .listener ? subscriptions : [topics.availability]
        guard let client = mosquitto_new(role == .listener ? access.clientID : nil, true, nil) else {
            throw StartError("no memory for a connection to a broker", exitCode: EX_OSERR)
        }
        self.client = client
        mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
        setCallbacks()
        mosquitto_int_option(
            client, MOSQ_OPT_PROTOCOL_VERSION, version == .five ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311)
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
            if isAccepted {
                if !serve(self) { return sayGoodbye() }
            } else if !isWanted() {
                return .stopped
            } else if clock.now >= deadline {
                return .failed("accepts the connection, and then says nothing for 10 seconds")
            }
            if let end { return end }
            // Three times in the time after which the broker must hear something.
            let pause = isAccepted ? Duration.seconds(access.keepaliveSeconds) / 3 : deadline - clock.now
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

    /// Whether it still stands.
    var isOpen: Bool { end == nil }

    private func connect() -> String? {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if version == .five {
            mosquitto_property_add_int32(
                &properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), Self.longestMessageBytes)
        }
        // Not the asynchronous one: of a name with several addresses that tries the first alone.
        let code = mosquitto_connect_bind_v5(
            client, access.address.host, Int32(access.address.port), Int32(access.keepaliveSeconds), nil, properties)
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
            return isAccepted ? "closed the connection" : "closed the connection before it accepted it; does it want TLS?"
        case UInt32(MOSQ_ERR_KEEPALIVE.rawValue): return "said nothing for twice mqtt.keepalive_seconds"
        case UInt32(MOSQ_ERR_ERRNO.rawValue): return String(cString: strerror(systemError))
        case UInt32(MOSQ_ERR_PROTOCOL.rawValue), UInt32(MOSQ_ERR_MALFORMED_PACKET.rawValue):
            return "does not speak MQTT: \(Self.text(code))"
        case UInt32(MOSQ_ERR_TLS.rawValue):
            return "TLS failed: \(complaint ?? Self.text(code)); look at mqtt.ca, and at the name in the broker's certificate"
        default: return complaint ?? Self.text(code)
        }
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
        mosquitto_connect_v5_callback_set(client) { _, data, code, _, _ in Session.of(data).hasAnswered(code) }
        mosquitto_disconnect_v5_callback_set(client) { _, data, code, _ in Session.of(data).hasEnded(code) }
        mosquitto_publish_v5_callback_set(client) { _, data, number, code, _ in
            let session = Session.of(data)
            session.acknowledged.append(number)
            if code >= 128 { session.complaint = "a message was refused: \(Session.reasonText(code))" }
        }
        mosquitto_message_callback_set(client) { _, data, message in
            if let message { Session.of(data).hasReceived(message.pointee) }
        }
        mosquitto_log_callback_set(client) { _, data, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            Session.of(data).complaint = String(cString: text)
        }
    }

    private static func reasonText(_ code: Int32) -> String { String(cString: mosquitto_reason_string(code)) }

    private func hasAnswered(_ code: Int32) {
        guard code != 0 else {
            isAccepted = true
            for topic in subscriptions { mosquitto_subscribe(client, nil, topic, 1) }
            return
        }
        let text = version == .five ? Self.reasonText(code) : String(cString: mosquitto_connack_string(code))
        switch code {
        case Int32(MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION.rawValue), 1: end = .needsOlderProtocol
        case Int32(MQTT_RC_BAD_USERNAME_OR_PASSWORD.rawValue), Int32(MQTT_RC_NOT_AUTHORIZED.rawValue), 4, 5:
            end = .failed("refuses: \(text); look at mqtt.user and mqtt.password_file")
        default: end = .failed("refuses: \(text)")
        }
    }

    private func hasEnded(_ code: Int32) {
        guard end == nil else { return }
        if code == MQTT_RC_SESSION_TAKEN_OVER.rawValue {
            end = .takenOver
        } else if code >= 128 {
            end = .failed("closed the connection: \(Self.reasonText(code))")
        }
    }

    private func hasReceived(_ message: mosquitto_message) {
        guard let topic = message.topic else { return }
        let bytes = UnsafeRawBufferPointer(start: message.payload, count: Int(max(0, message.payloadlen)))
        let payload = Array(bytes)
        if role == .standby {
            if payload == Array(Topics.offline.utf8) || payload.isEmpty { end = end ?? .isFree }
        } else {
            // Nothing that is asked here is longer; what comes at once in one step is bounded by the socket.
            received.append(Received(topic: String(cString: topic), payload: payload, isRetained: message.retain))
        }
    }
}
