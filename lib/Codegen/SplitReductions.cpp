#include "lowbit/Codegen/Passes.h"
#include "lowbit/Support/FastFloat.h"
#include "lowbit/Support/LaneReduction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

using utils::IteratorType;

/// `value` with all its elements in another static shape.
static Value reshape(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  auto collapseAll = [](int64_t rank) {
    return rank == 0 ? SmallVector<ReassociationIndices>()
                     : SmallVector<ReassociationIndices>{llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
  };
  if (type.getShape() == shape)
    return value;
  auto flat = RankedTensorType::get({type.getNumElements()}, type.getElementType());
  if (type.getRank() == 0)
    value = tensor::ExpandShapeOp::create(builder, loc, flat, value, collapseAll(0));
  else if (type.getRank() > 1)
    value = tensor::CollapseShapeOp::create(builder, loc, flat, value, collapseAll(type.getRank()));
  auto result = RankedTensorType::get(shape, type.getElementType());
  if (shape.empty())
    return tensor::CollapseShapeOp::create(builder, loc, result, value, collapseAll(0));
  if (shape.size() > 1)
    return tensor::ExpandShapeOp::create(builder, loc, result, value, collapseAll(shape.size()));
  return value;
}

namespace {
/// Rewrites one reduction.
class Splitter {
public:
  Splitter(IRRewriter &rewriter, linalg::LinalgOp op, const LaneReduction &reduction)
      : rewriter(rewriter), op(op), reduction(reduction), loc(op.getLoc()), ranges(op.getStaticLoopRanges()),
        output(op.getMatchingIndexingMap(op.getDpsInitOperand(0))),
        elementType(getElementTypeOrSelf(op.getDpsInits().front().getType())) {
    for (AffineExpr result : output.getResults())
      if (auto dim = dyn_cast<AffineDimExpr>(result))
        resultDims.push_back(dim.getPosition());
  }

  Value split() {
    Value lanes = createIdentity();
    if (reduction.getWholeSize() > 0)
      lanes = accumulateGroups(lanes);
    if (reduction.getWholeSize() < reduction.size)
      lanes = accumulateRest(lanes);
    return combine(lanes);
  }

private:
  /// The sizes of the result's dimensions, those of size 1 that no loop runs along left out, and of the lanes.
  SmallVector<int64_t> getLaneShape(int64_t lanes) {
    SmallVector<int64_t> shape;
    for (unsigned dim : resultDims)
      shape.push_back(ranges[dim]);
    shape.push_back(lanes);
    return shape;
  }

  Value createIdentity() {
    Value empty = tensor::EmptyOp::create(rewriter, loc, getLaneShape(reduction.getLaneCount()), elementType);
    Value identity = arith::ConstantOp::create(rewriter, loc, reduction.getIdentity());
    return linalg::FillOp::create(rewriter, loc, identity, empty).getResult(0);
  }

  /// The elements [start, start + size) of the reduced dimension, the last one of `input`.
  Value sliceInput(Value input, int64_t start, int64_t size) {
    auto type = cast<RankedTensorType>(input.getType());
    if (size == type.getShape().back())
      return input;
    SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0)),
        strides(type.getRank(), rewriter.getIndexAttr(1)),
        sizes = getAsIndexOpFoldResult(op.getContext(), type.getShape());
    offsets.back() = rewriter.getIndexAttr(start);
    sizes.back() = rewriter.getIndexAttr(size);
    return tensor::ExtractSliceOp::create(rewriter, loc, input, offsets, sizes, strides);
  }

  /// The op on a slice of the reduced dimension whose `size` elements are in lanes, or in groups of lanes, into `init`.
  Value accumulate(Value init, int64_t start, int64_t size, bool inGroups) {
    MLIRContext *context = op.getContext();
    const unsigned loops = ranges.size() + (inGroups ? 1 : 0);
    const unsigned laneDim = inGroups ? ranges.size() : reduction.dim;
    AffineExpr lane = getAffineDimExpr(laneDim, context);
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      SmallVector<AffineExpr> results(map.getResults());
      Value input = operand->get();
      if (map.isFunctionOfDim(reduction.dim)) {
        input = sliceInput(input, start, size);
        if (inGroups) {
          auto type = cast<RankedTensorType>(input.getType());
          SmallVector<int64_t> shape(type.getShape().drop_back());
          shape.append({size / kReductionLanes, kReductionLanes});
          SmallVector<ReassociationIndices> groups;
          for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
            groups.push_back({dim});
          groups.push_back({type.getRank() - 1, type.getRank()});
          input = tensor::ExpandShapeOp::create(rewriter, loc, type.clone(shape), input, groups);
          results.push_back(lane);
        }
      }
      inputs.push_back(input);
      maps.push_back(AffineMap::get(loops, 0, results, context));
    }
    SmallVector<AffineExpr> results;
    for (unsigned dim : resultDims)
      results.push_back(getAffineDimExpr(dim, context));
    results.push_back(lane);
    maps.push_back(AffineMap::get(loops, 0, results, context));

    SmallVector<IteratorType> iterators = op.getIteratorTypesArray();
    if (inGroups)
      iterators.push_back(IteratorType::parallel);
    else
      iterators[reduction.dim] = IteratorType::parallel;
    auto generic = linalg::GenericOp::create(rewriter, loc, init.getType(), inputs, init, maps, iterators);
    IRMapping mapping;
    op->getRegion(0).cloneInto(&generic.getRegion(), mapping);
    return generic.getResult(0);
  }

  Value accumulateGroups(Value lanes) { return accumulate(lanes, 0, reduction.getWholeSize(), /*inGroups=*/true); }

  /// The terms behind the last whole group go to the first lanes.
  Value accumulateRest(Value lanes) {
    const int64_t start = reduction.getWholeSize(), size = reduction.size - start;
    if (start == 0)
      return accumulate(lanes, start, size, /*inGroups=*/false);
    auto type = cast<RankedTensorType>(lanes.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0)),
        strides(type.getRank(), rewriter.getIndexAttr(1)),
        sizes = getAsIndexOpFoldResult(op.getContext(), type.getShape());
    sizes.back() = rewriter.getIndexAttr(size);
    Value first = tensor::ExtractSliceOp::create(rewriter, loc, lanes, offsets, sizes, strides);
    first = accumulate(first, start, size, /*inGroups=*/false);
    return tensor::InsertSliceOp::create(rewriter, loc, first, lanes, offsets, sizes, strides);
  }

  /// Combines the lanes of each result, l with l + 8, then l with l + 4, and so on, and the init with what is left.
  Value combine(Value lanes) {
    MLIRContext *context = op.getContext();
    const int64_t laneCount = reduction.getLaneCount();
    const int64_t count = cast<RankedTensorType>(lanes.getType()).getNumElements() / laneCount;
    lanes = reshape(rewriter, loc, lanes, {count, laneCount});
    Value init = op.getDpsInits().front();
    auto initType = cast<RankedTensorType>(init.getType());

    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    AffineExpr row = getAffineDimExpr(0, context);
    if (auto fill = init.getDefiningOp<linalg::FillOp>(); fill && fill.getInputs().front().getType() == elementType) {
      inputs.push_back(fill.getInputs().front());
      maps.push_back(AffineMap::get(1, 0, context));
    } else {
      inputs.push_back(reshape(rewriter, loc, init, {count}));
      maps.push_back(AffineMap::get(1, 0, row));
    }
    for (int64_t lane = 0; lane < laneCount; ++lane) {
      inputs.push_back(lanes);
      maps.push_back(AffineMap::get(1, 0, {row, getAffineConstantExpr(lane, context)}, context));
    }
    maps.push_back(AffineMap::get(1, 0, row));
    Value empty = tensor::EmptyOp::create(rewriter, loc, {count}, elementType);
    auto body = [&](OpBuilder &builder, Location loc, ValueRange args) {
      auto apply = [&](Value a, Value b) {
        IRMapping mapping;
        Operation *combiner = reduction.combiner;
        const bool isFirst = combiner->getOperand(0) == op.getBlock()->getArguments().back();
        mapping.map(combiner->getOperand(isFirst ? 0 : 1), a);
        mapping.map(combiner->getOperand(isFirst ? 1 : 0), b);
        return builder.clone(*combiner, mapping)->getResult(0);
      };
      SmallVector<Value> values(args.drop_front().take_front(laneCount));
      for (int64_t width = kReductionLanes / 2; width > 0; width /= 2)
        for (int64_t lane = 0; lane < width && lane + width < laneCount; ++lane)
          values[lane] = apply(values[lane], values[lane + width]);
      linalg::YieldOp::create(builder, loc, apply(args.front(), values.front()));
    };
    Value result = linalg::GenericOp::create(rewriter, loc, TypeRange{empty.getType()}, inputs, empty, maps,
                                             SmallVector<IteratorType>{IteratorType::parallel}, body)
                       .getResult(0);
    return reshape(rewriter, loc, result, initType.getShape());
  }

  IRRewriter &rewriter;
  linalg::LinalgOp op;
  LaneReduction reduction;
  Location loc;
  SmallVector<int64_t> ranges;
  AffineMap output;
  Type elementType;
  /// The iteration dimensions that the result's dimensions are, in its order.
  SmallVector<unsigned> resultDims;
};

struct SplitReductions : lowbit::impl::SplitReductionsBase<SplitReductions> {
  void runOnOperation() override {
    // A maximum whose position nobody asks for is one result less.
    RewritePatternSet patterns(&getContext());
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops) {
      std::optional<LaneReduction> reduction = matchLaneReduction(op);
      if (!reduction)
        continue;
      setFloatFlagsOfNamedOp(op);
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, Splitter(rewriter, op, *reduction).split());
    }
  }
};
} // namespace
