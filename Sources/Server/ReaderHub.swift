import Glibc
import NIOCore
import Protocol
import Realtime
import Time

/// Knows every reader, and what to tell it. Everything here happens on the server's event loop.
final class ReaderHub {
    let configuration: EventServer.Configuration
    let source: any EventSource
    private let groupID: gid_t?
    private var readers: [ObjectIdentifier: ReaderHandler] = [:]
    private var history: EventHistory
    private(set) var isStopping = false

    /// What the server counts; the rest of the report stays zero.
    private var counters = MetricsReport()

    init(configuration: EventServer.Configuration, source: any EventSource, groupID: gid_t?) {
        self.configuration = configuration
        self.source = source
        self.groupID = groupID
        history = EventHistory(capacity: configuration.historyEvents)
        for event in configuration.earlierEvents {
            history.append(event, line: event.jsonLine().buffer, isOfThisRun: false)
        }
    }

    // MARK: - Readers come and go

    /// Lets a reader in, or says why not.
    func admit(_ reader: ReaderHandler, descriptor: CInt?) throws(ErrorMessage) {
        if let descriptor, DescriptorLimit.isReserved(descriptor) {
            counters.readersRefused += 1
            configuration.onIncident(.refusedForDescriptors(reader.peer))
            throw ErrorMessage(
                .tooManyReaders, "the daemon has no file descriptors left; close a reader or raise LimitNOFILE=")
        }
        guard readers.count < configuration.maximumReaders else {
            counters.readersRefused += 1
            configuration.onIncident(.refused(reader.peer, maximumReaders: configuration.maximumReaders))
            throw ErrorMessage(
                .tooManyReaders,
                "\(readers.count) readers are connected already; close one or raise socket.max_readers")
        }
        counters.readersAccepted += 1
        readers[ObjectIdentifier(reader)] = reader
    }

    func forget(_ reader: ReaderHandler) {
        readers[ObjectIdentifier(reader)] = nil
    }

    func countNotAccepted(code: CInt) { configuration.onIncident(.notAccepted(code: code)) }

    func countDropped(_ reader: ReaderHandler, waitingBytes: Int) {
        counters.readersDropped += 1
        configuration.onIncident(.dropped(reader.peer, waitingBytes: waitingBytes))
    }

    func greeting() -> [JSONLine] {
        var hello = source.hello()
        hello.requests = Request.names
        return [hello.jsonLine(), source.status().jsonLine()]
    }

    // MARK: - Events

    func publish(_ event: KeywordEvent, line: ByteBuffer) {
        history.append(event, line: line)
        push(line, of: .keyword)
    }

    /// What is not remembered: readers that subscribed get it, now or never.
    func publish(_ message: some SocketMessage, as type: EventType) {
        push(message.jsonLine().buffer, of: type)
    }

    private func push(_ line: ByteBuffer, of type: EventType) {
        // A copy: a reader that is dropped on the way leaves the table.
        for reader in Array(readers.values) where reader.subscription.contains(type) {
            reader.push(line)
        }
    }

    // MARK: - Answers

    /// Everything a request is answered with, in order; nil when the answer comes later through `completion`.
    func answer(
        _ line: RequestLine, from reader: ReaderHandler, completion: @escaping @Sendable ([ByteBuffer]) -> Void
    ) -> [ByteBuffer]? {
        counters.requests += 1
        let id = line.id
        switch line.request {
        case .failure(let error): return [failure(error, id)]
        case .success(.status): return [source.status().jsonLine(answering: id).buffer]
        case .success(.health): return [source.health().jsonLine(answering: id).buffer]
        case .success(.metrics): return [metrics().jsonLine(answering: id).buffer]
        case .success(.events(let since)): return replay(since: since, id)
        case .success(.subscribe(let types)):
            reader.subscription = types
            return [SubscribeAnswer(types: types.map(\.rawValue).sorted()).jsonLine(answering: id).buffer]
        case .success(let request):
            // What is left changes something, but for one.
            guard
                request == .ownWords(.list)
                    || reader.peer?.mayControl(daemonUserID: geteuid(), groupID: groupID) == true
            else {
                return [failure(ErrorMessage(.notPermitted, Self.notPermitted), id)]
            }
            if case .audio(let audio) = request { return begin(audio, id, for: reader) }
            // At once, whatever the answer then waits for.
            if case .mute(let terms) = request { source.setMuted(terms) }
            if request == .unmute { source.setMuted(nil) }
            let source = source
            Task {
                let line = await later(request, id, from: source)
                completion([line.buffer])
            }
            return nil
        }
    }

