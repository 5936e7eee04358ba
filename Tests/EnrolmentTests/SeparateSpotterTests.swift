import Audio
import Enrolment
import Models
import Spotting
import TestSupport
import Testing

struct SeparateSpotterTests {
    @Test
    func `words that hide each other are heard as by a spotter for each`() throws {
        let model = try Model(path: Fixture.modelPath)
        let folder = Fixture.repository.appending(path: "Config/demo/hey-pantry").path
        let recordings = try (1...5).map {
            try MonoReader(path: "\(folder)/takes/\($0).flac").readAll(longestSeconds: 5)
        }
        let takes = try recordings.enumerated().map { try Take(name: "\($0.offset)", samples: $0.element) }
        let enrolment = try Enrolment(model)
        let words = [
            try enrolment.teach("hey pantry", takes: Array(takes[..<3])).word,
            try enrolment.teach("hello pantry", takes: takes).word,
        ]
        let others = ["\(folder)/another.wav", Fixture.repository.appending(path: "Config/demo/demo.wav").path]
        let sounds = try recordings + others.map { try MonoReader(path: $0).readAll(longestSeconds: 60) }
        func alone(_ words: [OwnWord], _ sound: [Float]) -> [Int] {
            let taught = model.teaching(words)
            let spotter = Spotter(taught, policy: DecisionPolicy(taught.description))
            var events = words.map { _ in 0 }
            func count(_ detection: Detection) {
                let place = Int(detection.word) - model.description.words.count
                if place >= 0 { events[place] += 1 }
            }
            sound.withUnsafeBufferPointer { spotter.process($0, count) }
            spotter.finish(count)
            return events
        }
        let separate = SeparateSpotter(words, to: model) { DecisionPolicy($0) }
        var (all, together) = (0, 0)
        for sound in sounds {
            separate.begin()
            separate.process(sound)
            separate.finish()
            #expect(separate.events == words.flatMap { alone([$0], sound) })
            all += separate.events.reduce(0, +)
            together += alone(words, sound).reduce(0, +)
        }
        // They do hide each other where one decision is made on all of them.
        #expect(all > together && together > 0)
    }
}
