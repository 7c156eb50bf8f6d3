#include "ConstantWeights.h"
#include "ContractionShape.h"
#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/FusedRequantization.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include <limits>

namespace mlir::lowbit {
#define GEN_PASS_DEF_FUSEREQUANTIZATION
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// In the body of an elementwise op: `trunci(fptosi(roundeven(minimumf(maximumf(sitofp(sum) * multiplier, low), high)))
/// + zeroPoint)`, of one of its inputs.
struct RequantizedSum {
  BlockArgument sum;
  Value multiplier;
  int64_t low;
  int64_t high;
  int64_t zeroPoint = 0;
  arith::TruncIOp bytes;

  static std::optional<RequantizedSum> match(BlockArgument sum);
};

/// The smallest and the largest sum of each output channel.
struct SumRange {
  int64_t least = 0;
  int64_t greatest = 0;
};
} // namespace

template <typename OpTy> static OpTy getOnlyUser(Value value) {
  return value.hasOneUse() ? dyn_cast<OpTy>(*value.user_begin()) : OpTy();
}

static std::optional<int64_t> getInteger(Value value) {
  APFloat number(0.0f);
  if (!matchPattern(value, m_ConstantFloat(&number)))
    return std::nullopt;
  const double exact = number.convertToDouble();
  if (std::abs(exact) > 512 || exact != std::rint(exact))
    return std::nullopt;
  return static_cast<int64_t>(exact);
}

std::optional<RequantizedSum> RequantizedSum::match(BlockArgument sum) {
  RequantizedSum result;
  result.sum = sum;
  auto convert = getOnlyUser<arith::SIToFPOp>(sum);
  auto multiply = convert && convert.getType().isF32() ? getOnlyUser<arith::MulFOp>(convert) : arith::MulFOp();
  auto maximum = multiply ? getOnlyUser<arith::MaximumFOp>(multiply) : arith::MaximumFOp();
  auto minimum = maximum ? getOnlyUser<arith::MinimumFOp>(maximum) : arith::MinimumFOp();
  auto round = minimum ? getOnlyUser<math::RoundEvenOp>(minimum) : math::RoundEvenOp();
  auto toInteger = round ? getOnlyUser<arith::FPToSIOp>(round) : arith::FPToSIOp();
  if (!toInteger || !toInteger.getType().isInteger(32))
    return std::nullopt;
  std::optional<int64_t> low = getInteger(maximum.getRhs()), high = getInteger(minimum.getRhs());
  if (!low || !high)
    return std::nullopt;
  result.low = *low;
  result.high = *high;
  result.multiplier = multiply.getLhs() == convert.getResult() ? multiply.getRhs() : multiply.getLhs();
  Value integer = toInteger;
  if (auto add = getOnlyUser<arith::AddIOp>(integer)) {
    APInt zeroPoint;
    if (!matchPattern(add.getRhs(), m_ConstantInt(&zeroPoint)) || !zeroPoint.isSignedIntN(10))
      return std::nullopt;
    result.zeroPoint = zeroPoint.getSExtValue();
    integer = add;
  }
  result.bytes = getOnlyUser<arith::TruncIOp>(integer);
  if (!result.bytes || !result.bytes.getType().isInteger(8))
    return std::nullopt;
  return result;
}

/// What the products of each output channel of `op` with any bytes sum to; nothing where its weights are not constants
/// of 8 bits.
static std::optional<SmallVector<SumRange>> getSumRanges(linalg::LinalgOp op) {
  std::optional<unsigned> channelDim;
  if (isa<linalg::DepthwiseConv2DNhwcHwcOp>(op))
    channelDim = 2;
  else if (std::optional<ContractionShape> shape = ContractionShape::get(op); shape && !shape->hasBatch)
    channelDim = shape->channelDim;
  auto weights = channelDim ? ConstantWeights::get(op->getOperand(1)) : std::nullopt;
  // Weights of few bits are chosen for their size, which an offset and a wider start for each channel would add to.
  if (!weights || weights->getBits() < 8 || !getElementTypeOrSelf(op->getOperand(0).getType()).isInteger(8))
    return std::nullopt;
  ArrayRef<int64_t> shape = cast<ShapedType>(op->getOperand(1).getType()).getShape();
  const int64_t channels = shape[*channelDim], stride = llvm::product_of(shape.drop_front(*channelDim + 1));
  SmallVector<SumRange> ranges(channels);
  for (auto [index, weight] : llvm::enumerate(weights->get())) {
    SumRange &range = ranges[index / stride % channels];
    range.least += std::min(int64_t(weight) * INT8_MIN, int64_t(weight) * INT8_MAX);
    range.greatest += std::max(int64_t(weight) * INT8_MIN, int64_t(weight) * INT8_MAX);
  }
  return ranges;
}

