import Foundation
import Models
import Spotting
import TestSupport
import Testing

struct SpotterTests {
    let model: Model
    /// Lets every label of any model fire as soon as it leads, so that what is tested does not depend on what the model
    /// has learned.
    let eager: DecisionPolicy

    init() throws {
        model = try Model(path: Fixture.modelPath)
        var policy = DecisionPolicy(model.description)
        let rules = WordPolicy(threshold: 0.001, refractorySamples: 0)
        policy.words = Array(repeating: rules, count: policy.words.count)
        policy.crossWordRefractorySamples = 0
        policy.rearmRatio = 10000
        eager = policy
    }

    @Test(arguments: [0, 1, 159, 160, 1279, 1280, 1281, 2559, 2560, 16000, 48000])
    func `frames and windows are counted as they come`(count: Int) {
        let spotter = Spotter(model, policy: eager)
        spotter.process(noise(samples: count)) { _ in }
        #expect(spotter.samples == UInt64(count))
        // The stream begins in silence, so that the first window ends with the first hop.
        #expect(spotter.frames == UInt64(count / 160) && spotter.windows == UInt64(count / 1280))
    }

    @Test(arguments: [0, 1, 480, 1599, 1600, 5000])
    func `the next window comes with the sample that was foretold`(count: Int) {
        let spotter = Spotter(model, policy: eager)
        spotter.process(noise(samples: count)) { _ in }
        let windows = spotter.windows
        spotter.process(noise(samples: spotter.samplesToWindow - 1)) { _ in }
        #expect(spotter.windows == windows && spotter.samplesToWindow == 1)
        spotter.process(noise(samples: 1)) { _ in }
        #expect(spotter.windows == windows + 1 && spotter.samplesToWindow == model.description.hopSamples)
    }

    @Test(arguments: [1, 7, 160, 161, 480, 1280, 4096])
    func `a stream gives the same detections to the last bit however it is cut`(cut: Int) {
        let samples = sound(seconds: 8)
        let whole = detections(of: [samples])
        #expect(whole.count > 10)
        #expect(detections(of: samples.chunks(of: cut) + [[]]) == whole)
    }

    @Test
    func `a detection lies within the stream, before the samples that decided it`() {
        let spotter = Spotter(model, policy: eager)
        var heard: UInt64 = 0
        for block in sound(seconds: 8).chunks(of: 160) {
            heard += UInt64(block.count)
            spotter.process(block) { detection in
                #expect(detection.startSample <= detection.endSample)
                #expect(detection.endSample <= detection.decisionSample)
                // Periods end where frames end.
                #expect(detection.decisionSample == heard)
                #expect(detection.endSample + UInt64(model.description.windowSamples) >= heard)
                #expect(detection.confidence >= detection.threshold && detection.confidence <= 1)
                #expect(detection.levelDBFS >= -120 && detection.levelDBFS < 0)
                #expect(detection.processingSeconds > 0)
                #expect(detection.latencyMilliseconds == Double(detection.decisionSample - detection.endSample) / 16)
            }
        }
    }

    @Test(arguments: [(20000, UInt64(0)), (20000, 1), (31234, 160_000), (1600, 12345), (0, 777), (479, 5)])
    func `after a gap the stream is heard as if it began there, at its own positions`(before: Int, lost: UInt64) {
        let after = sound(seconds: 4)
        let spotter = Spotter(model, policy: eager)
        spotter.process(noise(samples: before, amplitude: 0.5, seed: 9)) { _ in }
        spotter.skip(lostSamples: lost)
        let start = UInt64(before) + lost
        #expect(spotter.samples == start)
        var actual: [Detection] = []
        spotter.process(after) { actual.append(timeless($0)) }
        let expected = detections(of: [after]).map { detection in
            var moved = detection
            moved.startSample += start
            moved.endSample += start
            moved.decisionSample += start
            return moved
        }
        #expect(!actual.isEmpty)
        #expect(actual == expected)
        #expect(spotter.samples == start + UInt64(after.count))
    }

    @Test
    func `another policy counts from the next window`() {
        let spotter = Spotter(model, policy: eager)
        var count = 0
        spotter.process(sound(seconds: 4)) { _ in count += 1 }
        #expect(count > 0)
        var deaf = eager
        for word in deaf.words.indices { deaf.words[word].enabled = false }
        spotter.apply(deaf)
        spotter.process(sound(seconds: 4)) { _ in Issue.record("heard a word that is not listened for") }
        spotter.apply(eager)
        count = 0
        spotter.process(sound(seconds: 4)) { _ in count += 1 }
        #expect(count > 0)
    }

