/*
 * What one core can do: loops of one idiom on registers alone, a plain read of memory, and a clock around calls of a
 * compiled function. benchmarks/kernels.py builds and loads this beside the code it measures.
 *
 * peak_NAME(n) runs n rounds of 12 independent accumulators and returns operations (a multiplication and an addition
 * are two) per second; NAME is a dot instruction of lib/Target with its dot as an underscore.
 */
#define _POSIX_C_SOURCE 199309L
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one call, over `calls` calls. */
double time_calls(void (*function)(void *const *), void *const *buffers, long calls) {
  double start = now();
  for (long i = 0; i < calls; ++i)
    function(buffers);
  return (now() - start) / (double)calls;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Seconds of one call after `size` bytes from `first` on have left the caches. */
double time_cold_call(void (*function)(void *const *), void *const *buffers, const char *first, size_t size) {
  for (size_t i = 0; i < size; i += 64)
    _mm_clflush(first + i);
  _mm_mfence();
  return time_calls(function, buffers, 1);
}

#define EACH(X) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define CLOBBERS(r)                                                                                                    \
  r "0", r "1", r "2", r "3", r "4", r "5", r "6", r "7", r "8", r "9", r "10", r "11", r "12", r "13", r "14", r "15"
/* Zeros are ordinary numbers to every idiom here: a denormal would slow floats down. */
#define ZERO(n) "vpxor %%xmm" #n ",%%xmm" #n ",%%xmm" #n "\n"
#define PEAK(name, isa, opsPerAccumulator, BODY)                                                                       \
  __attribute__((target(isa))) double peak_##name(long n) {                                                            \
    const double operations = 12.0 * (opsPerAccumulator) * (double)n;                                                  \
    const double start = now();                                                                                        \
    __asm__ volatile(ZERO(0) ZERO(1) ZERO(2) ZERO(3) EACH(ZERO) "1:\n" EACH(BODY) "dec %0\njnz 1b\n"                   \
                     : "+r"(n)                                                                                         \
                     :                                                                                                 \
                     : CLOBBERS("xmm"), "cc");                                                                         \
    return operations / (now() - start);                                                                               \
  }

#define VPDPBUSD(a) "vpdpbusd %%zmm1,%%zmm2,%%zmm" #a "\n"
#define MULADD512(a) "vmulps %%zmm1,%%zmm2,%%zmm3\nvaddps %%zmm3,%%zmm" #a ",%%zmm" #a "\n"
#define FMA512(a) "vfmadd231ps %%zmm1,%%zmm2,%%zmm" #a "\n"
#define PSIGN256(a)                                                                                                    \
  "vpsignb %%ymm1,%%ymm2,%%ymm3\nvpmaddubsw %%ymm3,%%ymm0,%%ymm3\nvpmaddwd %%ymm1,%%ymm3,%%ymm3\nvpaddd "              \
  "%%ymm3,%%ymm" #a ",%%ymm" #a "\n"
#define PXOR256(a)                                                                                                     \
  "vpxor %%ymm1,%%ymm2,%%ymm3\nvpmaddubsw %%ymm3,%%ymm0,%%ymm3\nvpmaddwd %%ymm1,%%ymm3,%%ymm3\nvpaddd "                \
  "%%ymm3,%%ymm" #a ",%%ymm" #a "\n"
/* One group of four, several added up in 16 bits, and what brings their sum to 32 bits. */
#define WIDEN256(a) "vpmaddwd %%ymm1,%%ymm3,%%ymm3\nvpaddd %%ymm3,%%ymm" #a ",%%ymm" #a "\n"
#define MADDUBSW256 "vpmaddubsw %%ymm1,%%ymm2,%%ymm3\n"
#define ADD_MADDUBSW256 "vpmaddubsw %%ymm1,%%ymm2,%%ymm0\nvpaddw %%ymm0,%%ymm3,%%ymm3\n"
#define SHORT1(a) MADDUBSW256 WIDEN256(a)
#define SHORT2(a) MADDUBSW256 ADD_MADDUBSW256 WIDEN256(a)
#define SHORT4(a) MADDUBSW256 ADD_MADDUBSW256 ADD_MADDUBSW256 ADD_MADDUBSW256 WIDEN256(a)
#define SHORT8(a)                                                                                                      \
  MADDUBSW256 ADD_MADDUBSW256 ADD_MADDUBSW256 ADD_MADDUBSW256 ADD_MADDUBSW256 ADD_MADDUBSW256 ADD_MADDUBSW256          \
      ADD_MADDUBSW256                                                                                                  \
      WIDEN256(a)
#define PXOR2(a)                                                                                                       \
  "vpxor %%ymm1,%%ymm2,%%ymm3\nvpmaddubsw %%ymm3,%%ymm2,%%ymm3\nvpxor %%ymm1,%%ymm2,%%ymm0\n"                          \
  "vpmaddubsw %%ymm0,%%ymm2,%%ymm0\nvpaddw %%ymm0,%%ymm3,%%ymm3\n" WIDEN256(a)
#define VPDPBUSD256(a) "%{vex%} vpdpbusd %%ymm1,%%ymm2,%%ymm" #a "\n"
#define PMADDWD256(a) "vpmaddwd %%ymm1,%%ymm2,%%ymm3\nvpaddd %%ymm3,%%ymm" #a ",%%ymm" #a "\n"
#define MULADD256(a) "vmulps %%ymm1,%%ymm2,%%ymm3\nvaddps %%ymm3,%%ymm" #a ",%%ymm" #a "\n"
#define FMA256(a) "vfmadd231ps %%ymm1,%%ymm2,%%ymm" #a "\n"

