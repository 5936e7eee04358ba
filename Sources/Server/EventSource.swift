import Protocol

/// What the server asks the daemon when a reader wants to know.
///
/// All but those that are `async` are called on the server's only thread, so they answer from memory and never wait.
public protocol EventSource: Sendable {
    func hello() -> HelloMessage
    func status() -> StatusMessage
    func health() -> HealthReport
    /// The daemon's own numbers; the server adds those of its readers.
    func metrics() -> MetricsReport
    /// Reads the configuration again. Returns what changed, in words for a person.
    /// - Throws: ``ErrorMessage`` with the reasons why the old settings stay.
    func reload() async throws(ErrorMessage) -> String
    /// Has the live pipeline hear the model's own clip, beside the microphone.
    /// - Throws: ``ErrorMessage`` with the reason why it cannot be heard.
    func selfTest(of name: String?) async throws(ErrorMessage) -> SelfTestAnswer
    /// Has another model take over, between two windows.
    /// - Throws: ``ErrorMessage`` with the reason why the model stays the one before.
    func activate(_ choice: ModelChoice) async throws(ErrorMessage) -> ActivateAnswer
    /// Tells of words, or has another one heard, between two windows, or one no more.
    /// - Throws: ``ErrorMessage`` with the reason why everything stays as it is.
    func answer(_ request: OwnWordRequest) async throws(ErrorMessage) -> any SocketMessage
    /// Keeps what somebody said about what was heard, or tells or deletes it.
    /// - Throws: ``ErrorMessage`` with the reason why not.
    func answer(_ request: MarkRequest) async throws(ErrorMessage) -> any SocketMessage
    /// Has a word decided on otherwise than the configuration says, or so again.
    /// - Throws: ``ErrorMessage`` with the reason why nothing changes.
    func setWord(_ change: WordChange) async throws(ErrorMessage) -> SetWordAnswer
    /// What can be captured from.
    /// - Throws: ``ErrorMessage`` if the machine does not tell.
    func devices() async throws(ErrorMessage) -> DevicesAnswer
    /// Listens to another device.
    /// - Throws: ``ErrorMessage`` if there is none of that name.
    func setDevice(_ choice: DeviceChoice) async throws(ErrorMessage) -> SetDeviceAnswer
    /// What is kept of the audio from a sample on, at most `count` samples.
    func audio(from position: UInt64, count: Int) -> AudioPiece
    /// Closes the microphone, or opens it again: nil. Returns at once; the state tells when it is done.
    func setMuted(_ terms: MuteTerms?)
    /// Waits, a second at most, until what was last asked of ``setMuted(_:)`` outlives a restart, where it can.
    func keepMuted() async
}

/// What the daemon has of the audio from a position on.
public enum AudioPiece: Sendable, Equatable {
    /// 16 kHz, mono.
    case samples([Int16])
    /// It was not heard yet.
    case notYet
    /// It was heard so long ago that it is no longer kept.
    case forgotten(oldest: UInt64)
    /// Nothing is kept.
    case off
}
