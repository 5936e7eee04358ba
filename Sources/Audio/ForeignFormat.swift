/// A format of recordings that is not read here, known by its first bytes: what telephones and browsers write.
public enum ForeignFormat: String, CaseIterable, Sendable {
    case mpeg4 = "MPEG-4 (m4a, mp4)"
    case webM = "WebM or Matroska"
    case aac = "AAC"
    case amr = "AMR"
    case windowsMedia = "Windows Media (wma)"

    /// The format of a file's content; nil if it is none of these.
    public init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes.prefix(16))
        switch bytes {
        case _ where bytes.dropFirst(4).starts(with: "ftyp".utf8): self = .mpeg4
        case _ where bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]): self = .webM
        case _ where bytes.starts(with: "#!AMR".utf8): self = .amr
        case _ where bytes.starts(with: [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]): self = .windowsMedia
        // ADTS: twelve bits of synchronisation, then layer 0, which MPEG audio such as MP3 never has.
        case _ where bytes.count > 1 && bytes[0] == 0xFF && bytes[1] & 0xF6 == 0xF0: self = .aac
        default: return nil
        }
    }

    /// What it is and what to do, to stand behind the file's name.
    public var advice: String {
        "\(rawValue) is not read here; give WAV, FLAC, Ogg (Opus, Vorbis) or MP3, for example by "
            + "\"ffmpeg -i RECORDING recording.wav\""
    }
}
