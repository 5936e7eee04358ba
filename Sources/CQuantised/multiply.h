// The product for one kind of processor: included once for each, with these macros defined. The first three are forgotten at the
// end, the others, which are of a width of registers, by no_width.h.
//
//     NAME                    what the public function is called
//     TARGET                  the attribute that lets the compiler use the instructions
//     MULTIPLY_ADD(s, a, b)   s + a₀b₀ + a₁b₁, for each pair of 16-bit numbers
//
//     VECTOR, WIDTH           a register, and how many sums of 32 bits it holds
//     MOST                    lanes for whose sums there are registers
//     ZERO LOAD BROADCAST     whole numbers in registers
//     FINISH(o, s, c, f, b)   o = b + s · (c · f) as floats, f being the same for all

#define JOINED(a, b) a##b
#define WITH_NAME(a, b) JOINED(a, b)
#define LANES WITH_NAME(NAME, _lanes)
#define REGISTERS WITH_NAME(NAME, _registers)
#define QUANTISE WITH_NAME(NAME, _quantise)

/// Brings a vector to 16 bits, and returns what one of them stands for. What is not finite becomes any number.
TARGET static float QUANTISE(const float *input, int inputs, int16_t *output) {
    int32_t largest = 0;
    for (int i = 0; i < inputs; i++) {
        int32_t size = bits(input[i]) & 0x7fffffff;
        largest = size > largest ? size : largest;
    }
    float size = from_bits(largest);
    // What is smaller than any sound, and would make the scale infinite.
    if (size < 1e-30f) size = 1e-30f;
    float scale = QUANTISED_LARGEST_INPUT / size;
    // Adding 1.5 · 2²³ leaves the nearest whole number in the low bits of the mantissa.
    for (int i = 0; i < inputs; i++) output[i] = (int16_t)bits(input[i] * scale + 12582912.0f);
    if (inputs % 2) output[inputs] = 0;
    return size / QUANTISED_LARGEST_INPUT;
}

/// Some registers of outputs, from `first` on, of so many lanes.
TARGET static inline __attribute__((always_inline)) void LANES(
    const int16_t *weights, const float *scales, const float *bias, const int16_t *input, const float *factors, int pairs,
    float *output, int outputs, int first, int registers, int lanes) {
    VECTOR sums[4][MOST];
    const int16_t *columns[4];
#pragma unroll
    for (int r = 0; r < registers; r++) {
        int column = first + r * WIDTH;
        columns[r] = weights + ((long)(column / QUANTISED_TILE) * pairs * QUANTISED_TILE + column % QUANTISED_TILE) * 2;
#pragma unroll
        for (int lane = 0; lane < lanes; lane++) sums[r][lane] = ZERO;
    }
    for (int pair = 0; pair < pairs; pair++) {
        VECTOR weight[4];
#pragma unroll
        for (int r = 0; r < registers; r++) weight[r] = LOAD(columns[r] + pair * QUANTISED_TILE * 2);
#pragma unroll
        for (int lane = 0; lane < lanes; lane++) {
            int32_t both;
            memcpy(&both, input + (lane * pairs + pair) * 2, sizeof both);
            VECTOR value = BROADCAST(both);
#pragma unroll
            for (int r = 0; r < registers; r++) sums[r][lane] = MULTIPLY_ADD(sums[r][lane], weight[r], value);
        }
    }
#pragma unroll
    for (int lane = 0; lane < lanes; lane++)
#pragma unroll
        for (int r = 0; r < registers; r++) {
            int column = first + r * WIDTH;
            FINISH(output + (long)lane * outputs + column, sums[r][lane], scales + column, factors[lane], bias + column);
        }
}

/// The same, compiled for 4, 2 and 1 registers.
TARGET static inline __attribute__((always_inline)) void REGISTERS(
    const int16_t *weights, const float *scales, const float *bias, const int16_t *input, const float *factors, int pairs,
    float *output, int outputs, int first, int registers, int lanes) {
    if (registers == 4 && lanes <= MOST / 2)
        LANES(weights, scales, bias, input, factors, pairs, output, outputs, first, 4, lanes);
    else if (registers == 2)
        LANES(weights, scales, bias, input, factors, pairs, output, outputs, first, 2, lanes);
    else
        LANES(weights, scales, bias, input, factors, pairs, output, outputs, first, 1, lanes);
}

TARGET void NAME(
    const int16_t *weights, const float *scales, const float *bias, const float *input, int inputs, int stride, float *output,
    int outputs, int lanes) {
    int16_t vectors[LANES_AT_ONCE * LANE_ROOM];
    float factors[MOST_LANES];
    int pairs = (inputs + 1) / 2;
    int room = LANES_AT_ONCE * LANE_ROOM / (2 * pairs);
    if (room > MOST_LANES) room = MOST_LANES;
    for (int begin = 0; begin < lanes; begin += room) {
        int end = lanes - begin < room ? lanes : begin + room;
        for (int lane = begin; lane < end; lane++)
            factors[lane - begin] = QUANTISE(input + (long)lane * stride, inputs, vectors + (lane - begin) * 2 * pairs);
        // Groups as even as can be, and for few lanes more registers of outputs: else each sum would wait for the one before.
        int groups = (end - begin + MOST - 1) / MOST, largest = (end - begin + groups - 1) / groups;
        for (int first = 0, registers; first < outputs; first += registers * WIDTH) {
            int left = (outputs - first) / WIDTH;
            registers = left >= 4 && largest <= MOST / 2 ? 4 : left >= 2 ? 2 : 1;
            for (int lane = begin, group = groups; lane < end; group--) {
                int count = (end - lane + group - 1) / group;
                const int16_t *from = vectors + (lane - begin) * 2 * pairs;
                float *to = output + (long)lane * outputs;
#define CASE(n) \
    case n: \
        if (n <= MOST) \
            REGISTERS( \
                weights, scales, bias, from, factors + lane - begin, pairs, to, outputs, first, registers, n <= MOST ? n : 1); \
        break
                switch (count) {
                    CASE(1);
                    CASE(2);
                    CASE(3);
                    CASE(4);
                    CASE(5);
                    CASE(6);
                    CASE(7);
                }
#undef CASE
                lane += count;
            }
        }
    }
}

#undef JOINED
#undef WITH_NAME
#undef LANES
#undef REGISTERS
#undef QUANTISE
#undef NAME
#undef TARGET
#undef MULTIPLY_ADD
