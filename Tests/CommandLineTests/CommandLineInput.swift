import Foundation
import Testing
import TestSupport

/// Runs `body` with an empty folder and a model that answers "left" whatever it hears.
func withModel(_ body: (_ folder: URL, _ model: ModelCopy) throws -> Void) throws {
    try withTemporaryFolder { folder in
        let model = try ModelCopy(in: folder)
        try model.answerAlways("left")
        try body(folder, model)
    }
}

/// A line of JSON as an object; fails where it is none.
func jsonObject(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
}

/// A file that is no recording, and what must be said of it.
struct BadRecording {
    let path: String
    let status: Int32
    let message: String
}

/// One bad recording of each kind.
func badRecordings(in folder: URL) throws -> [BadRecording] {
    let whole = Wave().bytes(noise(samples: 16000))
    var silent = [Float](repeating: 0, count: 16000)
    silent[8000] = .nan
    let subfolder = folder.appending(path: "folder.wav")
    try FileManager.default.createDirectory(at: subfolder, withIntermediateDirectories: true)
    return [
        BadRecording(path: "/nowhere/a.wav", status: 66, message: "no such file"),
        BadRecording(path: subfolder.path, status: 66, message: "it is a folder"),
        BadRecording(path: try folder.addingPipe("pipe.wav"), status: 66, message: "not a regular file"),
        BadRecording(path: try folder.adding("empty.wav", []), status: 65, message: "holds no samples"),
        BadRecording(path: try folder.adding("header.wav", Wave().bytes([])), status: 65, message: "holds no samples"),
        BadRecording(
            path: try folder.adding("text.wav", Array("left, right\n".utf8)), status: 65,
            message: "give WAV, FLAC, Ogg (Opus, Vorbis) or MP3"),
        BadRecording(
            path: try folder.adding("memo.m4a", [0, 0, 0, 0x1c] + Array("ftypM4A \0\0\0\0M4A mp42isom".utf8)),
            status: 65,
            message: "MPEG-4 (m4a, mp4) is not read here; give WAV, FLAC, Ogg (Opus, Vorbis) or MP3, for example by "
                + "\"ffmpeg -i RECORDING recording.wav\"\n"),
        BadRecording(
            path: try folder.adding("cut.wav", Array(whole[..<20044])), status: 65, message: "give a whole recording"),
        BadRecording(
            path: try folder.adding("nan.wav", Wave(encoding: .float32).bytes(silent)), status: 65,
            message: "samples that are not numbers"),
    ]
}
