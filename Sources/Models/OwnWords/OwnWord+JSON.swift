import FoundationEssentials
import Protocol

// The file `word.json`; what is written on one line can be read on one.
extension OwnWord {
    static let format = 1
    /// The most bytes that one may have.
    public static let mostBytes = 64 << 10

    /// Reads and checks what ``jsonLine`` wrote.
    ///
    /// Throws what is wrong with it.
    public init(json: [UInt8]) throws(OwnWordError) {
        guard json.count <= Self.mostBytes else {
            throw OwnWordError("the word has \(json.count) bytes, the limit is \(Self.mostBytes)")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file: File
        let card: JSONContent?
        do {
            file = try decoder.decode(File.self, from: Data(json))
            // Its keys stay as they are.
            card = try JSONDecoder().decode(Card.self, from: Data(json)).card
        } catch let error as DecodingError {
            throw OwnWordError("the word is not usable: \(error.plainText)")
        } catch {
            throw OwnWordError("the word is not JSON")
        }
        guard file.format == Self.format else {
            throw OwnWordError("the word has format \(file.format), this program reads format \(Self.format)")
        }
        guard case .object(let fields) = card ?? .object([:]) else { throw OwnWordError("card must be an object") }
        try self.init(
            name: file.name, model: file.model, modelVersion: file.modelVersion, first: file.first.head(),
            second: try Self.second(of: file), thresholdScore: file.thresholdScore,
            isWakeWord: file.wakeWord ?? true, after: file.after ?? [], isEnabled: file.enabled ?? true, card: fields)
    }

    /// Reads and checks what ``content`` gave.
    ///
    /// Throws what is wrong with it.
    public init(content: JSONContent) throws(OwnWordError) {
        var json: [UInt8] = []
        content.appendJSON(to: &json)
        try self.init(json: json)
    }

    private static func second(of file: File) throws(OwnWordError) -> Second? {
        guard let second = file.second else { return nil }
        guard let candidateScore = file.candidateScore, let weight = file.secondWeight else {
            throw OwnWordError("candidate_score and second_weight belong to second, and are missing")
        }
        return Second(head: try second.head(), candidateScore: candidateScore, weight: weight)
    }

    /// The word as the file has it.
    public var jsonLine: JSONLine {
        var line = JSONLine()
        line.add("format", Self.format)
        line.add("name", name)
        line.add("model", model)
        line.add("model_version", modelVersion)
        line.add("wake_word", isWakeWord)
        line.add("enabled", isEnabled)
        line.add("after", after)
        line.add("threshold_score", Double(thresholdScore))
        line.add("first", first.jsonLine)
        if let second {
            line.add("second", second.head.jsonLine)
            line.add("candidate_score", Double(second.candidateScore))
            line.add("second_weight", Double(second.weight))
        }
        line.add("card", JSONContent.object(card))
        return line
    }

    /// The same as an object of JSON.
    public var content: JSONContent {
        do {
            return try JSONDecoder().decode(JSONContent.self, from: Data(jsonLine.utf8))
        } catch {
            preconditionFailure("a line is an object: \(error)")
        }
    }

    private struct File: Decodable {
        let format: Int
        let name: String
        let model: String
        let modelVersion: String
        let wakeWord: Bool?
        let enabled: Bool?
        let after: [String]?
        let thresholdScore: Float
        let first: HeadFile
        let second: HeadFile?
        let candidateScore: Float?
        let secondWeight: Float?
    }

    private struct Card: Decodable { let card: JSONContent? }

    struct HeadFile: Decodable {
        let trunk: String
        /// 32-bit floats, little endian, in base64.
        let weights: String
        let bias: Float

        func head() throws(OwnWordError) -> Head {
            guard let data = Data(base64Encoded: weights), data.count.isMultiple(of: 4) else {
                throw OwnWordError("weights must be 32-bit floats in base64")
            }
            let values = data.withUnsafeBytes { raw in
                stride(from: 0, to: raw.count, by: 4).map {
                    Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
                }
            }
            return Head(trunk: trunk, weights: values, bias: bias)
        }
    }
}

extension OwnWord.Head {
    var jsonLine: JSONLine {
        var line = JSONLine()
        line.add("trunk", trunk)
        line.add(
            "weights",
            Data(weights.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }).base64EncodedString())
        line.add("bias", Double(bias))
        return line
    }
}
