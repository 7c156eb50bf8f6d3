#ifndef LOWBIT_FUSE_FOLDCONSTANTS_H
#define LOWBIT_FUSE_FOLDCONSTANTS_H

#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::lowbit {

/// Quantizes constants, each once for each type.
class ConstantFolder {
public:
  /// `quantized` as an integer constant behind a `quant.scast`, where it quantizes a constant to 8 bits; itself
  /// otherwise.
  Value fold(Value quantized);
  /// The i32 constant of a bias that is quantized to 32 bits; null where it is no such constant.
  Value foldBias(Value quantized);

private:
  llvm::DenseMap<std::pair<Value, Type>, Value> folded;
};

} // namespace mlir::lowbit

#endif // LOWBIT_FUSE_FOLDCONSTANTS_H
