import HTTPTypes
import Synchronization

/// The memory that one request holds of what there is for uploads, given back when this is let go.
final class UploadMemory: Sendable {
    private let allotment: Allotment
    private let client: String
    private let held = Mutex(0)

    init(_ allotment: Allotment, client: String) {
        self.allotment = allotment
        self.client = client
    }

    deinit { allotment.give(held.withLock { $0 }, of: client) }

    /// Holds so many bytes from now on, more or fewer than before.
    ///
    /// - Throws: ``Problem`` where there are not so many; then it holds what it held.
    func hold(_ bytes: Int) throws(Problem) {
        let answer = held.withLock { held in
            let more = bytes - held
            if more <= 0 {
                allotment.give(-more, of: client)
            } else {
                let answer = allotment.take(more, for: client)
                guard answer == .granted else { return answer }
            }
            held = bytes
            return .granted
        }
        switch answer {
        case .granted: return
        case .partIsTaken:
            throw Problem.busy(
                .tooManyRequests, "this client's uploads together are too large; send one after the other",
                retryAfterSeconds: 2)
        case .allIsTaken:
            throw Problem.busy(
                .serviceUnavailable, "too much is being uploaded at once; try again", retryAfterSeconds: 2)
        }
    }
}
