#ifndef LOWBIT_FUSE_OPSTATUS_H
#define LOWBIT_FUSE_OPSTATUS_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include <string>

namespace mlir::lowbit {

/// Whether an op computes with integers or floats, and why.
struct OpStatus {
  enum class Kind { Integer, Float, Cast };
  Operation *op;
  Kind kind;
  std::string text;
};

/// The status of each op of `function` that computes with or moves the data of its arguments, in the order of the
/// text. Constants, and what is made of constants alone, compute nothing.
SmallVector<OpStatus, 0> getOpStatuses(FunctionOpInterface function);

} // namespace mlir::lowbit

#endif // LOWBIT_FUSE_OPSTATUS_H
