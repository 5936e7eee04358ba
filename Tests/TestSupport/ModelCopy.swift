import Foundation

/// A copy of the shipped model, or of another one, that a test may damage.
public struct ModelCopy {
    public static let files = ["SHA256SUMS", "model.json", "model.safetensors", "selftest.wav"]
    /// What makes up a model of two networks.
    public static let twoNetworkFiles = ["SHA256SUMS", "model.json", "model.safetensors", "second.safetensors"]

    public let folder: URL
    private let files: [String]
    public var path: String { folder.path }

    /// Copies the shipped model into a new folder of this name.
    public init(in parent: URL, name: String = "model") throws {
        let shipped = URL(filePath: Fixture.modelPath)
        let versions = try FileManager.default.contentsOfDirectory(atPath: shipped.path)
        guard let version = versions.max(by: { $0.compare($1, options: .numeric) == .orderedAscending }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        try self.init(of: shipped.appending(path: version), to: parent.appending(path: name))
    }

    /// Copies the model of two networks into a new folder.
    public init(ofTwoNetworksIn parent: URL) throws {
        try self.init(of: URL(filePath: Fixture.twoNetworksPath), to: parent.appending(path: "two"))
    }

    private init(of model: URL, to folder: URL) throws {
        self.folder = folder
        let sums = String(decoding: try Data(contentsOf: model.appending(path: "SHA256SUMS")), as: UTF8.self)
        files = ["SHA256SUMS"] + sums.split(separator: "\n").map { String($0.dropFirst(66)) }
        for file in files { try folder.adding(file, bytes(of: model.appending(path: file))) }
    }

    public func bytes(_ file: String) throws -> [UInt8] { try bytes(of: folder.appending(path: file)) }

    public func write(_ file: String, _ bytes: [UInt8]) throws { try folder.adding(file, bytes) }

    public func replace(_ text: String, by other: String) throws {
        let json = String(decoding: try bytes("model.json"), as: UTF8.self)
        try write("model.json", Array(json.replacingOccurrences(of: text, with: other).utf8))
    }

    /// Writes the checksums of what the files hold now, also that of the weights in the description.
    public func renewChecksums() throws {
        let described = try JSONSerialization.jsonObject(with: Data(bytes("model.json"))) as? [String: Any]
        guard let old = described?["sha256"] as? String else { throw CocoaError(.coderValueNotFound) }
        try replace(old, by: checksum("model.safetensors"))
        if let second = (described?["second_look"] as? [String: Any])?["sha256"] as? String {
            try replace(second, by: checksum("second.safetensors"))
        }
        let isAsked = described?["second_look"] != nil
        let hasBank = (described?["own_words"] as? [String: Any])?["bank"] != nil
        let unused = (isAsked ? [] : ["second.safetensors"]) + (hasBank ? [] : ["own-words.safetensors"])
        let sums = try files.dropFirst().filter { !unused.contains($0) }.map {
            "\(try checksum($0))  \($0)\n"
        }
        try write("SHA256SUMS", Array(sums.joined().utf8))
    }

    /// Makes its networks others to the last number the same: nothing that was fitted to them before is of use.
    public func changeTrunk() throws {
        for file in files where ["model.safetensors", "second.safetensors"].contains(file) {
            var weights = try bytes(file)
            let length = weights[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
            weights.insert(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: 8), at: 8 + length)
            weights.replaceSubrange(..<8, with: withUnsafeBytes(of: UInt64(length + 8).littleEndian, Array.init))
            try write(file, weights)
        }
        try renewChecksums()
    }

    /// Makes the model answer this label whatever it hears, its second network too: with a probability of 1, or of nearly 1
    /// for a logit of 50.
    public func answerAlways(_ label: String, logit: Float = 10000) throws {
        for file in files where ["model.safetensors", "second.safetensors"].contains(file) {
            try answerAlways(label, logit: logit, in: file)
        }
        try renewChecksums()
    }

    private func answerAlways(_ label: String, logit: Float, in file: String) throws {
        let described = try JSONSerialization.jsonObject(with: Data(bytes("model.json"))) as? [String: Any]
        var weights = try bytes(file)
        let headerEnd = 8 + weights[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: Data(weights[8..<headerEnd])) as? [String: Any]
        guard let index = (described?["words"] as? [String])?.firstIndex(of: label),
            let offsets = (header?["output.bias"] as? [String: Any])?["data_offsets"] as? [Int]
        else { throw CocoaError(.coderValueNotFound) }
        let place = headerEnd + offsets[0] + index * 4
        let bias = withUnsafeBytes(of: logit.bitPattern.littleEndian, Array.init)
        weights.replaceSubrange(place..<place + 4, with: bias)
        try write(file, weights)
    }

    /// Makes a model of one word less, its first: of the same name, with fewer labels and another order of them, and without a
    /// second look.
    public func dropFirstWord() throws {
        guard var described = try JSONSerialization.jsonObject(with: Data(bytes("model.json"))) as? [String: Any],
            let words = described["words"] as? [String], var thresholds = described["thresholds"] as? [String: Any]
        else { throw CocoaError(.coderValueNotFound) }
        thresholds[words[0]] = nil
        (described["words"], described["thresholds"]) = (Array(words.dropFirst()), thresholds)
        for key in ["second_look", "detection", "thresholds_first", "own_words"] { described[key] = nil }
        try write("model.json", [UInt8](JSONSerialization.data(withJSONObject: described)))

        var tensors = try tensors(of: "model.safetensors")
        for name in ["output.bias", "output.weight"] {
            guard let (shape, values) = tensors[name] else { throw CocoaError(.coderValueNotFound) }
            tensors[name] = ([shape[0] - 1] + shape.dropFirst(), Array(values.dropFirst(values.count / shape[0])))
        }
        for name in ["own_words.projection", "own_words.offset"] { tensors[name] = nil }
        try write("model.safetensors", tensors)
        try renewChecksums()
    }

    /// Gives each network an embedding for words of one's own, of random projections.
    public func makeTeachable(size: Int = 64) throws {
        guard var described = try JSONSerialization.jsonObject(with: Data(bytes("model.json"))) as? [String: Any] else {
            throw CocoaError(.coderValueNotFound)
        }
        var section = ["size": size]
        try addEmbedding(size: size, to: "model.safetensors", described["network"])
        if let second = described["second_look"] as? [String: Any] {
            section["second_size"] = size
            try addEmbedding(size: size, to: "second.safetensors", second["network"])
        }
        described["own_words"] = section
        try write("model.json", [UInt8](JSONSerialization.data(withJSONObject: described)))
        try renewChecksums()
    }

    private func addEmbedding(size: Int, to file: String, _ network: Any?) throws {
        guard let network = network as? [String: Any], let lstm = network["lstm"] as? [String: Int],
            let attention = network["attention"] as? [String: Int], let units = lstm["units"],
            let heads = attention["heads"]
        else { throw CocoaError(.coderValueNotFound) }
        let inputs = (heads + 1) * units
        var tensors = try tensors(of: file)
        tensors["own_words.projection"] = (
            [size, inputs],
            noise(samples: size * inputs, seed: 7).flatMap {
                withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init)
            }
        )
        tensors["own_words.offset"] = ([size], [UInt8](repeating: 0, count: 4 * size))
        try write(file, tensors)
    }

