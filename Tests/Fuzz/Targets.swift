import Audio
import Inference
import NIOCore
import Web

@testable import ServiceSettings
@testable import Events

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
        splitter.append(ByteBuffer(bytes: chunk))
        while let piece = splitter.next() {
            pieces.append(piece)
            if piece == .tooLong { return pieces }
        }
    }
    return pieces + [splitter.rest()].compactMap(\.self)
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
