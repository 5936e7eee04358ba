import ArgumentParser
import Audio
import Client
import FoundationEssentials
import Glibc
import Protocol
import ServiceSettings
import Time

/// What was said around an event.
struct AudioCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audio",
        abstract: "Write what the daemon has heard around a keyword, as a WAV file.",
        discussion: """
            The daemon keeps the last seconds (capture.keep_seconds), so that the syllables before and right after a keyword
            are there when somebody asks. Without a duration it goes on with what is heard, until Ctrl-C. A daemon that does not answer is
            told on standard error, and waited for.

              attune audio --event 7 --duration 3000 --output word.wav
              attune audio --event 7 | speech-to-text
            """)

    @OptionGroup var connection: DaemonConnection
    @Option(help: "Id of the keyword event. (default: the last one)")
    var event: UInt64?
    @Option(help: "Begin so many milliseconds before the word.")
    var before = 500
    @Option(help: "Length in milliseconds. (default: without end)")
    var duration: Int?
    @Option(help: "File to write. (default: standard output)", completion: .file())
    var output: String?

    func validate() throws {
        guard (0...3_600_000).contains(before), duration.map({ (1...3_600_000).contains($0) }) ?? true else {
            throw ValidationError("--before and --duration are milliseconds, at most an hour")
        }
        if output == nil, isatty(STDOUT_FILENO) != 0 {
            throw ValidationError("a WAV file does not belong on a terminal; give --output FILE, or a pipe")
        }
    }

    func run() async throws {
        let client = try await connection.connect()
        do {
            let request = AudioRequest(
                start: .beforeEvent(id: try await wantedEvent(client), milliseconds: before), milliseconds: duration)
            let file = try openOutput()
            try write(Data(WaveHeader.bytes(samples: duration.map { $0 * SampleRate.perMillisecond })), to: file)
            let first = try await client.answer(to: .audio(request))
            if try write(first, to: file) { return }
            let heartbeat = Heartbeat(client)
            let messages = client.messages.makeAsyncIterator()
            while let message = try await heartbeat.during({ try await messages.next() }) {
                if try write(message, to: file) { return }
            }
            complain("the daemon closed the connection")
        } catch let error as ExitCode {
            throw error
        } catch {
            complain(error)
            throw Exit.unavailable
        }
    }

    private func wantedEvent(_ client: EventClient) async throws -> UInt64 {
        if let event { return event }
        if case .status(let status) = try await client.answer(to: .status).content, let last = status.lastEvent {
            return last.id
        }
        complain("nothing has been heard yet")
        throw Exit.noInput
    }

    /// Nil for standard output.
    private func openOutput() throws -> UnsafeMutablePointer<FILE>? {
        guard let output else { return nil }
        guard let file = fopen(output, "we") else {
            complain("\(output): cannot be written: \(String(cString: strerror(errno)))")
            throw Exit.cannotCreate
        }
        return file
    }

    /// Writes a piece of audio; whether it was the last.
    private func write(_ message: ReceivedMessage, to file: UnsafeMutablePointer<FILE>?) throws -> Bool {
        if case .error(let error) = message.content { throw error }
        guard case .audio(let audio) = message.content else { return false }
        try write(audio.samples.withUnsafeBufferPointer { Data(buffer: $0) }, to: file)
        return audio.isEnd
    }

    private func write(_ data: Data, to file: UnsafeMutablePointer<FILE>?) throws {
        guard let file else { return StandardOutput.write(data) }
        guard data.withUnsafeBytes({ fwrite($0.baseAddress, 1, $0.count, file) }) == data.count, fflush(file) == 0
        else {
            complain("\(output ?? ""): cannot be written: \(String(cString: strerror(errno)))")
            throw Exit.cannotWrite
        }
    }
}
