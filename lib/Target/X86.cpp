#include "lowbit/Target/Target.h"

using namespace mlir::lowbit;

static constexpr DotInstruction kInstructions[] = {
    // tdpbssd: s8 x s8, matrices of up to 16 rows of 64 bytes, in tile registers.
    {"amx.tdpbssd", "amx-int8", /*lanes=*/16, /*depth=*/4, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/64, /*vectors=*/4, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1, /*needsProof=*/false,
     /*addsShort=*/false, /*activationBits=*/8, /*multipliesTiles=*/true},
    // vpdpbusd: u8 x s8, four products to an i32 lane, no intermediate saturation. Zen 4 starts one a cycle, Zen 5 two,
    // and each takes four; Intel's cores of the time start two that take five.
    {"avx512.vpdpbusd", "avx512vnni", /*lanes=*/16, /*depth=*/4, /*offsetsActivations=*/true,
     /*needsNarrowWeights=*/false, /*rows=*/14, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1,
     /*needsProof=*/false, /*addsShort=*/false, /*activationBits=*/8, /*multipliesTiles=*/false, /*underWay=*/10},
    // The same of AVX-VNNI, on half the lanes.
    {"avxvnni.vpdpbusd", "avxvnni", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/true,
     /*needsNarrowWeights=*/false, /*rows=*/6, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1,
     /*needsProof=*/false, /*addsShort=*/false, /*activationBits=*/8, /*multipliesTiles=*/false, /*underWay=*/10},
    // vpmaddubsw of a + 128 and weights of a few bits: eight groups of them fit 16 bits, in accumulators beside
    // those of 32 bits.
    {"avx2.vpmaddubsw.narrow", "avx2", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/true,
     /*needsNarrowWeights=*/false, /*rows=*/4, /*vectors=*/1, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1,
     /*needsProof=*/false, /*addsShort=*/true},
    // vpxor flips the bits of the activation where the weight is negative, vpmaddubsw multiplies the result with |w|: a
    // pair is at least 2 * 128 * -128, which fits i16. Then vpmaddwd with ones and vpaddd. Unlike vpsignb, vpxor is not
    // for the ports that multiply, on Intel's cores.
    {"avx2.vpxor", "avx2", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/100, /*groups=*/1, /*needsProof=*/false,
     /*addsShort=*/false, /*activationBits=*/8, /*multipliesTiles=*/false, /*underWay=*/8,
     /*complementsActivations=*/true},
    // vpsignb moves the sign of the activation to the weight, so that vpmaddubsw multiplies |a| with it: a pair sums to
    // at most 2 * 128 * 127 = 32512.
    {"avx2.vpsignb", "avx2", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/false, /*needsNarrowWeights=*/true,
     /*rows=*/2, /*vectors=*/4},
    {"avx2.vpmaddwd", "avx2", /*lanes=*/8, /*depth=*/2, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2},
    // vpxor of several groups, added by vpaddw before the one vpmaddwd: exact where |w| sums to at most 256.
    {"avx2.vpxor.x2", "avx2", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/88, /*groups=*/2, /*needsProof=*/true,
     /*addsShort=*/false, /*activationBits=*/8, /*multipliesTiles=*/false, /*underWay=*/8,
     /*complementsActivations=*/true},
    // vpmaddubsw of a + 128: exact where the positive weights sum to at most 128, and the negative ones to -128 or
    // more.
    {"avx2.vpmaddubsw", "avx2", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/true, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/82, /*groups=*/1, /*needsProof=*/true},
    {"avx2.vpmaddubsw.x2", "avx2", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/true, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/67, /*groups=*/2, /*needsProof=*/true},
    {"avx2.vpmaddubsw.x4", "avx2", /*lanes=*/8, /*depth=*/4, /*offsetsActivations=*/true, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/60, /*groups=*/4, /*needsProof=*/true},
    {"sse4.pmaddubsw.narrow", "sse4.1", /*lanes=*/4, /*depth=*/4, /*offsetsActivations=*/true,
     /*needsNarrowWeights=*/false, /*rows=*/4, /*vectors=*/1, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1,
     /*needsProof=*/false, /*addsShort=*/true},
    {"sse4.psignb", "sse4.1", /*lanes=*/4, /*depth=*/4, /*offsetsActivations=*/false, /*needsNarrowWeights=*/true,
     /*rows=*/4, /*vectors=*/2},
    {"sse2.pmaddwd", "sse4.1", /*lanes=*/4, /*depth=*/2, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2},
    // s16 x s8 in tile registers: tdpbssd of the high bytes, tdpbusd of the low ones, each kind in registers of its
    // own.
    {"amx.tdpbssd.w", "amx-int8", /*lanes=*/16, /*depth=*/4, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/32, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1, /*needsProof=*/false,
     /*addsShort=*/false, /*activationBits=*/16, /*multipliesTiles=*/true},
    // s16 x s16, two products to an i32 lane; the weights are widened in registers. Of 8-bit weights no pair overflows.
    {"avx512.vpdpwssd", "avx512vnni", /*lanes=*/16, /*depth=*/2, /*offsetsActivations=*/false,
     /*needsNarrowWeights=*/false, /*rows=*/12, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1,
     /*needsProof=*/false, /*addsShort=*/false, /*activationBits=*/16},
    {"avxvnni.vpdpwssd", "avxvnni", /*lanes=*/8, /*depth=*/2, /*offsetsActivations=*/false,
     /*needsNarrowWeights=*/false, /*rows=*/6, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1,
     /*needsProof=*/false, /*addsShort=*/false, /*activationBits=*/16},
    {"avx2.vpmaddwd.w", "avx2", /*lanes=*/8, /*depth=*/2, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1, /*needsProof=*/false,
     /*addsShort=*/false, /*activationBits=*/16},
    {"sse2.pmaddwd.w", "sse4.1", /*lanes=*/4, /*depth=*/2, /*offsetsActivations=*/false, /*needsNarrowWeights=*/false,
     /*rows=*/4, /*vectors=*/2, /*multipliesBlocks=*/false, /*cost=*/0, /*groups=*/1, /*needsProof=*/false,
     /*addsShort=*/false, /*activationBits=*/16},
};

