import CALSA
import Glibc
import Synchronization

/// Fake microphones for this process and its children: writes their ALSA configuration and the files they play.
///
/// All of a process's microphones stand in one configuration file, each under a name of its own, so that tests can
/// run side by side: `ALSA_CONFIG_PATH` is set once, and the file only grows.
public final class FakeDevices: Sendable {
    /// The folder of the configuration, sounds and control files; removed when the process exits.
    public let folder: String
    /// What a child process needs as `ALSA_CONFIG_PATH`.
    public let configurationPath: String

    private let count = Mutex(0)

    /// The one of this process; sets `ALSA_CONFIG_PATH` when first used.
    public static let shared = FakeDevices()

    private init() {
        folder = "/tmp/attuned-fake-devices-\(getpid())"
        configurationPath = folder + "/asound.conf"
        mkdir(folder, 0o755)
        let library = Self.buildFolder + "/libFakeMicrophone.so"
        precondition(access(library, R_OK) == 0, "\(library) is missing: build the product FakeMicrophone")
        Self.write(
            """
            </usr/share/alsa/alsa.conf>
            pcm_type.attuned_fake { lib "\(library)" }

            """, to: configurationPath)
        setenv("ALSA_CONFIG_PATH", configurationPath, 1)
        atexit { FakeDevices.shared.removeFolder() }
    }

    private func removeFolder() {
        if let entries = opendir(folder) {
            while let entry = readdir(entries) {
                withUnsafeBytes(of: &entry.pointee.d_name) { name in
                    _ = unlink("\(folder)/\(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))")
                }
            }
            closedir(entries)
        }
        rmdir(folder)
    }

    /// The folder of this executable, where the build puts libraries too.
    public static var buildFolder: String {
        var path = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &path, path.count - 1)
        let text = String(decoding: path[..<max(0, length)].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }

    /// Adds a fake microphone that plays `sound` (raw bytes, as they shall be read) and returns it. `keys` are lines
    /// of its configuration; Tests/FakeMicrophone/FakeMicrophone.c has them all.
    public func microphone(playing sound: [UInt8] = [], keys: String = "") -> FakeDevice {
        let name = uniqueName()
        let base = "\(folder)/\(name)"
        Self.write(sound, to: base + ".raw")
        Self.write("", to: base + ".control")
        define(name, "type attuned_fake file \"\(base).raw\" control \"\(base).control\" \(keys)")
        return FakeDevice(name: name, soundPath: base + ".raw", controlPath: base + ".control")
    }

    /// Adds a PCM with this definition (what stands between its braces) and returns its name.
    public func pcm(_ definition: String) -> String {
        let name = uniqueName()
        define(name, definition)
        return name
    }

    private func uniqueName() -> String {
        count.withLock { count in
            count += 1
            return "fake\(count)"
        }
    }

    private func define(_ name: String, _ definition: String) {
        count.withLock { _ in
            Self.write("pcm.\(name) { \(definition) }\n", to: configurationPath, append: true)
            // libasound reads its configuration anew when the file's time stamp has changed, which counts in seconds.
            snd_config_update_free_global()
        }
    }

    static func write(_ text: String, to path: String, append: Bool = false) {
        write(Array(text.utf8), to: path, append: append)
    }

    static func write(_ bytes: [UInt8], to path: String, append: Bool = false) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0o644)
        precondition(descriptor >= 0, "cannot write \(path): \(String(cString: strerror(errno)))")
        defer { close(descriptor) }
        let written = Glibc.write(descriptor, bytes, bytes.count)
        precondition(written == bytes.count, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
