import FoundationEssentials
import Glibc
import Logging
import Realtime
import ServiceSettings
import Synchronization

/// What was changed while the daemon ran, kept as a file in the state directory, so that it stays over a restart. Any
/// thread; only `settled` waits.
///
/// The file is replaced as a whole: a kill leaves the old one or the new one. One that is damaged is told and left out.
final class OverrideRecord: Sendable {
    private let held: Mutex<Overrides>
    private let file: File?
    private let writer: BackgroundWriter<Overrides>?

    /// - Parameter folder: the state directory; without it nothing is kept.
    init(folder: String?, logger: Logger) {
        let file = folder.map { File(folder: $0) }
        self.file = file
        var read = Overrides()
        do throws(File.Failure) {
            read = try file?.read() ?? read
        } catch {
            logger.warning("\(error.text)")
        }
        held = Mutex(read)
        writer = file.map { file in
            // The newest is what counts.
            BackgroundWriter(name: "overrides", capacity: 4) { overrides, _ in
                do throws(File.Failure) {
                    try file.write(overrides)
                } catch {
                    logger.warning("\(error.text)")
                }
            }
        }
    }

    /// At first what an earlier run kept.
    var current: Overrides { held.withLock { $0 } }

    /// Has it kept from now on.
    func keep(_ overrides: Overrides) {
        held.withLock { $0 = overrides }
        writer?.add(overrides)
    }

    /// Waits until what was to be kept is on the disk or has failed, a second at most; returns whether a restart finds it.
    func settled() async -> Bool {
        guard let file, let writer else { return false }
        let end = ContinuousClock.now + .seconds(1)
        while !writer.isIdle, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(2)) }
        return writer.isIdle && file.isWritten.load(ordering: .acquiring)
    }

    private final class File: Sendable {
        struct Failure: Error { let text: String }

        /// Whether the last write went well.
        let isWritten = Atomic<Bool>(true)
        private let folder: String
        private let path: String
        private static let mostBytes = 65536

        init(folder: String) {
            self.folder = folder
            path = folder + "/overrides.json"
        }

        /// What an earlier run wrote; nil if there is nothing.
        func read() throws(Failure) -> Overrides? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else {
                if errno == ENOENT { return nil }
                throw Failure(text: "cannot open \(path) (\(errorText)): thresholds and device are the configuration's")
            }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: Self.mostBytes + 1)
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            guard (0...Self.mostBytes).contains(count),
                let overrides = try? JSONDecoder().decode(Overrides.self, from: Data(bytes[..<count])),
                overrides.isPossible
            else {
                throw Failure(
                    text: "\(path) is damaged and left out: thresholds and device are those of the configuration")
            }
            return overrides
        }

        func write(_ overrides: Overrides) throws(Failure) {
            isWritten.store(false, ordering: .releasing)
            if overrides.isEmpty {
                guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove") }
            } else {
                try replace(overrides)
            }
            // A name outlives a power cut once its folder does.
            let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if descriptor >= 0 {
                fsync(descriptor)
                close(descriptor)
            }
            isWritten.store(true, ordering: .releasing)
        }

        private func replace(_ overrides: Overrides) throws(Failure) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            guard let bytes = (try? encoder.encode(overrides)).map(Array.init), bytes.count <= Self.mostBytes else {
                throw failure("fill")
            }
            let part = path + ".part"
            let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw failure("write") }
            let isWhole = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
            close(descriptor)
            guard isWhole else { throw failure("write") }
            guard rename(part, path) == 0 else { throw failure("replace") }
        }

        private var errorText: String { String(cString: strerror(errno)) }

        private func failure(_ action: String) -> Failure {
            Failure(text: "cannot \(action) \(path) (\(errorText)): what was set is gone with a restart")
        }
    }
}
