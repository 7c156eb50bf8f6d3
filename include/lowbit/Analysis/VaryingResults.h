#ifndef LOWBIT_ANALYSIS_VARYINGRESULTS_H
#define LOWBIT_ANALYSIS_VARYINGRESULTS_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::lowbit {

/// The results of the ops of `function` that depend on an argument of it, or of a block in it.
DenseSet<Value> findVaryingResults(FunctionOpInterface function);

} // namespace mlir::lowbit

#endif // LOWBIT_ANALYSIS_VARYINGRESULTS_H
