import NIOCore

@testable import Wyoming

/// What a client of the Wyoming server sends, cut as the first byte says: what it means must not depend on that, every answer can
/// be written, and audio gives finite samples whatever its format.
func fuzzWyoming(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = bytes.dropFirst()
    let whole = said(in: [stream])
    let cut = said(
        in: stride(from: stream.startIndex, to: stream.endIndex, by: Int(first) + 1).map {
            stream[$0..<min($0 + Int(first) + 1, stream.endIndex)]
        })
    precondition(whole == cut, "events depend on how the bytes arrive")
}

/// What was understood, with all the payload of each, until an error or the end.
private struct Said: Equatable {
    var events: [ClientEvent] = []
    var payloads: [[UInt8]] = []
    var error: ClientError?
    /// Where the parts of the audio lie in the client's time.
    var times: [Int] = []
}

private func said(in pieces: [ArraySlice<UInt8>]) -> Said {
    var reader = FrameReader()
    var said = Said()
    var clock = ClientClock()
    var position: UInt64 = 0
    var converter: PCMConverter?
    for piece in pieces {
        reader.append(ByteBuffer(bytes: piece))
        do throws(ClientError) {
            while let next = try reader.next() {
                switch next {
                case .head(let head):
                    let event = try ClientEvent(head)
                    said.events.append(event)
                    said.payloads.append([])
                    converter = nil
                    guard case .audioChunk(let format?, let timestamp, _) = event else { continue }
                    if format.channels <= 2 { converter = PCMConverter(format, rate: 16000) }
                    if let timestamp { clock.set(timestamp, at: position) }
                    said.times.append(clock.time(of: position / 2))
                case .payload(let bytes):
                    said.payloads[said.payloads.count - 1] += bytes
                    converter?.convert(bytes) { samples in
                        precondition(samples.allSatisfy { $0.isFinite && $0.magnitude <= 4 }, "no sample")
                    }
                    position += UInt64(bytes.count)
                }
            }
        } catch {
            said.error = error
            _ = ServerEvent.error(error).frame
            return said
        }
    }
    return said
}
