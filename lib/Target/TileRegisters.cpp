#include "lowbit/Target/TileRegisters.h"
#if defined(__linux__) && defined(__x86_64__)
#include <unistd.h>
#endif

bool mlir::lowbit::requestTileRegisters() {
#if defined(__linux__) && defined(__x86_64__)
  return syscall(kArchPrctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}
