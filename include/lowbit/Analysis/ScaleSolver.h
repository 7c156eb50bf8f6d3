#ifndef LOWBIT_ANALYSIS_SCALESOLVER_H
#define LOWBIT_ANALYSIS_SCALESOLVER_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::lowbit {

/// A tensor of integers, whose type is to be found.
struct ScaleVariable {
  /// The type of its own range.
  quant::UniformQuantizedType type;
  int64_t numElements = 1;
  /// It must have that type.
  bool isFixed = false;
  /// An op outside the groups combines its values with others, so that a coarser scale costs precision.
  bool isCombined = false;
};

/// Variables that an op wants in one type. An edge joins the group to each of them.
struct ScaleGroup {
  SmallVector<unsigned> variables;
};

struct ScaleProblem {
  SmallVector<ScaleVariable> variables;
  SmallVector<ScaleGroup> groups;
};

/// A type for each variable and each group. Where the two at the ends of an edge differ, a `lowbit.requantize` is on
/// it.
struct ScaleSolution {
  SmallVector<quant::UniformQuantizedType> variables;
  SmallVector<quant::UniformQuantizedType> groups;
};

/// Joins the ends of edges into classes, the edge of the largest tensor first and those of one size in order, and gives
/// each class a type whose range holds the ranges of its variables. An edge is cut where the two classes can't share a
/// type, or where it costs more than a requantization of its tensor: a bit of precision lost by an element that is
/// combined weighs as much as an element requantized. The edges of small tensors come last, so conflicts are cut there.
ScaleSolution solveScales(const ScaleProblem &problem);

/// The type of one scale whose range holds those of all `types`, of which there is at least one: the coarsest of them
/// where that does but for half a step at an end, which is what rounding loses. Null where their storage types differ
/// or the range is not finite.
quant::UniformQuantizedType joinTypes(ArrayRef<quant::UniformQuantizedType> types);

} // namespace mlir::lowbit

#endif // LOWBIT_ANALYSIS_SCALESOLVER_H
