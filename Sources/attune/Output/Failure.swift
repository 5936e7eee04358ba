import ArgumentParser
import Audio
import FoundationEssentials
import Glibc
import Models
import Protocol
import ServiceSettings
import Spotting

/// Exit codes of sysexits.h, with what each means here.
enum Exit {
    /// A recording or a line that cannot be understood.
    static let badData = ExitCode(65)
    /// A file or folder that is not there or cannot be read.
    static let noInput = ExitCode(66)
    /// No daemon is listening.
    static let unavailable = ExitCode(69)
    /// The running daemon does not hear.
    static let unhealthy = ExitCode(1)
    /// A file or folder that cannot be written.
    static let cannotCreate = ExitCode(73)
    /// Results that nobody gets: standard output cannot be written, or the disk is full.
    static let cannotWrite = ExitCode(74)
    /// Something that this user may not do.
    static let notPermitted = ExitCode(77)
    /// A model or a configuration that cannot be used.
    static let badConfiguration = ExitCode(78)
}

/// Prints one line to standard error, after the program's name.
func complain(_ message: Any) {
    let text = (message as? ErrorMessage)?.error ?? "\(message)"
    StandardError.write(Array("attune: \(text)\n".utf8))
}

/// Why a file could not be written or moved, in the system's words.
func reason(_ error: any Error) -> String {
    let posix = error as? POSIXError ?? (error as? CocoaError)?.underlying as? POSIXError
    return posix.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
}

extension AudioError {
    var exitCode: ExitCode {
        switch self {
        case .notFound, .unreadable: Exit.noInput
        case .notAudio, .foreign, .empty, .truncated, .unsupported, .tooLong: Exit.badData
        }
    }
}

/// The flag that leaves a model's second network out.
struct SecondLookOption: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: "Ask the model's second network, if it has one, about what the first one reports.")
    var secondLook = true
}

/// The option that names a model, and what to do when it cannot be used.
struct ModelOption: ParsableArguments {
    @Option(help: "Folder of the model to use. (default: the one that came with the program)")
    var model: String?

    func load() throws -> Model {
        do throws(ModelFolderError) {
            return try Model.load(path: model)
        } catch {
            complain(error)
            if case .notFound = error { throw Exit.noInput }
            throw Exit.badConfiguration
        }
    }
}
