import Logging
import NIOCore
import Realtime
import ServiceSettings
import Synchronization
import Time

/// What all connections of a server share, and who they are. Lives on the server's event loop.
final class Connections {
    let vocabulary: Vocabulary
    let workers: Workers
    let metrics: ServerMetrics
    let logger: Logger
    /// The answer to `describe`.
    let info: ByteBuffer
    private let most: Int
    private var open: [ObjectIdentifier: any Channel] = [:]
    private var budget = LogBudget(perMinute: 60)

    /// Those that are only told that there are too many, at once.
    private static let mostRefused = 64

    init(
        vocabulary: Vocabulary, workers: Workers, metrics: ServerMetrics, most: Int, logger: Logger
    ) {
        (self.vocabulary, self.workers, self.metrics, self.logger) = (vocabulary, workers, metrics, logger)
        self.most = most
        info =
            ServerEvent.info(
                ProgramInfo(
                    version: attunedVersion, modelVersion: vocabulary.modelVersion,
                    words: vocabulary.names.map(ProgramInfo.Word.init))
            ).frame
    }

    /// Takes a connection; it is to be told of an error and closed if there are too many.
    ///
    /// - Returns: false if there are so many that this one cannot even be told.
    func admit(_ channel: any Channel) throws(ClientError) -> Bool {
        metrics.connected()
        guard open.count < most + Self.mostRefused else { return false }
        open[ObjectIdentifier(channel)] = channel
        logger.debug("client \(Self.name(channel)): connected")
        guard open.count <= most else {
            throw ClientError(
                .tooManyConnections, "\(most) are connected, the most that wyoming.max_connections allows")
        }
        return true
    }

    func forget(_ channel: any Channel) {
        open[ObjectIdentifier(channel)] = nil
        logger.debug("client \(Self.name(channel)): gone")
    }

    func closeAll() { for channel in open.values { channel.close(promise: nil) } }

    /// Writes to the log what a client was told, not too often.
    func log(_ error: ClientError, of channel: any Channel) {
        metrics.failed(error)
        let (isGranted, refused) = budget.take(now: MonotonicClock.nanoseconds())
        guard isGranted else { return }
        logger.warning(
            "client \(Self.name(channel)): \(error.text)",
            metadata: refused > 0 ? ["errors_not_logged": "\(refused)"] : [:])
    }

    /// Writes to the log, where that is wanted, what a client was told of.
    func log(_ word: WordHeard, of channel: any Channel) {
        logger.debug("client \(Self.name(channel)): told of \(word.word), confidence \(word.confidence)")
    }

    private static func name(_ channel: any Channel) -> String {
        guard let address = channel.remoteAddress, let host = address.ipAddress else { return "local" }
        return "\(host), port \(address.port ?? 0)"
    }
}
