#pragma once
#include <stdbool.h>

/// Whether this processor and its operating system run x86-64-v3 code (AVX2 and FMA). False on every other architecture.
static inline bool processor_supports_x86_64_v3(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v3");
#else
    return false;
#endif
}

/// Whether they run x86-64-v4 code, too (AVX-512: F, BW, CD, DQ, VL).
static inline bool processor_supports_x86_64_v4(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v4");
#else
    return false;
#endif
}

/// Whether one that runs x86-64-v3 has AVX-VNNI, too.
static inline bool processor_has_avxvnni(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avxvnni");
#else
    return false;
#endif
}

/// Whether one that runs x86-64-v4 has AVX512-VNNI, too.
static inline bool processor_has_avx512vnni(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512vnni");
#else
    return false;
#endif
}
