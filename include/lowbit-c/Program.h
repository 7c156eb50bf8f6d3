#ifndef LOWBIT_C_PROGRAM_H
#define LOWBIT_C_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#define LOWBIT_CAPI_EXPORTED
#else
#define LOWBIT_CAPI_EXPORTED __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// A program that can be run: IR of any stage, compiled into this process, or a shared library that `quant-runner
/// compile` made. It belongs to one thread at a time.
typedef struct LowbitProgram LowbitProgram;

/// How to compile a program. All zero is a good start; strings may be null.
typedef struct LowbitOptions {
  /// LLVM's name of the CPU; null for this machine's.
  const char *cpu;
  /// A calibration table, to quantize a float program with.
  const char *calibration;
  /// What to quantize and how: a preset's name or a file; null for "w8a8".
  const char *recipe;
  /// The function, where the program has several.
  const char *function;
  /// How many threads share the work of one call; 0 for one. More than one need the runtime library of OpenMP.
  unsigned threads;
  /// Whether products and sums of floats may be contracted to fused multiply-adds: 0 for no.
  int fastFloat;
} LowbitOptions;

/// An input or an output. The strings and the shape belong to the program.
typedef struct LowbitTensor {
  const char *name;
  /// The element type as IR spells it: "f32", "i8".
  const char *type;
  const int64_t *shape;
  size_t rank;
  /// Bytes of one sample.
  size_t bytes;
} LowbitTensor;

/// Loads the program in the file `path`. Returns null and, where `error` is not null, a message in it that
/// `lowbitErrorDestroy` frees. Diagnostics of the compiler go to stderr. `options` may be null.
LOWBIT_CAPI_EXPORTED LowbitProgram *lowbitProgramLoad(const char *path, const LowbitOptions *options, char **error);
LOWBIT_CAPI_EXPORTED void lowbitProgramDestroy(LowbitProgram *program);

LOWBIT_CAPI_EXPORTED size_t lowbitProgramGetNumInputs(const LowbitProgram *program);
LOWBIT_CAPI_EXPORTED size_t lowbitProgramGetNumOutputs(const LowbitProgram *program);
/// `index` must be less than the number of inputs or outputs.
LOWBIT_CAPI_EXPORTED LowbitTensor lowbitProgramGetInput(const LowbitProgram *program, size_t index);
LOWBIT_CAPI_EXPORTED LowbitTensor lowbitProgramGetOutput(const LowbitProgram *program, size_t index);

/// Runs `samples` samples: each pointer is to an input's or output's samples, one after the other. Returns 0, or
/// another value and a message as `lowbitProgramLoad` does.
LOWBIT_CAPI_EXPORTED int lowbitProgramRun(LowbitProgram *program, const void *const *inputs, void *const *outputs,
                                          size_t samples, char **error);

LOWBIT_CAPI_EXPORTED void lowbitErrorDestroy(char *error);

#ifdef __cplusplus
}
#endif

#endif // LOWBIT_C_PROGRAM_H
