#ifndef LOWBIT_TARGET_TARGET_H
#define LOWBIT_TARGET_TARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/TargetParser/Triple.h"
#include <string>
#include <vector>

namespace mlir::lowbit {

/// An instruction sequence that adds the dot products of `depth` integers to each of `lanes` 32-bit accumulators:
/// `acc[n] += sum_k a[k] * w[n][k]`, the activations `a` shared by all lanes. Exact for signed activations of
/// `activationBits` and signed 8-bit weights, within what the flags say.
struct DotInstruction {
  /// The name used in `#lowbit.tile` and on the contractions that the instruction computes.
  StringLiteral name;
  /// The LLVM subtarget feature that has the instruction.
  StringLiteral feature;
  unsigned lanes;
  unsigned depth;
  /// One operand of the instruction is unsigned. Activations are read as such: they are offset by 128, and the
  /// accumulator starts at -128 * sum(w). Where a tile multiplies the codes of narrow weights, these are the operand.
  bool offsetsActivations;
  /// Exact only where no weight is -128.
  bool needsNarrowWeights;
  /// The largest register tile of this number of vectors: the accumulators and a vector of weights for each column of
  /// them stay in registers, beside what the instruction needs for itself.
  unsigned rows;
  unsigned vectors;
  /// Multiplies two rows of activations with two channels at once: its accumulators are blocks of 2 x 2, a vector of
  /// four channels takes two of them for each pair of rows.
  bool multipliesBlocks = false;
  /// How long four products of every lane take, in hundredths of the time of the slowest sequence that the instruction
  /// shares a reduction with (`#lowbit.short_sums`); 0 where it computes whole reductions only.
  unsigned cost = 0;
  /// The products of this many groups of `depth` activations are added in 16 bits.
  unsigned groups = 1;
  /// Exact only for the groups whose weights are proven to be small enough, so never for a whole reduction.
  bool needsProof = false;
  /// Adds the products of all groups that follow each other in 16 bits: as many as can't overflow for weights stored in
  /// 4 or 2 bits, of which it takes no others. A multiplier of the group costs nothing.
  bool addsShort = false;
  /// The width of the activations.
  unsigned activationBits = 8;
  /// Multiplies matrices in tile registers, of up to 16 rows of activations and `lanes` channels: the rows of a tile
  /// are those of one to four of them (`lowbit.multiply_tiles`).
  bool multipliesTiles = false;
  /// How many of them a core has under way at once: with fewer accumulators each waits for the one before it.
  unsigned underWay = 8;
  /// Multiplies magnitudes of weights with activations whose bits are flipped where the weight is negative, as
  /// -a = ~a + 1: the accumulator starts from the sum of the magnitudes of negative weights. Both what a weight's
  /// magnitude is and whether it flips lie in memory, so weights are constant, and take twice the bytes. Reads
  /// activations that are offset by 128 as well as others.
  bool complementsActivations = false;
};

/// An instruction sequence that reads the entries of a table of 256 bytes at `bytes` unsigned bytes.
struct TableInstruction {
  /// The name used in `#lowbit.tile` and on the gathers that the instruction computes.
  StringLiteral name;
  /// The LLVM subtarget feature that has the instruction.
  StringLiteral feature;
  unsigned bytes;
  /// Fewer instructions than it takes to convert as many bytes to floats and back.
  bool isFast = false;
};

/// What code generation knows of a machine.
class Target {
public:
  /// The target of an LLVM triple (empty: the host's), a CPU name ("native": the host's CPU and features) and further
  /// features ("+x,-y"). Fails with a message where LLVM does not know the triple or the CPU.
  static FailureOr<Target> get(StringRef triple, StringRef cpu, StringRef features, std::string &error);
  /// The same, for the options of a pass: with the message as an error at `loc`.
  static FailureOr<Target> get(Location loc, StringRef triple, StringRef cpu, StringRef features);
  /// The target that `writeTo` recorded on the module.
  static FailureOr<Target> get(ModuleOp module);
  /// Records the target in `llvm.target_triple`, `lowbit.cpu` and `lowbit.features`.
  void writeTo(ModuleOp module) const;

  bool hasFeature(StringRef feature) const { return enabled.contains(feature); }
  /// Whether a fused multiply-add is an instruction; elsewhere it is a call of the C library.
  bool hasFusedMultiplyAdd() const { return triple.isAArch64() || hasFeature("fma"); }
  const llvm::Triple &getTriple() const { return triple; }
  /// The width in bits of the vectors that elementwise code uses.
  unsigned getVectorBits() const { return vectorBits; }
  /// The register tile of code without a dot instruction.
  unsigned getFloatRows() const { return floatRows; }
  unsigned getFloatVectors() const { return floatVectors; }
  /// The dot instructions of this machine, best first.
  ArrayRef<const DotInstruction *> getDotInstructions() const { return instructions; }
  /// The dot instruction of that name, or null.
  const DotInstruction *getDotInstruction(StringRef name) const;
  /// The best table instruction of this machine; null where it has none.
  const TableInstruction *getTableInstruction() const { return tables.empty() ? nullptr : tables.front(); }
  /// The table instruction of that name, or null.
  const TableInstruction *getTableInstruction(StringRef name) const;
  /// What code for this target may use and this machine does not have: its architecture, or features, sorted. Empty
  /// where the code runs here.
  std::vector<std::string> getFeaturesMissingHere() const;

private:
  llvm::Triple triple;
  std::string cpu;
  std::string features;
  llvm::StringSet<> enabled;
  unsigned vectorBits = 128;
  unsigned floatRows = 4;
  unsigned floatVectors = 2;
  SmallVector<const DotInstruction *> instructions;
  SmallVector<const TableInstruction *> tables;
};

/// The tables of the instruction sets, best instruction first; one file each.
ArrayRef<DotInstruction> getX86DotInstructions();
ArrayRef<DotInstruction> getAArch64DotInstructions();
ArrayRef<TableInstruction> getX86TableInstructions();
ArrayRef<TableInstruction> getAArch64TableInstructions();

/// Features whose instructions only programs that ask for them by name contain (of operating systems, enclaves, …):
/// compiled code does without them.
ArrayRef<StringLiteral> getX86SystemFeatures();

} // namespace mlir::lowbit

#endif // LOWBIT_TARGET_TARGET_H
