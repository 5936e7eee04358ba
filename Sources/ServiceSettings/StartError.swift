import Glibc
import Models
import Protocol
import Realtime
import Spotting

/// Why a service cannot start: one message for a person, and an exit code of sysexits.h.
public struct StartError: Error, CustomStringConvertible {
    public let description: String
    public let exitCode: Int32

    package init(_ description: String, exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }

    package init(_ error: SocketError) { self.init(error.description, exitCode: EX_CANTCREAT) }

    /// A limit of the configuration: a restart would not raise it.
    package init(_ error: DescriptorShortage) { self.init(error.description, exitCode: EX_CONFIG) }

    package init(_ error: ModelFolderError) {
        description = error.description
        exitCode =
            switch error {
            case .notFound: EX_NOINPUT
            case .unusable: EX_CONFIG
            }
    }

    package init(_ error: SettingsError) { self.init(error.description, exitCode: EX_CONFIG) }
}
