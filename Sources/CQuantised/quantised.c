#include "quantised.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

// So that every width gives the same bits.
#pragma clang fp contract(off)

enum {
    /// Vectors that are brought to 16 bits at a time, of 512 numbers; of shorter ones more, of longer ones fewer.
    LANES_AT_ONCE = 16,
    LANE_ROOM = 512,
    MOST_LANES = 64,
};
_Static_assert(LANES_AT_ONCE * LANE_ROOM >= QUANTISED_MOST_INPUTS, "there is room for one vector at least");

static inline int32_t bits(float value) {
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float from_bits(int32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// As `_mm256_dpwssd_avx_epi32` and `_mm512_dpwssd_epi32`, of which the compiler makes two instructions again where it thinks that
// they are done sooner.
__attribute__((target("avx2"))) static inline __m256i dpwssd_256(__m256i sum, __m256i a, __m256i b) {
    __asm__("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
}
__attribute__((target("avx512f"))) static inline __m512i dpwssd_512(__m512i sum, __m512i a, __m512i b) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

#define VECTOR __m128i
#define WIDTH 4
#define MOST 5
#define ZERO _mm_setzero_si128()
#define LOAD(p) _mm_loadu_si128((const __m128i *)(p))
#define BROADCAST(x) _mm_set1_epi32(x)
#define FINISH(o, s, c, f, b) \
    _mm_storeu_ps(o, _mm_add_ps(_mm_loadu_ps(b), _mm_mul_ps(_mm_cvtepi32_ps(s), _mm_mul_ps(_mm_loadu_ps(c), _mm_set1_ps(f)))))

#define NAME quantised_multiply_sse2
#define TARGET
#define MULTIPLY_ADD(s, a, b) _mm_add_epi32(s, _mm_madd_epi16(a, b))
#include "multiply.h"

#include "no_width.h"
#define VECTOR __m256i
#define WIDTH 8
#define MOST 5
#define ZERO _mm256_setzero_si256()
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define BROADCAST(x) _mm256_set1_epi32(x)
#define FINISH(o, s, c, f, b) \
    _mm256_storeu_ps( \
        o, _mm256_add_ps( \
               _mm256_loadu_ps(b), _mm256_mul_ps(_mm256_cvtepi32_ps(s), _mm256_mul_ps(_mm256_loadu_ps(c), _mm256_set1_ps(f)))))

#define NAME quantised_multiply_avx2
#define TARGET __attribute__((target("avx2")))
#define MULTIPLY_ADD(s, a, b) _mm256_add_epi32(s, _mm256_madd_epi16(a, b))
#include "multiply.h"

#define NAME quantised_multiply_avxvnni
#define TARGET __attribute__((target("avx2")))
#define MULTIPLY_ADD(s, a, b) dpwssd_256(s, a, b)
#include "multiply.h"

#include "no_width.h"
#define VECTOR __m512i
#define WIDTH 16
#define MOST 7
#define ZERO _mm512_setzero_si512()
#define LOAD(p) _mm512_loadu_si512(p)
#define BROADCAST(x) _mm512_set1_epi32(x)
#define FINISH(o, s, c, f, b) \
    _mm512_storeu_ps( \
        o, _mm512_add_ps( \
               _mm512_loadu_ps(b), _mm512_mul_ps(_mm512_cvtepi32_ps(s), _mm512_mul_ps(_mm512_loadu_ps(c), _mm512_set1_ps(f)))))

#define NAME quantised_multiply_avx512vnni
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#define MULTIPLY_ADD(s, a, b) dpwssd_512(s, a, b)
#include "multiply.h"

#endif
