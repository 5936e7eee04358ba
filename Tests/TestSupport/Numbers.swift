extension Array {
    /// Pieces of so many elements; the last may be shorter.
    public func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

/// The largest distance between two numbers at the same place; infinite if the lengths differ or one is no number.
public func largestDifference(_ first: [Float], _ second: [Float]) -> Float {
    guard first.count == second.count else { return .infinity }
    return zip(first, second).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) }.max() ?? 0
}
