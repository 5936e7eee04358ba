import FoundationEssentials
import Time

/// A piece of audio: the answer to `audio` is as many of them as it takes, the last one empty.
public struct AudioMessage: SocketMessage, Equatable {
    public static let type = "audio"

    /// Position of the first sample, counted like those of events.
    public var startSample: UInt64
    /// 16 kHz, mono; on the socket as base64 of signed 16-bit little-endian.
    public var samples: [Int16]
    /// No more comes.
    public var isEnd: Bool

    public init(startSample: UInt64, samples: [Int16], isEnd: Bool = false) {
        self.startSample = startSample
        self.samples = samples
        self.isEnd = isEnd
    }

    enum CodingKeys: String, CodingKey {
        case rate, format, data
        case startSample = "start_sample"
        case count = "samples"
        case isEnd = "end"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        startSample = try container.decode(UInt64.self, forKey: .startSample)
        isEnd = try container.decode(Bool.self, forKey: .isEnd)
        let bytes = [UInt8](try container.decode(Data.self, forKey: .data))
        samples = stride(from: 0, to: bytes.count & ~1, by: 2).map {
            Int16(truncatingIfNeeded: Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8)
        }
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.startSample, startSample)
        line.add(CodingKeys.count, samples.count)
        line.add(CodingKeys.rate, SampleRate.perSecond)
        line.add(CodingKeys.format, "s16le")
        line.add(CodingKeys.isEnd, isEnd)
        let bytes = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        line.add(CodingKeys.data, Data(bytes).base64EncodedString())
    }
}
