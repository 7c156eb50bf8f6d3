/* Runs a compiled network on raw samples, as any C program would:

     quant-runner compile m.q.mlir --name network -o network.a
     cc embed.c network.a -o embed
     ./embed < inputs > outputs

   Inputs and outputs are float32 values, one sample after the other. */
#include "network.h"
#include <stdio.h>

static float x[NETWORK_X_ELEMENTS];
static float y[NETWORK_Y_ELEMENTS];
/* The network's scratch memory. Nothing is ever allocated. One byte more, for C has no array of no elements. */
static _Alignas(64) unsigned char arena[NETWORK_ARENA_BYTES + 1];

int main(void) {
  while (fread(x, sizeof(x), 1, stdin) == 1) {
    if (network(x, y, arena) != 0 || fwrite(y, sizeof(y), 1, stdout) != 1)
      return 1;
  }
  return ferror(stdin) || fflush(stdout) != 0;
}
