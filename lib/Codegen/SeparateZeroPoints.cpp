#include "lowbit/Codegen/Passes.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SEPARATEZEROPOINTS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The zero point that is subtracted from `argument`, a byte, on the way to `value`.
static std::optional<int32_t> matchCentered(Value value, BlockArgument argument) {
  int32_t zeroPoint = 0;
  if (auto subtract = value.getDefiningOp<arith::SubIOp>()) {
    APInt constant;
    if (!matchPattern(subtract.getRhs(), m_ConstantInt(&constant)))
      return std::nullopt;
    zeroPoint = static_cast<int32_t>(constant.getSExtValue());
    value = subtract.getLhs();
  }
  auto extend = value.getDefiningOp<arith::ExtSIOp>();
  if (!extend || extend.getIn() != argument || !argument.getType().isInteger(8) || !extend.getType().isInteger(32))
    return std::nullopt;
  return zeroPoint;
}

namespace {
/// The zero points of a product of centered bytes: `acc + (a - lhs) * (b - rhs)`.
struct ZeroPoints {
  int32_t lhs;
  int32_t rhs;

  static std::optional<ZeroPoints> match(linalg::GenericOp op);
};
} // namespace

std::optional<ZeroPoints> ZeroPoints::match(linalg::GenericOp op) {
  Block &body = *op.getBody();
  auto yield = cast<linalg::YieldOp>(body.getTerminator());
  auto add = yield.getValues().front().getDefiningOp<arith::AddIOp>();
  if (!add || add.getLhs() != body.getArgument(2))
    return std::nullopt;
  auto multiply = add.getRhs().getDefiningOp<arith::MulIOp>();
  if (!multiply)
    return std::nullopt;
  std::optional<int32_t> lhs = matchCentered(multiply.getLhs(), body.getArgument(0)),
                         rhs = matchCentered(multiply.getRhs(), body.getArgument(1));
  if (!lhs || !rhs)
    return std::nullopt;
  return ZeroPoints{*lhs, *rhs};
}

static Value createZeros(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape) {
  Value empty = tensor::EmptyOp::create(builder, loc, shape, builder.getI32Type());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

/// The sums of the rows of `value`, [batch,] m, k: products with ones, for which there are dot instructions.
static Value sumRows(OpBuilder &builder, Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  const int64_t rank = type.getRank(), size = type.getShape().back(), rows = type.getNumElements() / size;
  ReassociationIndices leading = llvm::to_vector<2>(llvm::seq<int64_t>(0, rank - 1));
  if (rank > 2)
    value =
        tensor::CollapseShapeOp::create(builder, loc, value, SmallVector<ReassociationIndices>{leading, {rank - 1}});
  auto onesType = RankedTensorType::get({size, 1}, builder.getI8Type());
  Value ones = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(onesType, APInt(8, 1)));
  Value init = createZeros(builder, loc, {rows, 1});
  Value sums = linalg::MatmulOp::create(builder, loc, init.getType(), ValueRange{value, ones}, init)->getResult(0);
  sums = tensor::CollapseShapeOp::create(builder, loc, sums, SmallVector<ReassociationIndices>{{0, 1}});
  if (rank == 2)
    return sums;
  auto result = RankedTensorType::get(type.getShape().drop_back(), builder.getI32Type());
  return tensor::ExpandShapeOp::create(builder, loc, result, sums, SmallVector<ReassociationIndices>{leading});
}

/// The sums over k of `value`, [batch,] k, n.
static Value sumColumns(OpBuilder &builder, Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  const int64_t rank = type.getRank();
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + rank - 2);
  Value init = createZeros(builder, loc, shape);
  AffineMap all = builder.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators[rank - 2] = utils::IteratorType::reduction;
  return linalg::GenericOp::create(builder, loc, init.getType(), value, init,
                                   ArrayRef<AffineMap>{all, all.dropResult(rank - 2)}, iterators,
                                   [](OpBuilder &builder, Location loc, ValueRange args) {
                                     Value wide = arith::ExtSIOp::create(builder, loc, builder.getI32Type(), args[0]);
                                     Value sum = arith::AddIOp::create(builder, loc, args[1], wide);
                                     linalg::YieldOp::create(builder, loc, sum);
                                   })
      .getResult(0);
}

