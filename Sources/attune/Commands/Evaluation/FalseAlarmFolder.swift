import Audio
import Evaluation
import FoundationEssentials
import Glibc
import Models
import Spotting
import Time

/// The folder into which the worst false alarms are written, to be listened to.
struct FalseAlarmFolder {
    private let path: String

    /// What is written of a recording: so many seconds before the decision and after it.
    private static let before = 2.0
    private static let after = 0.5

    /// Makes the folder, so that a measurement of an hour does not end at a folder that cannot be written.
    init(path: String) throws {
        self.path = path
        try makeFolder(path, for: "false alarms")
    }

    /// One file an alarm, `wake-words-01-computer.wav` the worst of a group.
    func write(_ alarms: [FalseAlarm], of group: String, _ model: Model) throws {
        for (index, alarm) in alarms.enumerated() {
            // A recording that cannot be read was told of when it was measured.
            guard let sound = try? alarm.recording.samples() else { continue }
            let first = max(0, SampleRate.samples(seconds: alarm.seconds - Self.before))
            let last = SampleRate.samples(seconds: alarm.seconds + Self.after)
            let part = sound[min(first, sound.count)..<min(sound.count, last)]
            let samples = part.map { Int16(max(-32768, min(32767, $0 * 32768))) }
            let data =
                Data(WaveHeader.bytes(samples: samples.count)) + samples.withUnsafeBufferPointer { Data(buffer: $0) }
            let number = index < 9 ? "0\(index + 1)" : "\(index + 1)"
            let name = "\(group.replacing(" ", with: "-"))-\(number)-\(model.description.words[alarm.word]).wav"
            try writeFile(URL(filePath: path).appending(path: name), data)
        }
    }
}

/// Makes a folder in which something is to be written, or says that it cannot be.
func makeFolder(_ path: String, for what: String) throws {
    do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard access(path, W_OK) == 0 else { throw CocoaError(.fileWriteNoPermission) }
    } catch {
        complain("\(path): \(what) cannot be written there; give a folder that can be made or written")
        throw Exit.cannotCreate
    }
}

/// Writes a whole file, or says that it cannot be.
func writeFile(_ file: URL, _ data: Data) throws {
    do {
        try data.write(to: file, options: .atomic)
    } catch {
        complain("\(file.path): cannot be written; is the disk full?")
        throw Exit.cannotCreate
    }
}