llvm::ArrayRef<DotInstruction> mlir::lowbit::getX86DotInstructions() { return kInstructions; }

static constexpr TableInstruction kTableInstructions[] = {
    // vpermi2b reads 128 entries; the highest bit of the byte chooses among two of them.
    {"avx512.vpermi2b", "avx512vbmi", /*bytes=*/64, /*isFast=*/true},
    // pshufb reads 16 entries, and 0 where the highest bit is set: the exclusive or of 16 of them.
    {"avx2.vpshufb", "avx2", /*bytes=*/32},
    {"ssse3.pshufb", "ssse3", /*bytes=*/16},
};

llvm::ArrayRef<TableInstruction> mlir::lowbit::getX86TableInstructions() { return kTableInstructions; }

static constexpr llvm::StringLiteral kSystemFeatures[] = {
    "cldemote",  "clflushopt", "clwb",   "clzero",   "cmpccxadd", "enqcmd",  "fsgsbase", "hreset",
    "invpcid",   "kl",         "lwp",    "mwaitx",   "movdir64b", "movdiri", "pconfig",  "pku",
    "prefetchi", "ptwrite",    "raoint", "rdpid",    "rdpru",     "rdrnd",   "rdseed",   "rtm",
    "serialize", "sgx",        "shstk",  "tsxldtrk", "uintr",     "usermsr", "waitpkg",  "wbnoinvd",
    "widekl",    "xsave",      "xsavec", "xsaveopt", "xsaves"};

llvm::ArrayRef<llvm::StringLiteral> mlir::lowbit::getX86SystemFeatures() { return kSystemFeatures; }
