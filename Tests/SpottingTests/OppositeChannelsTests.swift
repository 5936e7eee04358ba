import Audio
import Models
import Spotting
import TestSupport
import Testing

struct OppositeChannelsTests {
    @Test(arguments: [[1, -1], [-0.3, 1], [1, 1, -1, -1]] as [[Float]])
    func `a recording whose channels are opposite has the word that is in it`(gains: [Float]) throws {
        let model = try Model(path: Fixture.modelPath)
        let keyword = try #require(model.description.selfTest)
        let clip = try MonoReader(path: model.selfTestPath).readAll(longestSeconds: 5)
        let hiss = gains.indices.map { noise(samples: clip.count, amplitude: 0.0003, seed: UInt64($0 + 1)) }
        let channels = clip.indices.flatMap { place in
            gains.indices.map { clip[place] * gains[$0] * 0.9 + hiss[$0][place] }
        }
        let wave = Wave(channels: gains.count, encoding: .float32).bytes(channels)
        let samples = try MonoReader(AudioFile(bytes: wave, name: "opposite.wav")).readAll(longestSeconds: 5)
        #expect(ClipClassifier(model).classify(samples).label == keyword)
    }
}