    /// The answer to a line that is no request at all.
    func failure(_ error: ErrorMessage, _ id: RequestID?) -> ByteBuffer {
        counters.requestErrors += 1
        return error.jsonLine(answering: id).buffer
    }

    private static let notPermitted =
        "this user may not control the daemon; ask as root, as the daemon's user, or as a member of the socket's group"

    private func metrics() -> MetricsReport {
        var report = source.metrics()
        report.readers = UInt64(readers.count)
        report.readersAccepted = counters.readersAccepted
        report.readersRefused = counters.readersRefused
        report.readersDropped = counters.readersDropped
        report.requests = counters.requests
        report.requestErrors = counters.requestErrors
        return report
    }

    private func replay(since: UInt64, _ id: RequestID?) -> [ByteBuffer] {
        var lines = history.lines(since: since)
        let oldestWanted = since.addingReportingOverflow(1).partialValue
        let end = EventsAnswer(
            count: lines.count, newestID: history.newestID,
            incomplete: history.newestID > since && (history.oldestID ?? .max) > oldestWanted)
        lines.append(end.jsonLine(answering: id).buffer)
        return lines
    }

    /// Audio comes piece by piece, as the reader takes it; at once there is only what is wrong with the request.
    private func begin(_ audio: AudioRequest, _ id: RequestID?, for reader: ReaderHandler) -> [ByteBuffer] {
        let position: UInt64
        switch audio.start {
        case .sample(let sample): position = sample
        case .beforeEvent(let event, let milliseconds):
            guard let start = history.startSample(ofEvent: event) else {
                return [failure(ErrorMessage(.failed, "there is no event \(event), or it is no longer remembered"), id)]
            }
            position = start - min(start, UInt64(milliseconds * SampleRate.perMillisecond))
        }
        guard reader.begin(AudioTransfer(id: id, from: position, milliseconds: audio.milliseconds)) else {
            return [failure(ErrorMessage(.failed, "audio goes over this connection already; open another one"), id)]
        }
        return []
    }

    // MARK: - The end

    /// Lets every reader take what was published, for as long as the configuration grants, and closes them.
    func stop(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        isStopping = true
        let leaving = Array(readers.values).map { $0.finish(within: .milliseconds(configuration.flushMilliseconds)) }
        return EventLoopFuture.andAllComplete(leaving, on: eventLoop)
    }
}

/// The answer to a request that takes its time.
private func later(_ request: Request, _ id: RequestID?, from source: any EventSource) async -> JSONLine {
    do throws(ErrorMessage) {
        switch request {
        case .selfTest(let name): return try await source.selfTest(of: name).jsonLine(answering: id)
        case .activate(let choice): return try await source.activate(choice).jsonLine(answering: id)
        case .mark(let request): return try await source.answer(request).jsonLine(answering: id)
        case .ownWords(let request): return try await source.answer(request).jsonLine(answering: id)
        case .setWord(let change): return try await source.setWord(change).jsonLine(answering: id)
        case .devices: return try await source.devices().jsonLine(answering: id)
        case .setDevice(let choice): return try await source.setDevice(choice).jsonLine(answering: id)
        case .mute, .unmute:
            await source.keepMuted()
            return MuteAnswer(muted: request != .unmute).jsonLine(answering: id)
        default: return ReloadAnswer(summary: try await source.reload()).jsonLine(answering: id)
        }
    } catch {
        return error.jsonLine(answering: id)
    }
}

extension JSONLine {
    /// The object and its line feed, ready to be sent.
    var buffer: ByteBuffer {
        var buffer = ByteBuffer(bytes: utf8)
        buffer.writeInteger(UInt8(ascii: "\n"))
        return buffer
    }
}
