#ifndef LOWBIT_INITALLPASSES_H
#define LOWBIT_INITALLPASSES_H

namespace mlir::lowbit {

/// Registers every pass and every pipeline of Lowbit with the global registry.
void registerAllPasses();

} // namespace mlir::lowbit

#endif // LOWBIT_INITALLPASSES_H
