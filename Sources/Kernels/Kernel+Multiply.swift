extension Kernel {
    /// Outputs are computed in tiles of this many; packed weights and output vectors are padded to a multiple of it.
    public static let tileWidth = 16

    /// Matrix product with a bias: `output[lane][o] = bias[o] + Σ weights[o][i] · input[lane][i]`.
    ///
    /// Takes four or five lanes at a time, so that a weight that was read counts for all of them.
    ///
    /// - Parameters:
    ///   - weights: packed as `[outputs / 16][inputs][16]`.
    ///   - bias: `[outputs]`, the same for all lanes.
    ///   - input: `[lanes][inputs]`, vectors `inputStride` apart.
    ///   - output: `[lanes][outputs]`, vectors `outputs` apart; may not overlap the others.
    ///   - outputs: a multiple of `tileWidth`.
    public static func multiply(
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        input: UnsafePointer<Float>, inputs: Int, inputStride: Int,
        output: UnsafeMutablePointer<Float>, outputs: Int, lanes: Int
    ) {
        var first = 0
        while first < outputs {
            let tiles = min(tilesAtOnce, (outputs - first) / tileWidth)
            let (tile, tileBias) = (weights + first * inputs, bias + first)
            var lane = 0
            while lanes - lane >= fewestOfFour {
                let from = Lanes(input, inputStride, lane, of: lanes)
                let to = Lanes(output + first, outputs, lane, of: lanes)
                // Ten lanes are twice five, and not four, four and a remainder that takes as long as four.
                let isFive = lanes - lane >= 5 && (lanes - lane) % 4 != 0
                lane += isFive ? 5 : 4
                #if WIDE_REGISTERS
                    if tiles == 2 {
                        if isFive {
                            multiplyTwoTiles(tile, tileBias, from, inputs, to, isFive: true)
                        } else {
                            multiplyTwoTiles(tile, tileBias, from, inputs, to, isFive: false)
                        }
                        continue
                    }
                #endif
                if isFive {
                    multiplyTile(tile, tileBias, from, inputs, to, isFive: true)
                } else {
                    multiplyTile(tile, tileBias, from, inputs, to, isFive: false)
                }
            }
            while lane < lanes {
                for next in 0..<tiles {
                    multiplyTile(
                        tile + next * tileWidth * inputs, tileBias + next * tileWidth, input + lane * inputStride,
                        inputs,
                        output + lane * outputs + first + next * tileWidth)
                }
                lane += 1
            }
            first += tiles * tileWidth
        }
    }

    // Sums of four lanes in eight registers: so many multiplications are under way at once that none waits for one before.
    #if WIDE_REGISTERS
        private static var tilesAtOnce: Int { 2 }
    #else
        private static var tilesAtOnce: Int { 1 }
    #endif
    #if FUSED_MULTIPLY_ADD || arch(arm64)
        private typealias Columns = SIMD16<Float>
        /// So many lanes are taken as four, the last one again and again.
        private static var fewestOfFour: Int { 2 }
    #else
        private typealias Columns = SIMD8<Float>
        private static var fewestOfFour: Int { 3 }
    #endif

    /// `multiply` for four or five lanes and one tile of outputs.
    @inline(__always) private static func multiplyTile(
        _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ input: Lanes, _ inputs: Int, _ output: Lanes,
        isFive: Bool
    ) {
        var column = 0
        while column < tileWidth {
            var sum0: Columns = read(bias + column)
            var (sum1, sum2, sum3, sum4) = (sum0, sum0, sum0, sum0)
            var row = weights + column
            for i in 0..<inputs {
                let weight: Columns = read(row)
                add(weight, input.first[i], to: &sum0)
                add(weight, input.second[i], to: &sum1)
                add(weight, input.third[i], to: &sum2)
                add(weight, input.fourth[i], to: &sum3)
                if isFive { add(weight, input.fifth[i], to: &sum4) }
                row += tileWidth
            }
            write(sum0, output.first + column)
            write(sum1, output.second + column)
            write(sum2, output.third + column)
            write(sum3, output.fourth + column)
            if isFive { write(sum4, output.fifth + column) }
            column += Columns.scalarCount
        }
    }

    /// `multiply` for one lane and one tile of outputs.
    @inline(__always) private static func multiplyTile(
        _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ input: UnsafePointer<Float>, _ inputs: Int,
        _ output: UnsafeMutablePointer<Float>
    ) {
        var column = 0
        while column < tileWidth {
            var sum: Columns = read(bias + column)
            var row = weights + column
            for i in 0..<inputs {
                add(read(row), input[i], to: &sum)
                row += tileWidth
            }
            write(sum, output + column)
            column += Columns.scalarCount
        }
    }

    #if WIDE_REGISTERS
        /// `multiply` for four or five lanes and two tiles of outputs, where a tile is one register.
        @inline(__always) private static func multiplyTwoTiles(
            _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ input: Lanes, _ inputs: Int,
            _ output: Lanes,
            isFive: Bool
        ) {
            var left0: Columns = read(bias)
            var (left1, left2, left3, left4) = (left0, left0, left0, left0)
            var right0: Columns = read(bias + tileWidth)
            var (right1, right2, right3, right4) = (right0, right0, right0, right0)
            var row = weights
            let next = tileWidth * inputs
            for i in 0..<inputs {
                let (left, right): (Columns, Columns) = (read(row), read(row + next))
                add(left, input.first[i], to: &left0)
                add(right, input.first[i], to: &right0)
                add(left, input.second[i], to: &left1)
                add(right, input.second[i], to: &right1)
                add(left, input.third[i], to: &left2)
                add(right, input.third[i], to: &right2)
                add(left, input.fourth[i], to: &left3)
                add(right, input.fourth[i], to: &right3)
                if isFive {
                    add(left, input.fifth[i], to: &left4)
                    add(right, input.fifth[i], to: &right4)
                }
                row += tileWidth
            }
            write(left0, output.first)
            write(right0, output.first + tileWidth)
            write(left1, output.second)
            write(right1, output.second + tileWidth)
            write(left2, output.third)
            write(right2, output.third + tileWidth)
            write(left3, output.fourth)
            write(right3, output.fourth + tileWidth)
            if isFive {
                write(left4, output.fifth)
                write(right4, output.fifth + tileWidth)
            }
        }
    #endif

    @inline(__always) private static func read(_ pointer: UnsafePointer<Float>) -> Columns {
        UnsafeRawPointer(pointer).loadUnaligned(as: Columns.self)
    }

    @inline(__always) private static func write(_ columns: Columns, _ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: columns, as: Columns.self)
    }

    @inline(__always) private static func add(_ weight: Columns, _ value: Float, to sum: inout Columns) {
        #if FUSED_MULTIPLY_ADD || arch(arm64)
            sum.addProduct(weight, Columns(repeating: value))
        #else
            // Without FMA instructions `addProduct` calls libm's fmaf for each lane: 30 times slower than two steps.
            sum += weight * Columns(repeating: value)
        #endif
    }
}

/// Where the vectors of five lanes begin; of fewer, the last one stands for those that are missing.
private struct Lanes {
    let first, second, third, fourth, fifth: UnsafeMutablePointer<Float>

    @inline(__always) init(_ base: UnsafeMutablePointer<Float>, _ stride: Int, _ lane: Int, of lanes: Int) {
        first = base + lane * stride
        second = lane + 1 < lanes ? first + stride : first
        third = lane + 2 < lanes ? second + stride : second
        fourth = lane + 3 < lanes ? third + stride : third
        fifth = lane + 4 < lanes ? fourth + stride : fourth
    }

    @inline(__always) init(_ base: UnsafePointer<Float>, _ stride: Int, _ lane: Int, of lanes: Int) {
        self.init(UnsafeMutablePointer(mutating: base), stride, lane, of: lanes)
    }
}
