import FoundationEssentials

/// The named tensors of a `safetensors` file: eight bytes with the header's length (little endian), a JSON header, then
/// the numbers. Only 32-bit floats and 8-bit integers are read.
///
/// The file comes from outside: every length and offset in it is checked before use, and the tensors must cover the
/// data exactly, as the format demands.
public struct Safetensors: Sendable {
    private static let maximumHeaderBytes = 1 << 20
    private static let lengthBytes = 8

    private let bytes: [UInt8]
    private let entries: [String: Entry]
    private let dataStart: Int

    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    /// Reads the header and checks it against the data.
    public init(bytes: [UInt8]) throws(ModelError) {
        guard bytes.count >= Self.lengthBytes else { throw .damaged("the weights are cut short: no header") }
        let headerBytes = bytes.prefix(Self.lengthBytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard headerBytes <= Self.maximumHeaderBytes, Int(headerBytes) <= bytes.count - Self.lengthBytes else {
            throw .damaged(
                "the weights are cut short or not a safetensors file: the header is said to be \(headerBytes) bytes")
        }
        dataStart = Self.lengthBytes + Int(headerBytes)
        let header = Data(bytes[Self.lengthBytes..<dataStart])
        do {
            entries = try JSONDecoder().decode(Header.self, from: header).entries
        } catch {
            throw .damaged("the weights' header is not the JSON of a safetensors file")
        }
        self.bytes = bytes
        try checkLayout()
    }

    /// Names of all tensors.
    public var names: Set<String> { Set(entries.keys) }

    /// The numbers of one tensor in row-major order.
    ///
    /// Throws if there is no such tensor, if its shape is another, or if a number in it is not finite.
    public func values(_ name: String, shape: [Int]) throws(ModelError) -> [Float] {
        let (actualShape, values) = try tensor(name)
        guard actualShape == shape else {
            throw .damaged("tensor \(name) has shape \(actualShape), the description asks for \(shape)")
        }
        return values
    }

    /// Shape and numbers of one tensor, whatever its shape.
    public func tensor(_ name: String) throws(ModelError) -> (shape: [Int], values: [Float]) {
        let entry = try entry(name, ElementType.float32)
        let start = dataStart + entry.dataOffsets[0]
        let count = (entry.dataOffsets[1] - entry.dataOffsets[0]) / MemoryLayout<Float>.size
        let values = bytes.withUnsafeBytes { raw in
            // `checkLayout` holds every entry within the bytes.
            (0..<count).map { index in
                Float(
                    bitPattern: UInt32(
                        littleEndian: raw.loadUnaligned(
                            fromByteOffset: start + index * MemoryLayout<Float>.size, as: UInt32.self)))
            }
        }
        guard values.allSatisfy(\.isFinite) else { throw .damaged("tensor \(name) holds numbers that are not finite") }
        return (entry.shape, values)
    }

    /// Shape and numbers of a tensor of 8-bit integers.
    package func integers(_ name: String) throws(ModelError) -> (shape: [Int], values: [Int8]) {
        let entry = try entry(name, .int8)
        let values = bytes[dataStart + entry.dataOffsets[0]..<dataStart + entry.dataOffsets[1]]
        return (entry.shape, values.map { Int8(bitPattern: $0) })
    }

    private enum ElementType: String {
        case float32 = "F32"
        case int8 = "I8"

        var size: Int { self == .float32 ? MemoryLayout<Float>.size : 1 }
    }

    private func entry(_ name: String, _ type: ElementType) throws(ModelError) -> Entry {
        guard let entry = entries[name] else { throw .damaged("the weights lack the tensor \(name)") }
        guard entry.dtype == type.rawValue else {
            throw .unsupported("tensor \(name) is \(entry.dtype), must be \(type.rawValue)")
        }
        return entry
    }

    private func checkLayout() throws(ModelError) {
        var end = 0
        for (name, entry) in entries.sorted(by: { $0.value.dataOffsets.first ?? 0 < $1.value.dataOffsets.first ?? 0 }) {
            guard let type = ElementType(rawValue: entry.dtype) else {
                throw .unsupported("tensor \(name) is \(entry.dtype), must be F32")
            }
            guard entry.dataOffsets.count == 2, entry.dataOffsets[0] == end else {
                throw .damaged("tensor \(name) does not start where the one before it ends")
            }
            var size = type.size
            for dimension in entry.shape {
                let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
                guard dimension > 0, !overflow else { throw .damaged("tensor \(name) has a size of \(dimension)") }
                size = product
            }
            let (expectedEnd, overflow) = end.addingReportingOverflow(size)
            guard !overflow, entry.dataOffsets[1] == expectedEnd else {
                throw .damaged("tensor \(name) has \(entry.shape) numbers in \(entry.dataOffsets) bytes")
            }
            end = expectedEnd
        }
        guard end == bytes.count - dataStart else {
            throw .damaged("the weights hold \(bytes.count - dataStart) bytes of data, the header speaks of \(end)")
        }
    }

    /// The header's entries without `__metadata__`, which is free text.
    private struct Header: Decodable {
        let entries: [String: Entry]

        struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            var entries: [String: Entry] = [:]
            for key in container.allKeys where key.stringValue != "__metadata__" {
                entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
            }
            self.entries = entries
        }
    }
}
