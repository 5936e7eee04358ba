import Foundation
import Inference
import Models
import TestSupport
import Testing

struct ModelFileTests {
    let json: [UInt8]
    let weights: [UInt8]

    init() throws {
        let folder = try Self.latestModel()
        json = [UInt8](try Data(contentsOf: folder.appending(path: "model.json")))
        weights = [UInt8](try Data(contentsOf: folder.appending(path: "model.safetensors")))
    }

    static func latestModel() throws -> URL {
        let versions = try FileManager.default.contentsOfDirectory(
            at: URL(filePath: Fixture.modelPath), includingPropertiesForKeys: nil)
        return try #require(versions.max { $0.path < $1.path })
    }

    @Test
    func `weights that are cut short anywhere are refused`() throws {
        let headerEnd = 8 + Int(weights[0]) + Int(weights[1]) << 8
        let places = Array(0..<headerEnd + 64) + Array(stride(from: headerEnd, to: weights.count, by: 4099))
        for count in places + [weights.count - 1] {
            #expect(throws: ModelError.self, "\(count) bytes") { try Safetensors(bytes: Array(weights[..<count])) }
        }
        #expect(throws: ModelError.self) { try Safetensors(bytes: weights + [0]) }
    }

    @Test
    func `a header altered at any byte never crashes the reader`() throws {
        let description = try ModelDescription(json: json)
        let headerEnd = 8 + Int(weights[0]) + Int(weights[1]) << 8
        for place in 0..<headerEnd {
            var altered = weights
            altered[place] ^= [0x01, 0x10, 0x80, 0xff][place % 4]
            // Some changes leave a valid file (a space within free text): those must load, all others throw.
            _ = try? Network(description: description, weights: Safetensors(bytes: altered))
        }
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
        #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    ])
    func `a header that does not fit its data is refused`(header: String) {
        let bytes =
            withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + [0, 0, 0, 0]
        #expect(throws: ModelError.self) { try Safetensors(bytes: bytes) }
    }

    @Test
    func `a header length beyond all memory is refused`() {
        #expect(throws: ModelError.self) { try Safetensors(bytes: Array(repeating: 0xff, count: 64)) }
    }

    @Test
    func `weights that are not numbers are refused`() throws {
        var altered = weights
        altered.replaceSubrange(altered.count - 4..<altered.count, with: [0, 0, 0xc0, 0x7f])
        #expect(throws: ModelError.self) {
            try Network(description: ModelDescription(json: json), weights: Safetensors(bytes: altered))
        }
    }

    @Test(arguments: [
        (#""format": 3"#, #""format": 4"#, "format 4"),
        (#""sample_rate": 16000"#, #""sample_rate": 8000"#, "8000"),
        (#""fft_size": 512"#, #""fft_size": 1000000000"#, "fft_size"),
        (#""hop_frames": 8"#, #""hop_frames": 7"#, "hop_frames"),
        (#""frames": 145"#, #""frames": 40"#, "window"),
        (#""mel_bands": 80"#, #""mel_bands": -80"#, "mel_bands"),
        (#""heads": 4"#, #""heads": 1000"#, "heads"),
        (#""temperature": "#, #""temperature": -"#, "temperature"),
        (#""_silence_""#, #""_quiet_""#, "_silence_"),
        (#""coefficients": 40"#, #""coefficients": "forty""#, "coefficients"),
    ])
    func `a description that is not usable is refused by name`(original: String, changed: String, names: String) throws
    {
        let text = String(decoding: json, as: UTF8.self)
        try #require(text.contains(original))
        let altered = text.replacingOccurrences(of: original, with: changed)
        let error = #expect(throws: ModelError.self) { try ModelDescription(json: Array(altered.utf8)) }
        #expect("\(error!)".contains(names), "\(error!)")
    }

    @Test
    func `a description that is cut short anywhere is refused`() {
        let end = json.lastIndex(of: UInt8(ascii: "}"))!
        for count in 0...end {
            #expect(throws: ModelError.self) { try ModelDescription(json: Array(json[..<count])) }
        }
    }
}