namespace {
struct SeparateZeroPointsOfProduct : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    MLIRContext *context = op.getContext();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    const bool isBatch = maps == linalg::BatchMatmulOp::getDefaultIndexingMaps(context);
    if (!isBatch && maps != linalg::MatmulOp::getDefaultIndexingMaps(context))
      return rewriter.notifyMatchFailure(op, "is no matrix product");
    if (!op.hasPureTensorSemantics() ||
        llvm::any_of(op.getStaticLoopRanges(), [](int64_t size) { return ShapedType::isDynamic(size) || size == 0; }))
      return rewriter.notifyMatchFailure(op, "expected tensors of static shape that are not empty");
    std::optional<ZeroPoints> zeroPoints = ZeroPoints::match(op);
    if (!zeroPoints)
      return rewriter.notifyMatchFailure(op, "does not multiply centered bytes");

    Location loc = op.getLoc();
    Value lhs = op.getInputs()[0], rhs = op.getInputs()[1];
    Value init = createInit(rewriter, op, *zeroPoints);
    Operation *product;
    if (isBatch)
      product = linalg::BatchMatmulOp::create(rewriter, loc, init.getType(), ValueRange{lhs, rhs}, init);
    else
      product = linalg::MatmulOp::create(rewriter, loc, init.getType(), ValueRange{lhs, rhs}, init);
    rewriter.replaceOp(op, product);
    return success();
  }

private:
  /// sum (a - x)(b - y) = sum ab - x * sum b - y * sum a + kxy: the last three terms, in integers that wrap, and what
  /// the product accumulates to.
  static Value createInit(OpBuilder &builder, linalg::GenericOp op, ZeroPoints zeroPoints) {
    Location loc = op.getLoc();
    Value init = op.getOutputs()[0];
    if (zeroPoints.lhs == 0 && zeroPoints.rhs == 0)
      return init;
    auto type = cast<RankedTensorType>(init.getType());
    const int64_t rank = type.getRank(), size = cast<ShapedType>(op.getInputs()[0].getType()).getShape().back();
    AffineMap all = builder.getMultiDimIdentityMap(rank);
    SmallVector<Value> inputs = {init};
    SmallVector<AffineMap> maps = {all};
    SmallVector<int32_t> factors;
    if (zeroPoints.rhs != 0) {
      inputs.push_back(sumRows(builder, loc, op.getInputs()[0]));
      maps.push_back(all.dropResult(rank - 1));
      factors.push_back(zeroPoints.rhs);
    }
    if (zeroPoints.lhs != 0) {
      inputs.push_back(sumColumns(builder, loc, op.getInputs()[1]));
      maps.push_back(all.dropResult(rank - 2));
      factors.push_back(zeroPoints.lhs);
    }
    maps.push_back(all);
    const auto constant = static_cast<int32_t>(static_cast<uint32_t>(size) * static_cast<uint32_t>(zeroPoints.lhs) *
                                               static_cast<uint32_t>(zeroPoints.rhs));
    Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    return linalg::GenericOp::create(
               builder, loc, type, inputs, empty, maps, iterators,
               [&](OpBuilder &builder, Location loc, ValueRange args) {
                 auto number = [&](int32_t value) -> Value {
                   return arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(value));
                 };
                 Value sum = arith::AddIOp::create(builder, loc, args[0], number(constant));
                 for (auto [index, factor] : llvm::enumerate(factors)) {
                   Value term = arith::MulIOp::create(builder, loc, args[1 + index], number(factor));
                   sum = arith::SubIOp::create(builder, loc, sum, term);
                 }
                 linalg::YieldOp::create(builder, loc, sum);
               })
        .getResult(0);
  }
};

struct SeparateZeroPoints : lowbit::impl::SeparateZeroPointsBase<SeparateZeroPoints> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SeparateZeroPointsOfProduct>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
