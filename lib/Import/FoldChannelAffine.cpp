#include "Contractions.h"
#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_FOLDCHANNELAFFINE
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// `x * scale + shift` for each channel of one input, or, where there is no input, the constant `shift`.
struct ChannelAffine {
  OpOperand *input = nullptr;
  Channels scale, shift;

  bool isFinite() const {
    auto finite = [](double value) { return std::isfinite(static_cast<float>(value)); };
    return llvm::all_of(scale, finite) && llvm::all_of(shift, finite);
  }
  bool isShift() const {
    return llvm::all_of(scale, [](double value) { return value == 1.0; });
  }
};

/// Reads the body of an elementwise op as an affine function of one of its inputs.
class AffineReader {
public:
  AffineReader(linalg::LinalgOp op)
      : op(op), count(cast<RankedTensorType>(op->getResult(0).getType()).getShape().back()) {}

  std::optional<ChannelAffine> read() const { return read(op.getBlock()->getTerminator()->getOperand(0)); }

private:
  std::optional<ChannelAffine> read(Value value) const {
    if (!value.getType().isF32())
      return std::nullopt;
    if (auto argument = dyn_cast<BlockArgument>(value); argument && argument.getOwner() == op.getBlock())
      return readArgument(op.getMatchingOpOperand(argument));
    if (std::optional<float> uniform = getUniformConstant(value))
      return ChannelAffine{nullptr, Channels(count, 0.0), Channels(count, *uniform)};
    Operation *definition = value.getDefiningOp();
    if (!isa_and_nonnull<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp>(definition))
      return std::nullopt;
    std::optional<ChannelAffine> lhs = read(definition->getOperand(0)), rhs = read(definition->getOperand(1));
    // One of the sides is constant, and no divisor depends on the input.
    if (!lhs || !rhs || (lhs->input && rhs->input) || (isa<arith::DivFOp>(definition) && rhs->input))
      return std::nullopt;
    return combine(definition, *lhs, *rhs);
  }

  std::optional<ChannelAffine> readArgument(OpOperand *operand) const {
    if (op.isDpsInit(operand))
      return std::nullopt;
    AffineMap map = op.getMatchingIndexingMap(operand);
    if (std::optional<Channels> constant = getChannelConstant(operand->get(), map, count))
      return ChannelAffine{nullptr, Channels(count, 0.0), std::move(*constant)};
    if (!map.isIdentity() || operand->get().getType() != op->getResult(0).getType())
      return std::nullopt;
    return ChannelAffine{operand, Channels(count, 1.0), Channels(count, 0.0)};
  }

  ChannelAffine combine(Operation *definition, const ChannelAffine &lhs, const ChannelAffine &rhs) const {
    ChannelAffine result{lhs.input ? lhs.input : rhs.input, Channels(count), Channels(count)};
    for (int64_t i = 0; i < count; ++i) {
      double a = lhs.scale[i], b = lhs.shift[i], c = rhs.scale[i], d = rhs.shift[i];
      if (isa<arith::AddFOp>(definition)) {
        result.scale[i] = a + c;
        result.shift[i] = b + d;
      } else if (isa<arith::SubFOp>(definition)) {
        result.scale[i] = a - c;
        result.shift[i] = b - d;
      } else if (isa<arith::MulFOp>(definition)) {
        result.scale[i] = lhs.input ? a * d : b * c;
        result.shift[i] = b * d;
      } else {
        result.scale[i] = a / d;
        result.shift[i] = b / d;
      }
    }
    return result;
  }

  mutable linalg::LinalgOp op; // an op is a handle, whose methods are not const
  int64_t count;
};
} // namespace

/// What `op` computes of its input for each channel, if that is all it does.
static std::optional<ChannelAffine> readAffine(Operation *op) {
  auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op);
  if (!linalgOp || !isElementwiseOnTensors(linalgOp) || linalgOp.getNumLoops() == 0)
    return std::nullopt;
  std::optional<ChannelAffine> affine = AffineReader(linalgOp).read();
  if (!affine || !affine->input)
    return std::nullopt;
  return affine;
}

/// The weights with each output channel times its scale; null where they are no constant.
static Value scaleWeights(OpBuilder &builder, Location loc, Value weight, int64_t channelDim, ArrayRef<double> scale) {
  RankedTensorType type = getStaticTensorType(weight);
  std::optional<ConstantValues<float>> values = getConstantValues<float>(weight);
  if (!type || !values)
    return {};
  int64_t stride = computeProduct(type.getShape().drop_front(channelDim + 1));
  int64_t count = type.getDimSize(channelDim);
  SmallVector<float, 0> scaled(values->get());
  for (auto [i, value] : llvm::enumerate(scaled))
    value = static_cast<float>(value * scale[static_cast<int64_t>(i) / stride % count]);
  return createConstant<float>(builder, loc, type, scaled, "weight");
}

namespace {
struct FoldIntoContraction : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    std::optional<ChannelAffine> affine = readAffine(op);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "expected an affine function of each channel");
    if (op->hasOneUse() && readAffine(*op->user_begin()))
      return rewriter.notifyMatchFailure(op, "expected the last op of a chain");
    // Up the chain to the contraction.
    Operation *producer = affine->input->get().getDefiningOp();
    while (producer && producer->hasOneUse()) {
      std::optional<ChannelAffine> inner = readAffine(producer);
      if (!inner)
        break;
      for (auto [scale, shift, innerScale, innerShift] :
           llvm::zip_equal(affine->scale, affine->shift, inner->scale, inner->shift)) {
        shift += scale * innerShift;
        scale *= innerScale;
      }
      producer = inner->input->get().getDefiningOp();
    }
    std::optional<int64_t> channelDim = producer ? getChannelDim(producer) : std::nullopt;
    if (!channelDim || !producer->hasOneUse())
      return rewriter.notifyMatchFailure(op, "expected a contraction with this one use");
    return fold(rewriter, op, cast<linalg::LinalgOp>(producer), *channelDim, *affine);
  }

  static LogicalResult fold(PatternRewriter &rewriter, linalg::LinalgOp op, linalg::LinalgOp contraction,
                            int64_t channelDim, ChannelAffine &affine) {
    std::optional<Channels> bias = getBias(contraction);
    if (!bias)
      return rewriter.notifyMatchFailure(contraction, "expected a constant bias");
    for (auto [value, scale, shift] : llvm::zip_equal(*bias, affine.scale, affine.shift))
      shift = value * scale + shift;
    if (!affine.isFinite())
      return rewriter.notifyMatchFailure(op, "expected finite scales and shifts");
    rewriter.setInsertionPoint(contraction);
    Location loc = op.getLoc();
    OpOperand &weight = contraction->getOpOperand(1);
    Value newWeight =
        affine.isShift() ? weight.get() : scaleWeights(rewriter, loc, weight.get(), channelDim, affine.scale);
    if (!newWeight)
      return rewriter.notifyMatchFailure(contraction, "expected constant weights");
    auto type = cast<RankedTensorType>(contraction->getResult(0).getType());
    Value init = createBias(rewriter, loc, type, affine.shift);
    Operation *folded = clone(rewriter, contraction, type, {contraction->getOperand(0), newWeight, init});
    copyName(op, folded);
    rewriter.replaceOp(op, folded);
    return success();
  }
};

struct FoldChannelAffine
    : PatternPass<lowbit::impl::FoldChannelAffineBase<FoldChannelAffine>, populateFoldChannelAffinePatterns> {};
} // namespace

void lowbit::populateFoldChannelAffinePatterns(RewritePatternSet &patterns) {
  patterns.add<FoldIntoContraction>(patterns.getContext());
}