namespace {
/// A contraction and the elementwise op that requantizes its sums, both of constants.
struct RequantizedContraction {
  linalg::LinalgOp op;
  linalg::GenericOp reader;
  RequantizedSum sum;
  /// For each output channel.
  SmallVector<float> multipliers;
  SmallVector<int32_t> starts;

  static std::optional<RequantizedContraction> match(linalg::LinalgOp op);
  /// The constants that requantize each channel in one multiply-add; nothing where one of them has none.
  std::optional<SmallVector<FusedRequantization>> findFused(ArrayRef<SumRange> ranges) const;
  void rewrite(OpBuilder &builder, ArrayRef<FusedRequantization> fused);

private:
  Value createFusedBody(OpBuilder &builder, Location loc, Value offset);
};
} // namespace

/// The multiplier of each channel, where it is a constant.
static std::optional<SmallVector<float>> getMultipliers(linalg::GenericOp reader, Value multiplier, int64_t channels) {
  APFloat number(0.0f);
  if (matchPattern(multiplier, m_ConstantFloat(&number)))
    return SmallVector<float>(channels, number.convertToFloat());
  auto argument = dyn_cast<BlockArgument>(multiplier);
  if (!argument || argument.getOwner() != reader.getBlock())
    return std::nullopt;
  OpOperand *operand = reader.getMatchingOpOperand(argument);
  AffineMap map = reader.getMatchingIndexingMap(operand);
  auto values = getConstantValues<float>(operand->get());
  if (!values || map.getNumResults() != 1 || !map.isFunctionOfDim(map.getNumDims() - 1) ||
      !isa<AffineDimExpr>(map.getResult(0)) || static_cast<int64_t>(values->get().size()) != channels)
    return std::nullopt;
  return SmallVector<float>(values->get());
}

std::optional<RequantizedContraction> RequantizedContraction::match(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() == 0 || op->getNumResults() != 1)
    return std::nullopt;
  // The sum of a whole tensor has no channels, others an unknown number of them.
  auto type = cast<ShapedType>(op->getResult(0).getType());
  if (type.getRank() == 0 || !type.hasStaticShape())
    return std::nullopt;
  SmallVector<linalg::GenericOp> epilogue = collectEpilogue(op);
  if (epilogue.empty())
    return std::nullopt;
  RequantizedContraction result;
  result.op = op;
  result.reader = epilogue.front();
  OpOperand *use = &*op->getResult(0).use_begin();
  std::optional<RequantizedSum> sum = RequantizedSum::match(result.reader.getMatchingBlockArgument(use));
  if (!sum)
    return std::nullopt;
  result.sum = *sum;
  const int64_t channels = type.getShape().back();
  std::optional<SmallVector<float>> multipliers = getMultipliers(result.reader, sum->multiplier, channels);
  std::optional<SmallVector<int32_t>> starts = getConstantInit<int32_t>(op, channels);
  if (!multipliers || !starts)
    return std::nullopt;
  result.multipliers = *multipliers;
  result.starts = *starts;
  return result;
}

std::optional<SmallVector<FusedRequantization>> RequantizedContraction::findFused(ArrayRef<SumRange> ranges) const {
  SmallVector<FusedRequantization> results;
  for (auto [multiplier, start, range] : llvm::zip_equal(multipliers, starts, ranges)) {
    const Requantization plain = {multiplier, sum.low, sum.high, start + range.least, start + range.greatest};
    // A sum that leaves 32 bits is what they hold of it.
    std::optional<FusedRequantization> fused;
    if (llvm::isInt<32>(plain.least) && llvm::isInt<32>(plain.greatest))
      fused = FusedRequantization::find(plain);
    if (!fused)
      return std::nullopt;
    results.push_back(*fused);
  }
  return results;
}

