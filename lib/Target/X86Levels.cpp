#include "lowbit/Target/MachineLevel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr uint32_t bits(std::initializer_list<unsigned> positions) {
  uint32_t word = 0;
  for (unsigned position : positions)
    word |= uint32_t(1) << position;
  return word;
}

// The levels of the x86-64 psABI, by the positions in Intel's manual (CPUID, XGETBV).
// fma, cx16, movbe, xsave, osxsave, avx, f16c; bmi1, avx2, bmi2; lahf, lzcnt; xmm and ymm are saved.
#define LEVEL3                                                                                                         \
  {CpuidWord::Leaf1Ecx, bits({0, 9, 12, 13, 19, 20, 22, 23, 26, 27, 28, 29})}, {CpuidWord::Leaf7Ebx, bits({3, 5, 8})}, \
      {CpuidWord::Extended1Ecx, bits({0, 5})}, {                                                                       \
    CpuidWord::Xcr0, bits({1, 2})                                                                                      \
  }

static constexpr CpuidBits kLevel3[] = {LEVEL3};
static constexpr CpuidBits kAvxVnni[] = {LEVEL3, {CpuidWord::Leaf7Subleaf1Eax, bits({4})}};
// avx512 f, dq, cd, bw, vl; vnni; mask registers and zmm are saved.
#define AVX512VNNI                                                                                                     \
  LEVEL3, {CpuidWord::Leaf7Ebx, bits({16, 17, 28, 30, 31})}, {CpuidWord::Leaf7Ecx, bits({11})}, {                      \
    CpuidWord::Xcr0, bits({5, 6, 7})                                                                                   \
  }

static constexpr CpuidBits kAvx512Vnni[] = {AVX512VNNI};
// amx-tile, amx-int8; the configuration and the data of tiles are saved.
static constexpr CpuidBits kAmx[] = {
    AVX512VNNI, {CpuidWord::Leaf7Edx, bits({24, 25})}, {CpuidWord::Xcr0, bits({17, 18})}};
#undef AVX512VNNI
#undef LEVEL3

static const MachineLevel kLevels[] = {
    {"x86-64-v2", "x86-64-v2", "", {}},
    {"x86-64-v3", "x86-64-v3", "", kLevel3},
    {"avxvnni", "x86-64-v3", "+avxvnni", kAvxVnni},
    {"avx512vnni", "x86-64-v4", "+avx512vnni", kAvx512Vnni},
    {"amx", "x86-64-v4", "+avx512vnni,+amx-tile,+amx-int8", kAmx, /*needsTileRegisters=*/true},
};

ArrayRef<MachineLevel> lowbit::getX86MachineLevels() { return kLevels; }

llvm::Expected<SmallVector<const MachineLevel *>> lowbit::parseMachineLevels(StringRef names) {
  SmallVector<StringRef> asked;
  names.split(asked, ',');
  const bool isAll = names == "all";
  SmallVector<const MachineLevel *> levels;
  SmallVector<StringRef> known;
  for (const MachineLevel &level : kLevels) {
    known.push_back(level.name);
    if (isAll || llvm::is_contained(asked, level.name))
      levels.push_back(&level);
  }
  for (StringRef name : asked)
    if (!isAll && !llvm::is_contained(known, name))
      return llvm::createStringError("unknown machine '" + name + "': expected all, or a list of " +
                                     llvm::join(known, ", "));
  // The version of a library's first level runs where no other does: without the lowest one it would not run
  // everywhere.
  if (levels.front() != &kLevels[0])
    return llvm::createStringError("expected " + Twine(kLevels[0].name) +
                                   " among the machines, for those that are none of the others");
  return levels;
}
