/// How fast a device's clock goes against the machine's, measured while it records: the one place where the two are compared.
///
/// A line of least squares through how much it had recorded at which time: a point a second, or a period where that is longer,
/// and the last 128 of them. Where samples are missing, or the line jumps, it is broken: the pieces share their slope and
/// nothing else, so no gap bends it. Good to some 50 ppm after ten seconds, 5 ppm after two minutes. Allocates nothing.
package struct DeviceClock {
    /// Speeds that a device may have. What is beyond them has no clock of its own, or does not say the truth.
    package static let plausible = 0.85...1.15

    private struct Point: BitwiseCopyable {
        var seconds = 0.0
        var samples = 0.0
        var piece = 0
    }

    private let rate: Double
    private let start: Int64
    private let spacingSeconds: Double
    /// How far a point may lie from where the line leads before that is a jump.
    private let jumpSeconds: Double
    private var points = InlineArray<128, Point>(repeating: Point())
    private var count = 0
    private var piece = 0
    private var jumps = 0
    /// Of the points since the last one that was kept, the one that was least late, and when the first of them came.
    private var best: Point?
    private var firstSeconds = 0.0

    /// Seconds that the line must cover before it is believed.
    private static let leastSeconds = 10.0
    /// So many jumps in a row are no accident: the clock has become another one.
    private static let mostJumps = 3

    /// Samples of the device's clock in the time of one sample at its nominal rate; 1 while it is not known.
    package private(set) var ratio = 1.0
    package private(set) var isKnown = false

    /// How much faster than nominal the clock goes, in millionths; nil while it is not known.
    package var partsPerMillion: Double? { isKnown ? (ratio - 1) * 1e6 : nil }

    package init(format: CaptureFormat, now: Int64) {
        rate = Double(format.rate)
        start = now
        let periodSeconds = Double(format.periodSamples) / rate
        spacingSeconds = max(1, periodSeconds)
        jumpSeconds = max(0.1, 2 * periodSeconds)
    }

    /// Samples of the device in so much time, by the clock that it has.
    package func samples(inNanoseconds time: Int64) -> Double { Double(time) * 1e-9 * rate * ratio }

    /// How long the device takes for so many samples.
    package func nanoseconds(ofSamples samples: Double) -> Double { samples * 1e9 / (rate * ratio) }

    /// Notes that the device has recorded so many samples by now, read or not, since it was opened.
    package mutating func note(recorded: Int, now: Int64) {
        let point = Point(seconds: Double(now - start) * 1e-9, samples: Double(recorded), piece: piece)
        guard let earlier = best else {
            (best, firstSeconds) = (point, point.seconds)
            return
        }
        // A thread may come late to what was recorded; nobody can come early.
        let least = lead(point) >= lead(earlier) ? point : earlier
        best = least
        if point.seconds - firstSeconds >= spacingSeconds {
            keep(least)
            best = nil
        }
    }

    /// Samples are missing from here on: what comes has nothing to do with the line up to now.
    package mutating func breakLine() {
        piece += 1
        best = nil
    }

    private func lead(_ point: Point) -> Double { point.samples - point.seconds * rate * ratio }

    private mutating func keep(_ point: Point) {
        var point = point
        if count > 0, points[count - 1].piece == piece {
            let last = points[count - 1]
            let span = point.seconds - last.seconds
            let allowed = jumpSeconds + (isKnown ? 0 : span * 0.15)
            if abs(lead(point) - lead(last)) > allowed * rate {
                piece += 1
                point.piece = piece
                jumps += 1
                if jumps >= Self.mostJumps { (count, jumps, isKnown, ratio) = (0, 0, false, 1) }
            } else {
                jumps = 0
            }
        }
        if count == points.count {
            for index in 1..<count { points[index - 1] = points[index] }
            count -= 1
        }
        points[count] = point
        count += 1
        fit()
    }

    /// One slope for all pieces, each about its own mean.
    private mutating func fit() {
        var (covered, squares, products) = (0.0, 0.0, 0.0)
        var first = 0
        while first < count {
            var last = first
            var (seconds, samples) = (0.0, 0.0)
            while last < count, points[last].piece == points[first].piece {
                seconds += points[last].seconds - points[first].seconds
                samples += points[last].samples - points[first].samples
                last += 1
            }
            let number = Double(last - first)
            let mean = (
                seconds: points[first].seconds + seconds / number, samples: points[first].samples + samples / number
            )
            for index in first..<last {
                let distance = points[index].seconds - mean.seconds
                squares += distance * distance
                products += distance * (points[index].samples - mean.samples)
            }
            covered += points[last - 1].seconds - points[first].seconds
            first = last
        }
        // Before and after that the last slope that was known is the best guess.
        guard covered >= Self.leastSeconds, squares > 0 else { return }
        let slope = products / squares / rate
        isKnown = Self.plausible.contains(slope)
        ratio = isKnown ? slope : 1
    }
}
