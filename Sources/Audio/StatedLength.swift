import Glibc

/// How long a WAV file says it is, read from its own chunks: libsndfile takes one that was cut short for a shorter one.
enum StatedLength {
    /// Programs that write into a pipe cannot know the length and state this or more.
    private static let unknown = 0x7fff_f000

    /// How many bytes of samples the file lacks; 0 if none, or if it is not WAV. Closes the file.
    static func missingBytes(ofWAV file: UnsafeMutablePointer<FILE>?) -> Int {
        guard let file else { return 0 }
        defer { fclose(file) }
        guard let start = read(12, from: file), start.starts(with: "RIFF".utf8), start[8...].elementsEqual("WAVE".utf8)
        else { return 0 }
        while let chunk = read(8, from: file) {
            let size = chunk[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
            if chunk.starts(with: "data".utf8) {
                let dataStart = ftell(file)
                guard size < unknown, fseek(file, 0, SEEK_END) == 0 else { return 0 }
                return max(0, dataStart + size - ftell(file))
            }
            // Chunks begin at even places.
            guard fseek(file, size + size % 2, SEEK_CUR) == 0 else { return 0 }
        }
        return 0
    }

    private static func read(_ count: Int, from file: UnsafeMutablePointer<FILE>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return fread(&bytes, 1, count, file) == count ? bytes : nil
    }
}
