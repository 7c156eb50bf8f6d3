/* Loads a program of any form through the C API, runs it on samples of zeros and prints its outputs:

     run-program m.q.mlir

   With a second argument, --fast-float, its floats are computed by fused multiply-adds. */
#include "lowbit-c/Program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(char *error) {
  fprintf(stderr, "%s\n", error);
  lowbitErrorDestroy(error);
  return 1;
}

int main(int argc, char **argv) {
  LowbitOptions options = {0};
  options.fastFloat = argc == 3 && strcmp(argv[2], "--fast-float") == 0;
  if (argc != 2 + options.fastFloat) {
    fprintf(stderr, "usage: run-program <program> [--fast-float]\n");
    return 2;
  }
  char *error = NULL;
  LowbitProgram *program = lowbitProgramLoad(argv[1], &options, &error);
  if (!program)
    return fail(error);

  const size_t numInputs = lowbitProgramGetNumInputs(program), numOutputs = lowbitProgramGetNumOutputs(program);
  void **inputs = calloc(numInputs + 1, sizeof(void *)), **outputs = calloc(numOutputs + 1, sizeof(void *));
  for (size_t i = 0; i < numInputs; ++i)
    inputs[i] = calloc(lowbitProgramGetInput(program, i).bytes + 1, 1);
  for (size_t i = 0; i < numOutputs; ++i)
    outputs[i] = calloc(lowbitProgramGetOutput(program, i).bytes + 1, 1);
  if (lowbitProgramRun(program, (const void *const *)inputs, outputs, 1, &error))
    return fail(error);

  for (size_t i = 0; i < numOutputs; ++i) {
    const LowbitTensor output = lowbitProgramGetOutput(program, i);
    printf("%s:", output.name);
    for (size_t k = 0; strcmp(output.type, "f32") == 0 && k < output.bytes / sizeof(float); ++k)
      printf(" %g", ((const float *)outputs[i])[k]);
    printf("\n");
    free(outputs[i]);
  }
  for (size_t i = 0; i < numInputs; ++i)
    free(inputs[i]);
  free(inputs);
  free(outputs);
  lowbitProgramDestroy(program);
  return 0;
}
