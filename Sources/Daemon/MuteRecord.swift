import Protocol
import Glibc
import Logging
import Realtime
import Synchronization

/// Whether the microphone is muted, kept as a file in the state directory that is there as long as it is. So muted stays
/// muted over a restart and a reboot. Any thread; only `settled` waits.
final class MuteRecord: Sendable {
    private struct Wish { let mute: Mute? }

    private let held: Mutex<Mute?>
    private let file: File?
    private let writer: BackgroundWriter<Wish>?

    /// - Parameter folder: the state directory; without it nothing is kept.
    init(folder: String?, logger: Logger) {
        let file = folder.map { File(path: $0 + "/muted", folder: $0) }
        self.file = file
        held = Mutex(file?.read())
        writer = file.map { file in
            // The newest is what counts.
            BackgroundWriter(name: "mute", capacity: 4) { wish, _ in
                if let failure = file.set(wish.mute) { logger.warning("\(failure)") }
            }
        }
    }

    /// How it is muted, at first as an earlier run was when it ended, however it ended; nil if it is not.
    var current: Mute? { held.withLock { $0 } }

    /// Whether a restart would find the microphone muted.
    var isKept: Bool { file?.isThere.load(ordering: .relaxed) ?? false }

    /// Has it kept from now on, or no more.
    func keep(_ mute: Mute?) {
        held.withLock { $0 = mute }
        writer?.add(Wish(mute: mute))
    }

    /// Waits until what was asked for is on the disk or has failed, a second at most.
    func settled() async {
        guard let writer else { return }
        let end = ContinuousClock.now + .seconds(1)
        while !writer.isIdle, ContinuousClock.now < end { try? await SingleThread.sleep(for: .milliseconds(2)) }
    }

    private final class File: Sendable {
        let isThere: Atomic<Bool>
        private let path: String
        private let folder: String

        init(path: String, folder: String) {
            (self.path, self.folder) = (path, folder)
            isThere = Atomic(access(path, F_OK) == 0)
        }

        /// What an earlier run wrote; nil if it was not muted. A file that says nothing means muted until `unmute`.
        func read() -> Mute? {
            guard isThere.load(ordering: .relaxed) else { return nil }
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { return Mute() }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 2048)
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            return Mute(text: String(decoding: bytes[..<max(0, count)], as: UTF8.self))
        }

        /// Makes the file be there or not, also after a power cut; says why it could not.
        func set(_ mute: Mute?) -> String? {
            if let mute {
                let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_TRUNC, 0o600)
                guard descriptor >= 0 else {
                    return
                        "cannot create \(path) (\(String(cString: strerror(errno)))): a restart will open the microphone"
                }
                // Without them it is muted all the same, until `unmute`.
                let bytes = Array(mute.text.utf8)
                _ = write(descriptor, bytes, bytes.count)
                fsync(descriptor)
                close(descriptor)
            } else if unlink(path) != 0, errno != ENOENT {
                return "cannot remove \(path) (\(String(cString: strerror(errno)))): a restart will find it muted again"
            }
            isThere.store(mute != nil, ordering: .relaxed)
            // A name outlives a power cut once its folder does.
            let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if descriptor >= 0 {
                fsync(descriptor)
                close(descriptor)
            }
            return nil
        }
    }
}
