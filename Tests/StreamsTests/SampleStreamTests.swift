import Realtime
import Streams
import Testing
import Time

/// The writer and the reader of the stream, without a device.
struct SampleStreamTests {
    private func numbers(_ range: Range<Int>) -> [Float] { range.map { Float($0) } }

    @Test func `a read ends before a gap, and the next begins with its mark`() {
        let samples = SampleRing(capacity: 100)
        let gaps = Ring<Gap>(capacity: 4)
        var writer = SampleWriter(samples: samples, gaps: gaps)
        let stream = SampleStream(name: "x", rate: 16_000, samples: samples, gaps: gaps, anchors: Ring(capacity: 1))
        numbers(0..<10).withUnsafeBufferPointer { writer.write($0) }
        writer.lose(5, .overrun)
        writer.lose(2, .suspended)
        numbers(17..<20).withUnsafeBufferPointer { writer.write($0) }
        var output = [Float](repeating: 0, count: 50)
        let first = output.withUnsafeMutableBufferPointer { stream.read(into: $0) }
        #expect(first.count == 10 && first.gap == nil)
        let second = output.withUnsafeMutableBufferPointer { stream.read(into: $0) }
        #expect(second.count == 3 && output[0] == 17)
        #expect(second.gap == Gap(position: 10, lostSamples: 7, cause: .overrun))
        #expect(output.withUnsafeMutableBufferPointer { stream.read(into: $0) }.count == 0)
    }

    @Test func `while no mark finds room, samples are refused and no gap is left unmarked`() {
        let samples = SampleRing(capacity: 100)
        let gaps = Ring<Gap>(capacity: 1)
        var writer = SampleWriter(samples: samples, gaps: gaps)
        let stream = SampleStream(name: "x", rate: 16_000, samples: samples, gaps: gaps, anchors: Ring(capacity: 1))
        for start in stride(from: 0, to: 9, by: 3) {
            if start > 0 { writer.lose(1_000, .overrun) }
            numbers(start..<(start + 3)).withUnsafeBufferPointer { writer.write($0) }
        }
        #expect(samples.refused == 3, "the third piece, for the second mark finds no room")
        var output = [Float](repeating: 0, count: 50)
        #expect(output.withUnsafeMutableBufferPointer { stream.read(into: $0) }.count == 3)
        #expect(output.withUnsafeMutableBufferPointer { stream.read(into: $0) }.gap?.lostSamples == 1_000)
        numbers(9..<12).withUnsafeBufferPointer { writer.write($0) }
        let last = output.withUnsafeMutableBufferPointer { stream.read(into: $0) }
        #expect(last.count == 3 && output[0] == 9)
        #expect(last.gap == Gap(position: 6, lostSamples: 1_003, cause: .overrun))
        #expect(writer.markedGaps == 2)
    }

    @Test func `when a sample was recorded is told by the newest of what was read, across gaps`() throws {
        let samples = SampleRing(capacity: 20_000)
        let gaps = Ring<Gap>(capacity: 4)
        let anchors = Ring<Anchor>(capacity: 8)
        var writer = SampleWriter(samples: samples, gaps: gaps)
        var anchorWriter = anchors.makeProducer()
        let stream = SampleStream(name: "x", rate: 16_000, samples: samples, gaps: gaps, anchors: anchors)
        #expect(stream.nanoseconds(at: 0) == nil)
        var output = [Float](repeating: 0, count: 400)
        var position = 0
        // A clock of half its nominal speed, which stood for a second in the middle.
        for period in 1...100 {
            let time = Int64(period) * 20_000_000 + (period > 50 ? 1_000_000_000 : 0)
            if period == 51 {
                writer.lose(8_000, .stalled)
                position += 8_000
            }
            position += 160
            _ = anchorWriter.push(Anchor(position: position, nanoseconds: time, nanosecondsPerSample: 125_000))
            numbers(0..<160).withUnsafeBufferPointer { writer.write($0) }
            _ = output.withUnsafeMutableBufferPointer { stream.read(into: $0) }
            #expect(stream.nanoseconds(at: Double(position)) == time)
            #expect(stream.nanoseconds(at: Double(position - 80)) == time - 10_000_000)
        }
    }

    @Test(arguments: [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
    func `of every hop that comes a hop is heard at once, at whatever rate it comes, also after a gap`(rate: Int) {
        let hop = rate * 80 / 1000
        let samples = SampleRing(capacity: 2 * hop)
        let gaps = Ring<Gap>(capacity: 4)
        var writer = SampleWriter(samples: samples, gaps: gaps)
        let stream = SampleStream(name: "x", rate: rate, samples: samples, gaps: gaps, anchors: Ring(capacity: 64))
        var (heard, hops) = (0, 0)
        var ahead: [Int] = []
        for number in 0..<50 {
            if number == 20 {
                writer.lose(hop, .overrun)
                (heard, hops) = (0, 0)
            }
            numbers(0..<hop).withUnsafeBufferPointer { writer.write($0) }
            while case let (count, _) = stream.read(), count > 0 { heard += stream.heard(count).count }
            hops += 1
            ahead.append(heard - hops * 1280)
        }
        #expect(ahead.min()! >= 0)
        // What comes sooner is silence from before it: what the resampler may hold back.
        #expect(ahead.max()! <= 640)
    }

    @Test func `two threads: every sample is where the gaps before it say, however the reader lags`() throws {
        let samples = SampleRing(capacity: 97)
        let gaps = Ring<Gap>(capacity: 3)
        let written = Wakeup()
        let total = 400_000
        let thread = try RealtimeThread(name: "writer") {
            var writer = SampleWriter(samples: samples, gaps: gaps)
            var next = 0
            while next < total {
                let piece = (next..<(next + 10)).map { Float($0) }
                if next % 1_990 == 0 {
                    writer.lose(10, .overrun)
                } else {
                    piece.withUnsafeBufferPointer { writer.write($0) }
                }
                next += 10
                written.signal()
                if next % 500 == 0 { MonotonicClock.sleep(nanoseconds: 1_000) }
            }
        }
        let stream = SampleStream(name: "x", rate: 16_000, samples: samples, gaps: gaps, anchors: Ring(capacity: 1))
        var buffer = [Float](repeating: 0, count: 41)
        var expected = 0
        var isOver = false
        while true {
            let (count, gap) = buffer.withUnsafeMutableBufferPointer { stream.read(into: $0) }
            if let gap {
                #expect(gap.position == stream.readCount - count)
                expected += gap.lostSamples
            }
            for sample in buffer[..<count] {
                try #require(sample == Float(expected), "at position \(stream.readCount)")
                expected += 1
            }
            if count == 0 {
                if isOver { break }
                isOver = thread.join(timeout: .zero)
                if !isOver { _ = written.wait(timeout: .milliseconds(100)) }
            }
        }
        #expect(expected > total / 2 && expected <= total)
    }
}
