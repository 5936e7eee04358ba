import Glibc
import ServiceSettings

/// Which broker, and as whom.
package struct BrokerAccess: Sendable {
    let address: BrokerAddress
    let clientID: String
    let keepaliveSeconds: Int
    let ca: String?
    let cert: String?
    private let user: String?
    private let passwordFile: SecretFile?
    private let keyFile: SecretFile?

    /// - Throws: ``StartError`` for files that are missing or that everybody may read, and for settings that do not fit
    ///   together.
    package init(_ settings: Settings.MQTT, name: String, environment: [String: String]) throws(StartError) {
        guard let address = BrokerAddress(settings.server) else { preconditionFailure("mqtt.server was not checked") }
        self.address = address
        let own = settings.listeners.isEmpty ? settings.clientID : "\(settings.clientID)-\(name)"
        clientID = settings.clientID.isEmpty ? "attune-\(name)" : own
        keepaliveSeconds = settings.keepaliveSeconds
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        func secret(_ name: String, _ setting: String) -> SecretFile? {
            name.isEmpty ? nil : SecretFile(name, setting: setting, environment: environment)
        }
        (ca, cert, user) = (given(settings.ca), given(settings.cert), given(settings.user))
        passwordFile = secret(settings.passwordFile, "mqtt.password_file")
        keyFile = secret(settings.key, "mqtt.key")
        try check()
    }

    private func check() throws(StartError) {
        func wrong(_ message: String) -> StartError { StartError(message, exitCode: EX_CONFIG) }
        if passwordFile != nil, user == nil {
            throw wrong("mqtt.password_file is set and mqtt.user is not; a password is that of a user")
        }
        if (cert == nil) != (keyFile == nil) {
            throw wrong("of mqtt.cert and mqtt.key only one is set; they belong together")
        }
        if !address.isEncrypted, ca != nil || cert != nil {
            throw wrong("mqtt.ca and mqtt.cert are for TLS, and mqtt.server does not begin with mqtts://")
        }
        for path in [ca, cert].compactMap({ $0 }) where access(path, R_OK) != 0 {
            throw StartError("\(path): \(String(cString: strerror(errno)))", exitCode: EX_NOINPUT)
        }
        _ = try credentials()
        try keyFile?.check()
    }

    /// User and password as they are now: the file may have been changed.
    func credentials() throws(StartError) -> (user: String, password: String?)? {
        guard let user else { return nil }
        return (user, try passwordFile?.firstLine())
    }

    /// Path of the key, which is still none that everybody may read.
    func key() throws(StartError) -> String? {
        try keyFile?.check()
        return keyFile?.path
    }
}
