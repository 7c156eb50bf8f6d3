/* Calls a compiled network of one input and one output of bytes, from stdin to stdout. */
#include "network.h"
#include <stdio.h>

static int8_t input[NETWORK_INPUT0_ELEMENTS], output[NETWORK_OUTPUT0_ELEMENTS];
static _Alignas(64) unsigned char arena[NETWORK_ARENA_BYTES + 1];

int main(void) {
  if (fread(input, sizeof(input), 1, stdin) != 1)
    return 1;
  return network(input, output, arena) != 0 || fwrite(output, sizeof(output), 1, stdout) != 1;
}
