import CSndfile
import Testing

/// Writes a mono FLAC file at 16 kHz.
func writeFLAC(_ samples: [Float], to path: String) throws {
    try writeSound(samples, to: path, format: Int32(SF_FORMAT_FLAC) | Int32(SF_FORMAT_PCM_16))
}

/// Writes a mono file at 16 kHz in any format of libsndfile; MP3 at a variable bit rate.
func writeSound(_ samples: [Float], to path: String, format: Int32) throws {
    var info = SF_INFO()
    info.samplerate = 16000
    info.channels = 1
    info.format = format
    let handle = try #require(sf_open(path, Int32(SFM_WRITE), &info))
    var mode = Int32(SF_BITRATE_MODE_VARIABLE)
    sf_command(handle, Int32(SFC_SET_BITRATE_MODE), &mode, Int32(MemoryLayout.size(ofValue: mode)))
    let written = sf_writef_float(handle, samples, sf_count_t(samples.count))
    sf_close(handle)
    #expect(written == samples.count)
}
