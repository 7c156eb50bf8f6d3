#ifndef LOWBIT_DIALECT_LOWBITDIALECT_H
#define LOWBIT_DIALECT_LOWBITDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "lowbit/Dialect/ShapeInference.h"

#include "lowbit/Dialect/LowbitDialect.h.inc"
#include "lowbit/Dialect/LowbitEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "lowbit/Dialect/LowbitAttrs.h.inc"

namespace mlir::lowbit {
/// The discardable attribute of a linalg op that holds its `#lowbit.tile`.
inline constexpr llvm::StringLiteral kTileAttrName = "lowbit.tile";

/// The attribute of a contraction with a `ShortSumsAttr`.
inline constexpr llvm::StringLiteral kShortSumsAttrName = "lowbit.short_sums";
/// The module attribute that lists the names of the tensors that calls of the recorder observe, in the order of the
/// calls' indices.
inline constexpr llvm::StringLiteral kObservedAttrName = "lowbit.observed";
/// The discardable attribute of a `vector.contract` that names the dot instruction which computes it, and of a
/// `vector.gather` that names the table instruction which does.
inline constexpr llvm::StringLiteral kInstructionAttrName = "lowbit.instruction";
/// The unit attribute of a module whose float arithmetic may be contracted to fused multiply-adds.
inline constexpr llvm::StringLiteral kFastFloatAttrName = "lowbit.fast_float";
} // namespace mlir::lowbit

#define GET_OP_CLASSES
#include "lowbit/Dialect/LowbitOps.h.inc"

#endif // LOWBIT_DIALECT_LOWBITDIALECT_H