PEAK(avx512_vpdpbusd, "avx512f", 128, VPDPBUSD)
PEAK(float512_mul_add, "avx512f", 32, MULADD512)
PEAK(float512_fma, "avx512f", 32, FMA512)
PEAK(avx2_vpxor, "avx2", 64, PXOR256)
PEAK(avx2_vpxor_x2, "avx2", 128, PXOR2)
PEAK(avx2_vpsignb, "avx2", 64, PSIGN256)
PEAK(avx2_vpmaddubsw, "avx2", 64, SHORT1)
PEAK(avx2_vpmaddubsw_x2, "avx2", 128, SHORT2)
PEAK(avx2_vpmaddubsw_x4, "avx2", 256, SHORT4)
PEAK(avx2_vpmaddubsw_narrow, "avx2", 512, SHORT8)
PEAK(avxvnni_vpdpbusd, "avx2", 64, VPDPBUSD256)
PEAK(avx2_vpmaddwd, "avx2", 32, PMADDWD256)
PEAK(float256_mul_add, "avx2", 16, MULADD256)
PEAK(float256_fma, "avx2,fma", 16, FMA256)

/* Four accumulators of 16 rows and 16 channels, 64 products each. Only in a process that has the tile registers. */
__attribute__((target("amx-tile,amx-int8"))) double peak_amx_tdpbssd(long n) {
  struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } configuration = {.palette = 1};
  for (int i = 0; i < 8; ++i) {
    configuration.bytes[i] = 64;
    configuration.rows[i] = 16;
  }
  /* All registers are zero then. */
  _tile_loadconfig(&configuration);
  const double operations = 4.0 * 2 * 16 * 16 * 64 * (double)n;
  const double start = now();
  for (long i = 0; i < n; ++i) {
    _tile_dpbssd(0, 4, 6);
    _tile_dpbssd(1, 4, 7);
    _tile_dpbssd(2, 5, 6);
    _tile_dpbssd(3, 5, 7);
  }
  const double seconds = now() - start;
  _tile_release();
  return operations / seconds;
}

/* Large blocks are read as four streams: what fetches ahead stops at the end of a page. */
static size_t countStreams(size_t bytes) { return bytes > 1 << 20 ? 4 : 1; }

__attribute__((target("avx512f"))) static uint64_t read512(const char *p, size_t bytes) {
  __m512i sum[8] = {0};
  if (countStreams(bytes) == 1) {
    for (size_t i = 0; i + 512 <= bytes; i += 512)
      for (int j = 0; j < 8; ++j)
        sum[j] = _mm512_add_epi64(sum[j], _mm512_loadu_si512(p + i + 64 * j));
  } else {
    const size_t part = bytes / 4;
    for (size_t i = 0; i + 128 <= part; i += 128)
      for (int j = 0; j < 8; ++j)
        sum[j] = _mm512_add_epi64(sum[j], _mm512_loadu_si512(p + (size_t)(j / 2) * part + i + 64 * (j % 2)));
  }
  for (int j = 1; j < 8; ++j)
    sum[0] = _mm512_add_epi64(sum[0], sum[j]);
  return (uint64_t)_mm512_reduce_add_epi64(sum[0]);
}

__attribute__((target("avx2"))) static uint64_t read256(const char *p, size_t bytes) {
  __m256i sum[8] = {0};
  if (countStreams(bytes) == 1) {
    for (size_t i = 0; i + 256 <= bytes; i += 256)
      for (int j = 0; j < 8; ++j)
        sum[j] = _mm256_add_epi64(sum[j], _mm256_loadu_si256((const __m256i *)(p + i + 32 * j)));
  } else {
    const size_t part = bytes / 4;
    for (size_t i = 0; i + 64 <= part; i += 64)
      for (int j = 0; j < 8; ++j)
        sum[j] = _mm256_add_epi64(sum[j],
                                  _mm256_loadu_si256((const __m256i *)(p + (size_t)(j / 2) * part + i + 32 * (j % 2))));
  }
  for (int j = 1; j < 8; ++j)
    sum[0] = _mm256_add_epi64(sum[0], sum[j]);
  return (uint64_t)_mm256_extract_epi64(sum[0], 0);
}

static uint64_t readAll(const char *p, size_t bytes) {
  return __builtin_cpu_supports("avx512f") ? read512(p, bytes) : read256(p, bytes);
}
#else
static uint64_t readAll(const char *p, size_t bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 8 <= bytes; i += 8) {
    uint64_t word;
    memcpy(&word, p + i, 8);
    sum += word;
  }
  return sum;
}
#endif

/* Seconds of one read of `bytes` bytes, over `times` reads. */
double time_reads(const char *data, size_t bytes, long times) {
  static volatile uint64_t sink;
  const double start = now();
  for (long i = 0; i < times; ++i)
    sink += readAll(data, bytes);
  return (now() - start) / (double)times;
}

/* Seconds of one copy of `parts` pieces of memory, over `times` copies. */
double time_copies(char *const *targets, const char *const *sources, const size_t *bytes, size_t parts, long times) {
  const double start = now();
  for (long i = 0; i < times; ++i)
    for (size_t part = 0; part < parts; ++part) {
      memcpy(targets[part], sources[part], bytes[part]);
      __asm__ volatile("" : : "r"(targets[part]) : "memory");
    }
  return (now() - start) / (double)times;
}
