#include "lowbit/Target/Target.h"

using namespace mlir::lowbit;

static constexpr DotInstruction kInstructions[] = {
    // smmla: s8 x s8, the products of two rows with two channels, eight to each i32 of a block of four.
    {"neon.smmla", "i8mm", /*lanes=*/4, /*depth=*/8, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/8, /*vectors=*/2, /*multipliesBlocks=*/true},
    // sdot: s8 x s8, four products to an i32 lane.
    {"neon.sdot", "dotprod", /*lanes=*/4, /*depth=*/4, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/6, /*vectors=*/4},
    // smull to i16 (at most 128 * 128), then sadalp adds neighbouring products to an i32 lane.
    {"neon.smull", "neon", /*lanes=*/4, /*depth=*/2, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/4},
    // s16 x s16: smull and smull2 to i32, then addp adds neighbouring products.
    {"neon.smull.w", "neon", /*lanes=*/4, /*depth=*/2, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/4, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1, /*needsProof=*/false,
     /*addsShort=*/false, /*activationBits=*/16},
};

llvm::ArrayRef<DotInstruction> mlir::lowbit::getAArch64DotInstructions() { return kInstructions; }

static constexpr TableInstruction kTableInstructions[] = {
    // tbl reads 64 entries, and 0 beyond them; tbx leaves what is beyond them: four of them read 256.
    {"neon.tbl4", "neon", /*bytes=*/16, /*isFast=*/true},
};

llvm::ArrayRef<TableInstruction> mlir::lowbit::getAArch64TableInstructions() { return kTableInstructions; }