/// The integer that the sum is requantized to.
Value RequantizedContraction::createFusedBody(OpBuilder &builder, Location loc, Value offset) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(value)));
  };
  Value number = arith::BitcastOp::create(builder, loc, builder.getF32Type(), sum.sum);
  number = math::FmaOp::create(builder, loc, number, sum.multiplier, offset);
  number = math::RoundEvenOp::create(builder, loc, number);
  Value integer = arith::FPToSIOp::create(builder, loc, builder.getI32Type(), number);
  // No sum is so large that this wraps.
  if (sum.zeroPoint != 0)
    integer = arith::AddIOp::create(builder, loc, integer, constant(sum.zeroPoint), arith::IntegerOverflowFlags::nsw);
  integer = arith::MaxSIOp::create(builder, loc, integer, constant(sum.low + sum.zeroPoint));
  return arith::MinSIOp::create(builder, loc, integer, constant(sum.high + sum.zeroPoint));
}

void RequantizedContraction::rewrite(OpBuilder &builder, ArrayRef<FusedRequantization> fused) {
  Location loc = reader.getLoc();
  const int64_t channels = fused.size();
  // Sums start elsewhere.
  SmallVector<int32_t> moved;
  for (auto [start, channel] : llvm::zip_equal(starts, fused))
    moved.push_back(start + channel.start);
  OpOperand &init = op.getDpsInitsMutable()[0];
  auto outputType = cast<RankedTensorType>(init.get().getType());
  SmallVector<float> values = llvm::map_to_vector(fused, [](const FusedRequantization &one) { return one.offset; });
  builder.setInsertionPoint(op);
  auto createChannels = [&](auto values, Type elementType, StringRef name) {
    using Element = typename decltype(values)::value_type;
    return createConstant<Element>(builder, loc, RankedTensorType::get({channels}, elementType), values, name);
  };
  Value start = createChannels(ArrayRef(moved), builder.getI32Type(), "start");
  Value offsets = createChannels(ArrayRef(values), builder.getF32Type(), "offset");
  Value empty = tensor::EmptyOp::create(builder, op.getLoc(), outputType.getShape(), outputType.getElementType());
  auto outer = llvm::to_vector(llvm::seq<int64_t>(0, outputType.getRank() - 1));
  init.set(linalg::BroadcastOp::create(builder, op.getLoc(), start, empty, outer)->getResult(0));

  // The offsets are one more operand.
  builder.setInsertionPoint(reader);
  const unsigned inputs = reader.getNumDpsInputs(), loops = reader.getNumLoops();
  SmallVector<Value> operands(reader.getDpsInputs());
  operands.push_back(offsets);
  SmallVector<AffineMap> maps = reader.getIndexingMapsArray();
  maps.insert(maps.begin() + inputs, AffineMap::get(loops, 0, builder.getAffineDimExpr(loops - 1)));
  auto generic = linalg::GenericOp::create(builder, loc, reader.getResultTypes(), operands, reader.getDpsInits(), maps,
                                           reader.getIteratorTypesArray());
  generic->setDiscardableAttrs(reader->getDiscardableAttrDictionary());
  Block *body = reader.getBlock();
  Value offset = body->insertArgument(inputs, builder.getF32Type(), loc);
  builder.setInsertionPoint(sum.bytes);
  Operation *last = sum.bytes.getIn().getDefiningOp();
  sum.bytes.getInMutable().assign(createFusedBody(builder, loc, offset));
  // What computed the integer before, from its end on.
  while (last) {
    Operation *next = last->getOperand(0).getDefiningOp();
    last->erase();
    last = next && next->use_empty() ? next : nullptr;
  }
  generic.getRegion().takeBody(reader.getRegion());
  reader->replaceAllUsesWith(generic->getResults());
  reader->erase();
}

namespace {
struct FuseRequantization : lowbit::impl::FuseRequantizationBase<FuseRequantization> {
  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    if (!target->hasFusedMultiplyAdd())
      return;
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    OpBuilder builder(&getContext());
    for (linalg::LinalgOp op : ops) {
      std::optional<RequantizedContraction> contraction = RequantizedContraction::match(op);
      std::optional<SmallVector<SumRange>> ranges = contraction ? getSumRanges(op) : std::nullopt;
      if (!ranges)
        continue;
      if (std::optional<SmallVector<FusedRequantization>> fused = contraction->findFused(*ranges))
        contraction->rewrite(builder, *fused);
    }
  }
};
} // namespace
