#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_MERGEROWS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// `n x h x w x c` as `1 x 1 x nhw x c`.
static RankedTensorType getMergedType(RankedTensorType type) {
  const int64_t rows = type.getDimSize(0) * type.getDimSize(1) * type.getDimSize(2);
  return RankedTensorType::get({1, 1, rows, type.getDimSize(3)}, type.getElementType());
}

static Value reshape(OpBuilder &builder, Location loc, Value value, RankedTensorType type) {
  const SmallVector<ReassociationIndices> groups = {{0, 1, 2}, {3}};
  Value flat = tensor::CollapseShapeOp::create(builder, loc, value, groups);
  return tensor::ExpandShapeOp::create(builder, loc, type, flat, groups);
}

static Value merge(OpBuilder &builder, Location loc, Value value) {
  return reshape(builder, loc, value, getMergedType(cast<RankedTensorType>(value.getType())));
}

/// True where each operand has the output's shape or differs along the channels only.
static bool isMergeable(linalg::GenericOp generic) {
  return llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap map) {
    return map.isIdentity() ||
           llvm::none_of(llvm::seq<unsigned>(0, 3), [&](unsigned dim) { return map.isFunctionOfDim(dim); });
  });
}

/// True where a value is written in place into a larger tensor, in which its rows need not follow each other.
static bool isInserted(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    return isa<tensor::PadOp, tensor::ConcatOp, tensor::InsertSliceOp>(user);
  });
}

/// What `init` holds, in its merged shape; still a fill or a broadcast where it is one.
static Value mergeInit(OpBuilder &builder, Location loc, Value init) {
  auto type = getMergedType(cast<RankedTensorType>(init.getType()));
  auto makeEmpty = [&] { return tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType()); };
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    return linalg::FillOp::create(builder, loc, fill.getInputs(), ValueRange{makeEmpty()}).getResult(0);
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  if (broadcast && broadcast.getDimensions() == ArrayRef<int64_t>{0, 1, 2})
    return linalg::BroadcastOp::create(builder, loc, broadcast.getInput(), makeEmpty(), broadcast.getDimensions())
        ->getResult(0);
  return merge(builder, loc, init);
}

namespace {
struct MergeRowsOfPointwise : OpRewritePattern<linalg::Conv2DNhwcFhwcOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::Conv2DNhwcFhwcOp op, PatternRewriter &rewriter) const override {
    auto linalgOp = cast<linalg::LinalgOp>(op.getOperation());
    if (!linalgOp.hasPureTensorSemantics() ||
        !llvm::all_of(op->getOperandTypes(), [](Type type) { return cast<RankedTensorType>(type).hasStaticShape(); }))
      return rewriter.notifyMatchFailure(op, "expected tensors of static shape");
    auto outputType = cast<RankedTensorType>(op.getResult(0).getType());
    auto inputType = cast<RankedTensorType>(op.getInputs()[0].getType());
    // A window of one element and a stride of 1, or of any size along a dimension of one element: the output has the
    // shape of the input.
    if (inputType.getShape().drop_back() != outputType.getShape().drop_back() ||
        cast<RankedTensorType>(op.getInputs()[1].getType()).getNumElements() !=
            inputType.getDimSize(3) * outputType.getDimSize(3))
      return rewriter.notifyMatchFailure(op, "is not pointwise with a stride of 1");
    if (outputType.getDimSize(0) * outputType.getDimSize(1) <= 1)
      return rewriter.notifyMatchFailure(op, "has one row");
    if (auto tile = op->getAttrOfType<TileAttr>(kTileAttrName); tile && tile.getLines() > 1)
      return rewriter.notifyMatchFailure(op, "has a tile of several lines");
    SmallVector<linalg::GenericOp> epilogue = collectEpilogue(linalgOp);
    if (!llvm::all_of(epilogue, isMergeable))
      return rewriter.notifyMatchFailure(op, "what is computed of its result differs by position");
    Operation *last = epilogue.empty() ? op.getOperation() : epilogue.back().getOperation();
    if (isInserted(last->getResult(0)))
      return rewriter.notifyMatchFailure(op, "its result is written into a larger tensor");

    rewriter.setInsertionPoint(last);
    Location loc = op.getLoc();
    Value input = merge(rewriter, loc, op.getInputs()[0]);
    Value init = mergeInit(rewriter, loc, op.getOutputs()[0]);
    IRMapping mapping;
    auto ones = rewriter.getI64TensorAttr({1, 1});
    auto merged = linalg::Conv2DNhwcFhwcOp::create(rewriter, loc, init.getType(), ValueRange{input, op.getInputs()[1]},
                                                   ValueRange{init}, ones, ones);
    if (Attribute tile = op->getAttr(kTileAttrName))
      merged->setAttr(kTileAttrName, tile);
    mapping.map(op.getResult(0), merged.getResult(0));
    Value result = merged.getResult(0);
    for (linalg::GenericOp generic : epilogue) {
      result = mergeGeneric(rewriter, generic, mapping);
      mapping.map(generic.getResult(0), result);
    }
    auto type = cast<RankedTensorType>(last->getResult(0).getType());
    rewriter.replaceOp(last, reshape(rewriter, last->getLoc(), result, type));
    for (linalg::GenericOp generic :
         llvm::reverse(epilogue.empty() ? ArrayRef(epilogue) : ArrayRef(epilogue).drop_back()))
      rewriter.eraseOp(generic);
    if (!epilogue.empty())
      rewriter.eraseOp(op);
    return success();
  }

private:
  static Value mergeGeneric(PatternRewriter &rewriter, linalg::GenericOp generic, const IRMapping &mapping) {
    Location loc = generic.getLoc();
    auto mergeOperand = [&](OpOperand *operand) -> Value {
      if (Value merged = mapping.lookupOrNull(operand->get()))
        return merged;
      if (!generic.getMatchingIndexingMap(operand).isIdentity())
        return operand->get();
      return merge(rewriter, loc, operand->get());
    };
    SmallVector<Value> inputs = llvm::map_to_vector(generic.getDpsInputOperands(), mergeOperand);
    Value init = mergeInit(rewriter, loc, generic.getDpsInits().front());
    auto merged = linalg::GenericOp::create(rewriter, loc, TypeRange{init.getType()}, inputs, ValueRange{init},
                                            generic.getIndexingMapsArray(), generic.getIteratorTypesArray());
    rewriter.cloneRegionBefore(generic.getRegion(), merged.getRegion(), merged.getRegion().begin());
    return merged.getResult(0);
  }
};

struct MergeRows : lowbit::impl::MergeRowsBase<MergeRows> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<MergeRowsOfPointwise>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