    private func tensors(of file: String) throws -> [String: (shape: [Int], values: [UInt8])] {
        let weights = try bytes(file)
        let headerEnd = 8 + weights[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard let header = try JSONSerialization.jsonObject(with: Data(weights[8..<headerEnd])) as? [String: Any] else {
            throw CocoaError(.coderValueNotFound)
        }
        var tensors: [String: (shape: [Int], values: [UInt8])] = [:]
        for (name, tensor) in header where name != "__metadata__" {
            guard let tensor = tensor as? [String: Any], let shape = tensor["shape"] as? [Int],
                let offsets = tensor["data_offsets"] as? [Int]
            else { throw CocoaError(.coderValueNotFound) }
            tensors[name] = (shape, Array(weights[(headerEnd + offsets[0])..<(headerEnd + offsets[1])]))
        }
        return tensors
    }

    private func write(_ file: String, _ tensors: [String: (shape: [Int], values: [UInt8])]) throws {
        var header: [String: Any] = [:]
        var data: [UInt8] = []
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            header[name] = [
                "dtype": "F32", "shape": tensor.shape, "data_offsets": [data.count, data.count + tensor.values.count],
            ]
            data += tensor.values
        }
        var text = [UInt8](try JSONSerialization.data(withJSONObject: header))
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        try write(file, withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text + data)
    }

    private func checksum(_ file: String) throws -> String {
        String(try run("/usr/bin/sha256sum", [folder.appending(path: file).path]).stdout.prefix(64))
    }

    private func bytes(of file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }
}
