import Audio
import Forms
import Glibc
import Inference
import Models
import Protocol

@testable import ServiceSettings

/// A model: four bytes with the length of the description (little endian), the description, the weights. What is accepted
/// must also run.
func fuzzModel(_ bytes: [UInt8]) {
    guard bytes.count >= 4 else { return }
    let length = bytes[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    let weights = try? Safetensors(bytes: Array(bytes.dropFirst(4).dropFirst(length)))
    for name in weights?.names ?? [] { _ = try? weights?.tensor(name) }
    guard let description = try? ModelDescription(json: Array(bytes.dropFirst(4).prefix(length))), let weights,
        let network = try? Network(description: description, weights: weights)
    else { return }
    for curve in (description.detection?.first ?? [:]).values {
        let point = curve.point(falseAlarmsPerHour: 0.1)
        precondition(point.logOdds.isFinite && curve.point(logOdds: point.logOdds).missed.isFinite)
    }
    let stream = NetworkStream(network)
    let frames = [Float](repeating: 0.5, count: description.window.frames * description.frontEnd.coefficients)
    var windows = 0
    stream.process(frames, count: description.window.frames) { logits in
        precondition(logits.count == description.words.count)
        windows += 1
    }
    precondition(windows == 1, "a window of frames gave \(windows) results")
}

/// A configuration file: accepted, or refused with a message for each problem.
func fuzzConfiguration(_ bytes: [UInt8]) {
    do throws(SettingsError) {
        _ = try SettingsReader().read(text: String(decoding: bytes, as: UTF8.self), name: "attuned.yaml")
    } catch {
        precondition(!error.problems.isEmpty && !"\(error)".isEmpty)
    }
}

/// What a reader sends: the lines must not depend on how they are cut, each has an answer, and the answer is a message.
/// The same bytes are also read as what a daemon sends.
func fuzzProtocol(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = bytes.dropFirst()
    let whole = pieces(of: [stream])
    let cut = pieces(of: stream.chunks(ofCount: Int(first) + 1))
    precondition(whole == cut, "the lines depend on how the bytes arrive")
    for case .line(let line) in whole {
        _ = try? ReceivedMessage(line: line)
        let request = RequestLine(line)
        guard case .failure(let error) = request.request else { continue }
        // An integer of 64 bits is echoed exactly; a client that takes no number beyond 2^53 sends none.
        if case .integer(let id) = request.id, id.magnitude > 1 << 53 { continue }
        var answer = error.jsonLine()
        answer.add("id", request.id)
        guard let message = try? ReceivedMessage(line: answer.utf8), message.content == .error(error),
            message.answeredID == request.id
        else { preconditionFailure("the answer is not a message: \(answer.text)") }
    }
}

private func pieces(of chunks: some Sequence<ArraySlice<UInt8>>) -> [LineSplitter.Piece] {
    var splitter = LineSplitter(limitBytes: 1000)
    var pieces: [LineSplitter.Piece] = []
    for chunk in chunks {
        splitter.append(chunk)
        while let piece = splitter.next() {
            pieces.append(piece)
            if piece == .tooLong { return pieces }
        }
    }
    return pieces + [splitter.rest()].compactMap(\.self)
}

/// The record of events of earlier runs: what it gives can be gone on from, and is given again.
func fuzzRecord(_ bytes: [UInt8]) {
    let folder = "/tmp/attuned-fuzz-\(getpid())"
    mkdir(folder, 0o700)
    guard let file = fopen(folder + "/events.jsonl", "w") else { preconditionFailure("there is no room in /tmp") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    let record = EventRecord(folder: folder)
    guard let events = try? record.load(), var next = events.last else { return }
    next.id += 1
    guard (try? record.append(next.jsonLine())) != nil else { preconditionFailure("the record cannot be written") }
    let again = try? EventRecord(folder: folder).load()
    // After the greatest id that is taken up there is none. As they are written: numbers are rounded there.
    let expected = (events + [next]).suffix(EventRecord.capacity).map { $0.jsonLine().utf8 }
    precondition(again?.map { $0.jsonLine().utf8 } == expected || next.id > 1 << 52)
}

/// A moment as text, and as a number: what is read is written again, and what is written can be read.
func fuzzTimestamp(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let moment = Timestamp(text) { precondition("\(moment)" == text) }
    let number = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    let moment = Timestamp(millisecondsSince1970: Int64(bitPattern: number))
    precondition(Timestamp("\(moment)") != nil, "\(moment) is no time")
}

/// What a daemon sends to a client: the messages must not depend on how they are cut, and each is within its limits.
func fuzzClient(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = bytes.dropFirst()
    let whole = messages(of: [stream])
    precondition(whole == messages(of: stream.chunks(ofCount: Int(first) + 1)), "messages depend on how bytes arrive")
    for message in whole {
        switch message.content {
        case .keyword(let event): precondition(event.id <= 1 << 53 && event.endSample <= 1 << 53)
        case .status(let status): precondition(status.uptimeSeconds.magnitude <= 0x1p53)
        case .gap(let gap): precondition(gap.lostSamples <= 1 << 53)
        default: break
        }
    }
}

private func messages(of chunks: some Sequence<ArraySlice<UInt8>>) -> [ReceivedMessage] {
    var reader = MessageReader()
    var messages: [ReceivedMessage] = []
    for chunk in chunks {
        reader.append(chunk)
        do {
            while let message = try reader.next() { messages.append(message) }
        } catch {
            return messages
        }
    }
    return messages
}

extension ArraySlice {
    fileprivate func chunks(ofCount size: Int) -> [ArraySlice] {
        stride(from: startIndex, to: endIndex, by: size).map { self[$0..<Swift.min($0 + size, endIndex)] }
    }
}

/// A form: its Content-Type on the first line, then the body. Its parts must not depend on how the bytes arrive.
func fuzzForm(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let lines = bytes.dropFirst().split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    guard lines.count == 2 else { return }
    let contentType = String(decoding: lines[0], as: UTF8.self)
    let whole = parts(of: [lines[1]], contentType)
    let cut = parts(of: lines[1].chunks(ofCount: Int(first) + 1), contentType)
    precondition(whole == cut, "the parts depend on how the bytes arrive")
    precondition((whole ?? []).allSatisfy { $0.content?.count ?? 0 <= 100 }, "more is kept than allowed")
}

private func parts(of chunks: some Sequence<ArraySlice<UInt8>>, _ contentType: String) -> [MultipartParser.Part]? {
    guard var parser = try? MultipartParser(contentType: contentType, partLimit: 100) else { return nil }
    var parts: [MultipartParser.Part] = []
    for chunk in chunks {
        guard let found = try? parser.append(chunk) else { return nil }
        parts += found
    }
    return (try? parser.finish()) == nil ? nil : parts
}

/// A recording: decoded to the end or to a minute of samples, or refused.
func fuzzRecording(_ bytes: [UInt8]) {
    guard let file = try? AudioFile(bytes: bytes, name: "recording"),
        let samples = try? MonoReader(file).readAll(limitSamples: 60 * 16000)
    else { return }
    precondition(
        !samples.isEmpty && samples.allSatisfy { $0.isFinite }, "nothing, or no number, was taken for a sample")
}