    @Test
    func `a model that is sure of a word hears it once, however long it goes on`() throws {
        let sure = try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            try copy.answerAlways("left")
            return try Model(path: copy.path)
        }
        let spotter = Spotter(sure, policy: DecisionPolicy(sure.description))
        var words: [String] = []
        spotter.process(noise(samples: 160_000, seed: 11)) { words.append(sure.description.words[Int($0.word)]) }
        #expect(words == ["left"])
    }

    @Test
    func `what was heard before a stream began has no part in it, not even when words were heard`() {
        var policy = eager
        for word in policy.words.indices { policy.words[word].refractorySamples = 1_000_000 }
        policy.crossWordRefractorySamples = 1_000_000
        let spotter = Spotter(model, policy: policy)
        func heard() -> [Detection] {
            var detections: [Detection] = []
            spotter.process(sound(seconds: 4)) { detections.append(timeless($0)) }
            return detections
        }
        let first = heard()
        #expect(!first.isEmpty && heard() != first, "words that were just heard are not heard again")
        spotter.process(noise(samples: 12_345)) { _ in }
        spotter.begin()
        #expect(spotter.samples == 0 && spotter.windows == 0)
        #expect(heard() == first)
        spotter.begin(eager)
        #expect(heard() == detections(of: [sound(seconds: 4)]))
    }

    @Test
    func `streams that share a workbench hear what each would hear alone`() throws {
        for path in [Fixture.modelPath, Fixture.twoNetworksPath] {
            let model = try Model(path: path)
            let workbench = Workbench(model)
            let sounds = [beeps(hertz: [440, 700, 1600]), sound(seconds: 5), noise(samples: 60_000)]
            let policy = DecisionPolicy(model.description)
            let spotters = sounds.map { _ in Spotter(on: workbench, policy: policy) }
            for spotter in spotters { spotter.reportsAsides = true }
            var together = sounds.map { _ in [Detection]() }
            for start in stride(from: 0, to: 80_000, by: 777) {
                for (index, sound) in sounds.enumerated() where start < sound.count {
                    spotters[index].process(Array(sound[start..<min(start + 777, sound.count)])) {
                        together[index].append(timeless($0))
                    }
                }
            }
            for (index, sound) in sounds.enumerated() {
                let alone = Spotter(model, policy: policy)
                alone.reportsAsides = true
                var expected: [Detection] = []
                alone.process(Array(sound.prefix(80_000 / 777 * 777 + 777))) { expected.append(timeless($0)) }
                #expect(together[index] == expected)
            }
        }
    }

    @Test(arguments: [1, 3, 8])
    func `pieces of streams that are heard together give what each gives alone`(streams: Int) throws {
        let workbench = Workbench(model, streams: streams)
        let sounds = (0..<5).map { Array(sound(seconds: 6).dropFirst($0 * 1000)) }
        let spotters = sounds.map { _ in Spotter(on: workbench, policy: eager) }
        var together = sounds.map { _ in [Detection]() }
        var starts = sounds.map { _ in 0 }
        // Pieces of many lengths, from none to several hops; some streams rest meanwhile.
        var round = 0
        while zip(starts, sounds).contains(where: { $0 < $1.count }) {
            round += 1
            let places = sounds.indices.filter { ($0 + round) % 4 != 0 }
            let samples = places.map { place in
                Array(sounds[place][starts[place]...].prefix((place + 1) * round * 997 % 5000))
            }
            let joined = samples.flatMap { $0 }
            joined.withUnsafeBufferPointer { joined in
                var first = 0
                var pieces = zip(places, samples).map { place, samples in
                    defer { first += samples.count }
                    return Workbench.Piece(
                        spotters[place], UnsafeBufferPointer(rebasing: joined[first..<first + samples.count]))
                }
                workbench.hear(&pieces) { together[places[$0]].append(timeless($1)) }
            }
            for (place, samples) in zip(places, samples) { starts[place] += samples.count }
        }
        for (place, sound) in sounds.enumerated() {
            let alone = Spotter(model, policy: eager)
            var expected: [Detection] = []
            alone.process(sound) { expected.append(timeless($0)) }
            #expect(!expected.isEmpty && together[place] == expected)
            #expect(spotters[place].samples == alone.samples && spotters[place].windows == alone.windows)
        }
    }

    @Test
    func `a stream beside others needs at most 200 KB`() throws {
        let workbench = Workbench(model)
        var spotters: [Spotter] = []
        func residentBytes() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return try #require(Int(fields[1])) * sysconf(Int32(_SC_PAGESIZE))
        }
        // What was freed before is taken first.
        for _ in 0..<100 { spotters.append(Spotter(on: workbench, policy: DecisionPolicy(model.description))) }
        let before = try residentBytes()
        for _ in 0..<400 { spotters.append(Spotter(on: workbench, policy: DecisionPolicy(model.description))) }
        let each = (try residentBytes() - before) / 400
        #expect((50 * 1024...200 * 1024).contains(each), "\(each) bytes")
    }

    /// Noise with a tone in each second.
    private func sound(seconds: Int) -> [Float] {
        var samples = noise(samples: seconds * 16000, amplitude: 0.01, seed: 3)
        for second in 0..<seconds {
            for (index, sample) in tone(hertz: 200 + 150 * Double(second), samples: 5000).enumerated() {
                samples[second * 16000 + 6000 + index] += sample
            }
        }
        return samples
    }

    private func detections(of blocks: [[Float]]) -> [Detection] {
        let spotter = Spotter(model, policy: eager)
        var detections: [Detection] = []
        for block in blocks { spotter.process(block) { detections.append(timeless($0)) } }
        return detections
    }

    /// Without how long computing took.
    private func timeless(_ detection: Detection) -> Detection {
        var detection = detection
        detection.processingSeconds = 0
        return detection
    }
}

extension Spotter {
    fileprivate func process(_ samples: [Float], _ body: (Detection) -> Void) {
        samples.withUnsafeBufferPointer { process($0, body) }
    }
}
