import Spotting
import Testing

struct WordLocatorTests {
    private static let frames = 145

    @Test(arguments: [60..<90, 5..<20, 130..<140, 0..<30])
    func `a burst is found where it is, at its level`(burst: Range<Int>) {
        var locator = locator(bursts: [(burst, 1e-2)])
        let place = locator.locate(centre: burst.lowerBound + burst.count / 2, reach: 40)
        #expect(abs(place.first - burst.lowerBound) <= 1)
        #expect(abs(place.last - (burst.upperBound - 1)) <= 1)
        #expect(abs(place.levelDB - -20) < 1)
    }

    @Test(arguments: [(8, 50), (20, 70)])
    func `a short pause is part of the word, a long one ends it`(pauseFrames: Int, first: Int) {
        var locator = locator(bursts: [(50..<(70 - pauseFrames), 1e-2), (70..<90, 1e-2)])
        #expect(abs(locator.locate(centre: 80, reach: 5).first - first) <= 1)
    }

    @Test
    func `a louder sound out of reach is another word`() {
        var locator = locator(bursts: [(20..<30, 1e-1), (100..<120, 1e-3)])
        let place = locator.locate(centre: 105, reach: 40)
        #expect(abs(place.first - 100) <= 1 && abs(place.last - 119) <= 1)
        let nearer = locator.locate(centre: 65, reach: 40)
        #expect(abs(nearer.first - 20) <= 1 && abs(nearer.last - 29) <= 1)
    }

    @Test(arguments: [0, 1, 72, 144, 145, 1000])
    func `what came before the window does not count`(framesBefore: Int) {
        var locator = WordLocator(frames: Self.frames)
        for _ in 0..<framesBefore { locator.append(meanSquare: 1) }
        append(bursts: [(60..<90, 1e-2)], to: &locator)
        let place = locator.locate(centre: 75, reach: 40)
        #expect(abs(place.first - 60) <= 1 && abs(place.last - 89) <= 1)
    }

    @Test(arguments: [Float(0), 1e-30, 1])
    func `a window without any edge is one place within it`(meanSquare: Float) {
        var locator = WordLocator(frames: Self.frames)
        for _ in 0..<Self.frames { locator.append(meanSquare: meanSquare) }
        let place = locator.locate(centre: 70, reach: 40)
        #expect((0...70).contains(place.first) && (70..<Self.frames).contains(place.last))
        #expect(place.levelDB == (meanSquare == 1 ? 0 : -120))
    }

    private func locator(bursts: [(frames: Range<Int>, meanSquare: Float)]) -> WordLocator {
        var locator = WordLocator(frames: Self.frames)
        append(bursts: bursts, to: &locator)
        return locator
    }

    /// One window of noise at -60 dB with bursts in it.
    private func append(bursts: [(frames: Range<Int>, meanSquare: Float)], to locator: inout WordLocator) {
        for frame in 0..<Self.frames {
            locator.append(meanSquare: bursts.first { $0.frames.contains(frame) }?.meanSquare ?? 1e-6)
        }
    }
}
