import Audio
import FoundationEssentials
import Glibc
import Protocol
import Time

/// Why marks cannot be kept or read, in words for a person.
struct MarkStoreError: Error, CustomStringConvertible {
    let description: String
}

/// What was marked, as files in a folder of the daemon's own: `NAME.json`, the line of a ``Mark``, and where it is kept `NAME.wav`,
/// its sound. Bounded in number, and so in size, and in age. One thread at a time.
struct MarkStore: Sendable {
    /// The oldest are dropped for those that come: at most 50 MB of sound.
    static let most = 500

    let path: String

    /// All that are not too old, the oldest first; what is too old, damaged or half written is deleted.
    func load(notOlderThanDays days: Int) -> [Mark] {
        let names = names
        let oldest = Timestamp.now().millisecondsSince1970 - Int64(days) * 86_400_000
        var marks: [Mark] = []
        for name in names {
            guard let mark = read(name), mark.timestamp.millisecondsSince1970 >= oldest else {
                delete(name)
                continue
            }
            marks.append(mark)
        }
        for name in names.dropLast(Self.most) { delete(name) }
        return marks.suffix(Self.most)
    }

    /// Keeps a mark: complete, or not at all.
    func add(_ mark: Mark, _ samples: [Int16]) throws(MarkStoreError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(errno) }
        let place = "\(path)/\(mark.name)"
        do throws(MarkStoreError) {
            if mark.hasAudio { try write(Self.wave(samples), to: "\(place).wav") }
            var line = JSONLine()
            mark.addFields(to: &line)
            try write(line.utf8, to: "\(place).json.new")
            guard rename("\(place).json.new", "\(place).json") == 0 else { throw failure(errno) }
        } catch {
            delete(mark.name)
            throw error
        }
    }

    /// What is kept of a mark's sound: 16 kHz, -1 to 1; nil where none is, or it cannot be read.
    func sound(of mark: Mark) -> [Float]? {
        guard mark.hasAudio else { return nil }
        return try? MonoReader(path: "\(path)/\(mark.name).wav").readAll(longestSeconds: 60)
    }

    /// Deletes all.
    func forget() throws(MarkStoreError) {
        for name in entries { unlink("\(path)/\(name)") }
        guard entries.isEmpty else { throw failure(errno) }
    }

    private var entries: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    /// Of every file once; names sort by time.
    private var names: [String] { Set(entries.map { String($0.prefix { $0 != "." }) }).sorted() }

    private func read(_ name: String) -> Mark? {
        let descriptor = open("\(path)/\(name).json", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return try? JSONDecoder().decode(Mark.self, from: Data(bytes.prefix(max(0, count))))
    }

    private func delete(_ name: String) {
        for suffix in ["json", "json.new", "wav"] { unlink("\(path)/\(name).\(suffix)") }
    }

    private func write(_ bytes: [UInt8], to file: String) throws(MarkStoreError) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        let count = Glibc.write(descriptor, bytes, bytes.count)
        guard count == bytes.count else { throw failure(count < 0 ? errno : ENOSPC) }
    }

    private func failure(_ code: Int32) -> MarkStoreError {
        MarkStoreError(description: "cannot keep marks in \(path): \(String(cString: strerror(code)))")
    }

    /// A WAV file of 16 bits, mono.
    private static func wave(_ samples: [Int16]) -> [UInt8] {
        func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian, Array.init)
        }
        let (rate, bytes) = (UInt32(SampleRate.perSecond), UInt32(2 * samples.count))
        var file = Array("RIFF".utf8) + little(36 + bytes) + Array("WAVEfmt ".utf8) + little(UInt32(16))
        file += little(UInt16(1)) + little(UInt16(1)) + little(rate) + little(2 * rate)
        file += little(UInt16(2)) + little(UInt16(16)) + Array("data".utf8) + little(bytes)
        for sample in samples { file += little(sample) }
        return file
    }
}
