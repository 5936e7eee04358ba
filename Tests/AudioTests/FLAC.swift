import CSndfile
import Testing

/// Writes a mono FLAC file at 16 kHz.
func writeFLAC(_ samples: [Float], to path: String) throws {
    var info = SF_INFO()
    info.samplerate = 16000
    info.channels = 1
    info.format = Int32(SF_FORMAT_FLAC) | Int32(SF_FORMAT_PCM_16)
    let handle = try #require(sf_open(path, Int32(SFM_WRITE), &info))
    let written = sf_writef_float(handle, samples, sf_count_t(samples.count))
    sf_close(handle)
    #expect(written == samples.count)
}
