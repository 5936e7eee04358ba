import CGcrypt

/// The files of a model as they lie in a folder, all read and checked against each other: `model.json`,
/// `model.safetensors` and `SHA256SUMS`; if it looks twice, `second.safetensors`; if it can test itself, `selftest.wav`; and,
/// if words can be taught to it, `own-words.safetensors`, which is only checked here.
package struct ModelFiles {
    /// The folder that they were read from.
    package let path: String
    package let description: ModelDescription
    /// `model.json` as it lies there, with what the program itself does not read: data, recipe, results.
    package let descriptionJSON: [UInt8]
    package let weights: Safetensors
    /// Those of the second network that the description speaks of; nil if it speaks of none.
    package let secondWeights: Safetensors?

    private static let descriptionFile = "model.json"
    private static let weightsFile = "model.safetensors"
    package static let secondWeightsFile = "second.safetensors"
    private static let checksumFile = "SHA256SUMS"
    package static let selfTestFile = "selftest.wav"
    package static let bankFile = "own-words.safetensors"
    /// What makes up a model; the second weights, the clip and the bank of own words only where there are any.
    package static let all = [descriptionFile, weightsFile, secondWeightsFile, checksumFile, selfTestFile, bankFile]
    private static let maximumDescriptionBytes = 1 << 20
    private static let maximumWeightsBytes = 256 << 20
    private static let maximumSelfTestBytes = 1 << 20
    package static let maximumBankBytes = 32 << 20

    /// Reads and checks a model.
    ///
    /// - Parameter path: the model's folder, or one that holds a folder for each version: then the latest.
    /// Throws if a file is missing, differs from its checksum by a single bit, or is not what the program understands.
    package init(path: String) throws(ModelFolderError) {
        let folder = try ModelFolder(path: path)
        self.path = folder.path
        let json = try folder.read(Self.descriptionFile, limit: Self.maximumDescriptionBytes)
        let weights = try folder.read(Self.weightsFile, limit: Self.maximumWeightsBytes)
        let sums = try folder.read(Self.checksumFile, limit: 4096)
        var expected = [Self.descriptionFile: sha256(json), Self.weightsFile: sha256(weights)]
        let listed = ModelFolder.parseChecksums(sums)
        var secondWeights: [UInt8]?
        if listed?[Self.secondWeightsFile] != nil {
            let bytes = try folder.read(Self.secondWeightsFile, limit: Self.maximumWeightsBytes)
            expected[Self.secondWeightsFile] = sha256(bytes)
            secondWeights = bytes
        }
        if listed?[Self.selfTestFile] != nil {
            expected[Self.selfTestFile] = sha256(try folder.read(Self.selfTestFile, limit: Self.maximumSelfTestBytes))
        }
        if listed?[Self.bankFile] != nil {
            expected[Self.bankFile] = sha256(try folder.read(Self.bankFile, limit: Self.maximumBankBytes))
        }
        guard let listed, Set(listed.keys) == Set(expected.keys) else {
            throw .unusable(
                path: folder.path, reason: "\(Self.checksumFile) is damaged; install the model again")
        }
        for (file, checksum) in expected.sorted(by: { $0.key < $1.key }) where listed[file] != checksum {
            throw .unusable(
                path: folder.path,
                reason: "\(file) is not the file that \(Self.checksumFile) was written for; install the model again, "
                    + "or, if you changed it on purpose, write \(Self.checksumFile) anew with sha256sum")
        }
        descriptionJSON = json
        do throws(ModelError) {
            description = try ModelDescription(json: json)
            guard description.sha256 == expected[Self.weightsFile] else {
                throw .damaged("\(Self.descriptionFile) belongs to other weights than \(Self.weightsFile)")
            }
            guard description.selfTest == nil || listed[Self.selfTestFile] != nil else {
                throw .damaged("\(Self.checksumFile) does not list \(Self.selfTestFile), the clip of self_test")
            }
            guard description.ownWords?.bank?.sha256 == listed[Self.bankFile] else {
                throw .damaged("\(Self.descriptionFile) belongs to another \(Self.bankFile)")
            }
            self.weights = try Safetensors(bytes: weights)
            self.secondWeights = try Self.second(
                of: description, secondWeights, checksum: expected[Self.secondWeightsFile])
        } catch {
            throw .unusable(path: folder.path, reason: "\(error)")
        }
    }

    /// The weights of the second network that a description speaks of, if they are those that lie there.
    private static func second(
        of description: ModelDescription, _ weights: [UInt8]?, checksum: String?
    ) throws(ModelError) -> Safetensors? {
        guard let look = description.secondLook else { return nil }
        guard look.weights == secondWeightsFile else {
            throw .damaged("second_look.weights is \(look.weights), must be \(secondWeightsFile)")
        }
        guard let weights else {
            throw .damaged("\(checksumFile) does not list \(secondWeightsFile), the weights of second_look")
        }
        guard look.sha256 == checksum else {
            throw .damaged("\(descriptionFile) belongs to other weights than \(secondWeightsFile)")
        }
        do throws(ModelError) {
            return try Safetensors(bytes: weights)
        } catch {
            throw .damaged("\(secondWeightsFile): \(error)")
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
package func sha256(_ bytes: [UInt8]) -> String {
    // libgcrypt wants to be asked for its version before its first use; libsystemd brings it into the process anyway.
    gcry_check_version(nil)
    var digest = [UInt8](repeating: 0, count: 32)
    gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), &digest, bytes, bytes.count)
    return digest.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
