#ifndef CQUANTISED_H
#define CQUANTISED_H

#include <stdint.h>

// A matrix of 16-bit numbers times vectors of floats. A vector is brought to 16 bits by a scale of its own, what is multiplied and
// added is whole numbers, so that every function here gives the same bits, and the sums are floats again. Twice as many
// multiplications an instruction as of floats, or more.
//
// Swift's vectors have no such instruction, which is why this is C.

#if defined(__x86_64__)

#pragma clang assume_nonnull begin

enum {
    /// Outputs of a tile of weights.
    QUANTISED_TILE = 16,
    /// The longest vector.
    QUANTISED_MOST_INPUTS = 4096,
    /// The largest number that a vector's are brought to. So that a sum of 32 bits holds them, the sizes of the weights of one
    /// output together are at most (2³¹ - 1) / 2¹³: so both lose about as much.
    QUANTISED_LARGEST_INPUT = 1 << 13,
};

/// `output[lane][o] = bias[o] + scales[o] · Σ weights[o][i] · input[lane][i]`.
///
/// - weights: packed as [outputs / 16][inputs / 2, rounded up][16][2]; what has no input is 0.
/// - input: [lanes][inputs], vectors `stride` apart.
/// - output: [lanes][outputs], may not overlap the others.
/// - outputs: a multiple of QUANTISED_TILE.
typedef void quantised_multiply(
    const int16_t *weights, const float *scales, const float *bias, const float *input, int inputs, int stride, float *output,
    int outputs, int lanes);

/// For any x86-64 processor; for those that run x86-64-v3; for those of them that have AVX-VNNI; for those that run x86-64-v4 and
/// have AVX512-VNNI.
quantised_multiply quantised_multiply_sse2, quantised_multiply_avx2, quantised_multiply_avxvnni, quantised_multiply_avx512vnni;

#pragma clang assume_nonnull end

#endif

#endif
