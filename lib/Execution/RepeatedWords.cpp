#include "RepeatedWords.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include <optional>

using namespace llvm;

/// The index of the word of four bytes that `mask` repeats.
static std::optional<int> getRepeatedWord(ArrayRef<int> mask) {
  const auto *known = find_if(mask, [](int index) { return index >= 0; });
  if (mask.size() % 4 != 0 || known == mask.end())
    return std::nullopt;
  const int first = *known - static_cast<int>(known - mask.begin()) % 4;
  if (first < 0 || first % 4 != 0)
    return std::nullopt;
  for (auto [position, index] : enumerate(mask))
    if (index >= 0 && index != first + static_cast<int>(position) % 4)
      return std::nullopt;
  return first / 4;
}

/// What computes `shuffle` in the other order; null where it is none of a repeated word.
static Value *reorder(ShuffleVectorInst &shuffle) {
  auto *logic = dyn_cast<BinaryOperator>(shuffle.getOperand(0));
  auto *offset = logic && logic->isBitwiseLogicOp() ? dyn_cast<Constant>(logic->getOperand(1)) : nullptr;
  auto *source = dyn_cast<FixedVectorType>(shuffle.getOperand(0)->getType());
  std::optional<int> word = getRepeatedWord(shuffle.getShuffleMask());
  if (!offset || !word || !source || !source->getElementType()->isIntegerTy(8) || source->getNumElements() % 4 != 0 ||
      4 * *word + 3 >= static_cast<int>(source->getNumElements()))
    return nullptr;
  const unsigned words = shuffle.getShuffleMask().size() / 4;
  SmallVector<Constant *> offsets;
  for (unsigned position = 0; position < 4 * words; ++position)
    offsets.push_back(offset->getAggregateElement(4 * *word + position % 4));
  if (is_contained(offsets, nullptr))
    return nullptr;
  IRBuilder<> builder(&shuffle);
  auto *wordsType = FixedVectorType::get(builder.getInt32Ty(), source->getNumElements() / 4);
  Value *all = builder.CreateBitCast(logic->getOperand(0), wordsType);
  Value *repeated = builder.CreateShuffleVector(all, SmallVector<int>(words, *word));
  return builder.CreateBinOp(logic->getOpcode(), builder.CreateBitCast(repeated, shuffle.getType()),
                             ConstantVector::get(offsets));
}

void mlir::lowbit::repeatWordsBeforeOffsets(Function &function) {
  for (Instruction &instruction : make_early_inc_range(instructions(function))) {
    auto *shuffle = dyn_cast<ShuffleVectorInst>(&instruction);
    llvm::Value *result = shuffle ? reorder(*shuffle) : nullptr;
    if (!result)
      continue;
    shuffle->replaceAllUsesWith(result);
    shuffle->eraseFromParent();
  }
}
