#include "lowbit/Support/LaneReduction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The op that makes the only yielded value out of the accumulator, or null.
static Operation *getCombiner(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  Operation *yield = body->getTerminator();
  BlockArgument accumulator = body->getArguments().back();
  if (yield->getNumOperands() != 1 || !accumulator.hasOneUse())
    return nullptr;
  Operation *combiner = yield->getOperand(0).getDefiningOp();
  if (!combiner || combiner != *accumulator.user_begin() || !combiner->hasOneUse())
    return nullptr;
  return isa<arith::AddFOp, arith::MulFOp, arith::MaximumFOp, arith::MinimumFOp, arith::AddIOp, arith::MulIOp,
             arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp>(combiner)
             ? combiner
             : nullptr;
}

/// The dimensions of more than one iteration that `map` depends on.
static llvm::SmallBitVector getVaryingDims(AffineMap map, ArrayRef<int64_t> ranges) {
  llvm::SmallBitVector dims(ranges.size());
  for (unsigned dim = 0; dim < ranges.size(); ++dim)
    dims[dim] = ranges[dim] > 1 && map.isFunctionOfDim(dim);
  return dims;
}

/// True where each input is indexed by dimensions and zeros, and `dim` is the last index of those it occurs in.
static bool isLastWherever(unsigned dim, ArrayRef<AffineMap> inputs) {
  return llvm::all_of(inputs, [&](AffineMap map) {
    return map.isProjectedPermutation(/*allowZeroInResults=*/true) &&
           (!map.isFunctionOfDim(dim) || map.getResults().back() == getAffineDimExpr(dim, map.getContext()));
  });
}

/// True where of any two of the inputs that `dim` indexes, the parallel dimensions of one contain those of the other.
static bool isOneFamily(unsigned dim, ArrayRef<AffineMap> inputs, linalg::LinalgOp op, ArrayRef<int64_t> ranges) {
  llvm::SmallBitVector parallel(ranges.size());
  for (auto [index, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    parallel[index] = iterator == utils::IteratorType::parallel;
  SmallVector<llvm::SmallBitVector> families;
  for (AffineMap map : inputs)
    if (map.isFunctionOfDim(dim))
      families.push_back(getVaryingDims(map, ranges) & parallel);
  for (const llvm::SmallBitVector &a : families)
    for (const llvm::SmallBitVector &b : families)
      if (a.test(b) && llvm::SmallBitVector(b).test(a))
        return false;
  return true;
}

std::optional<LaneReduction> lowbit::matchLaneReduction(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 || op.getNumDpsInputs() == 0 ||
      op.getNumReductionLoops() == 0 || op.hasIndexSemantics())
    return std::nullopt;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  if (llvm::any_of(ranges, [](int64_t range) { return ShapedType::isDynamic(range) || range == 0; }))
    return std::nullopt;
  LaneReduction reduction;
  reduction.combiner = getCombiner(op);
  if (!reduction.combiner)
    return std::nullopt;

  SmallVector<AffineMap> inputs = op.getIndexingMapsArray();
  inputs.pop_back();
  // The results lie in the order of the loops' parallel dimensions, or in another; they all exist.
  AffineMap output = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  auto outputShape = cast<ShapedType>(op.getDpsInits().front().getType()).getShape();
  if (!output.isProjectedPermutation(/*allowZeroInResults=*/true) ||
      llvm::any_of(llvm::zip_equal(output.getResults(), outputShape),
                   [](auto pair) { return isa<AffineConstantExpr>(std::get<0>(pair)) && std::get<1>(pair) != 1; }))
    return std::nullopt;
  SmallVector<unsigned> reductionDims;
  op.getReductionDims(reductionDims);
  for (unsigned dim : reductionDims) {
    const bool isUsed = llvm::any_of(inputs, [&](AffineMap map) { return map.isFunctionOfDim(dim); });
    if (ranges[dim] == 1 || !isUsed || !isLastWherever(dim, inputs) || !isOneFamily(dim, inputs, op, ranges))
      continue;
    reduction.dim = dim;
    reduction.size = ranges[dim];
    return reduction;
  }
  return std::nullopt;
}

TypedAttr LaneReduction::getIdentity() const {
  Builder builder(combiner->getContext());
  Type type = combiner->getResult(0).getType();
  if (auto floatType = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = floatType.getFloatSemantics();
    APFloat identity = TypeSwitch<Operation *, APFloat>(combiner)
                           // +0 would turn -0 into +0.
                           .Case([&](arith::AddFOp) { return APFloat::getZero(semantics, /*Negative=*/true); })
                           .Case([&](arith::MulFOp) { return APFloat::getOne(semantics); })
                           .Case([&](arith::MaximumFOp) { return APFloat::getInf(semantics, /*Negative=*/true); })
                           .Default([&](Operation *) { return APFloat::getInf(semantics); });
    return builder.getFloatAttr(type, identity);
  }
  const unsigned bits = type.getIntOrFloatBitWidth();
  APInt identity = TypeSwitch<Operation *, APInt>(combiner)
                       .Case([&](arith::MulIOp) { return APInt(bits, 1); })
                       .Case([&](arith::MaxSIOp) { return APInt::getSignedMinValue(bits); })
                       .Case([&](arith::MinSIOp) { return APInt::getSignedMaxValue(bits); })
                       .Case([&](arith::MinUIOp) { return APInt::getMaxValue(bits); })
                       .Default([&](Operation *) { return APInt::getZero(bits); });
  return builder.getIntegerAttr(type, identity);
}
