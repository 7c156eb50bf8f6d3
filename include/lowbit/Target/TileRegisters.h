#ifndef LOWBIT_TARGET_TILEREGISTERS_H
#define LOWBIT_TARGET_TILEREGISTERS_H

namespace mlir::lowbit {

/// Linux gives a process Intel's tile registers only where it asks for them, all threads at once and for good:
/// `arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)`.
inline constexpr int kArchPrctl = 158;
inline constexpr int kRequestPermission = 0x1023;
inline constexpr int kTileData = 18;

/// Asks for this process; false where the system refuses, or is another. That the processor has the registers is the
/// caller's to know.
bool requestTileRegisters();

} // namespace mlir::lowbit

#endif // LOWBIT_TARGET_TILEREGISTERS_H
