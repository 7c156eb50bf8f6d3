#include "ContractionShape.h"
#include "ImplicitPadding.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SPACETODEPTH
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Dimensions of pictures; those of weights are in the same places, channels of the output for the number.
enum : unsigned { kNumber, kLine, kColumn, kChannel };

static ArrayRef<int64_t> getShape(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

/// A picture before it is padded, and by how much that is.
struct Padding {
  Value source;
  SmallVector<int64_t> low = SmallVector<int64_t>(4, 0);
  SmallVector<int64_t> high = SmallVector<int64_t>(4, 0);
  /// Null where it is not padded.
  Value fill;
};

/// The padding that makes `picture`, of static sizes, and of lines and columns alone; none where it is another.
static Padding getPadding(Value picture) {
  auto pad = picture.getDefiningOp<tensor::PadOp>();
  Value fill = pad ? pad.getConstantPaddingValue() : Value();
  if (!fill || !pad.getLow().empty() || !pad.getHigh().empty() || !pad.getSourceType().hasStaticShape())
    return {picture};
  SmallVector<int64_t> low(pad.getStaticLow()), high(pad.getStaticHigh());
  auto isLess = [](int64_t size) { return size < 0; };
  if (llvm::any_of(low, isLess) || llvm::any_of(high, isLess) ||
      low[kNumber] + high[kNumber] + low[kChannel] + high[kChannel] != 0)
    return {picture};
  return {pad.getSource(), low, high, fill};
}

/// How the lines of a convolution are folded.
struct LineFold {
  /// Lines that are read as one.
  int64_t depth;
  /// Lines before the first one of the picture, a whole number of folded ones, and those of them that no window has.
  int64_t above;
  int64_t skipped;
  /// Folded lines of a window, and of all windows together.
  int64_t windowLines;
  int64_t lines;

  static LineFold get(linalg::Conv2DNhwcFhwcOp conv, const Padding &padding, int64_t depth) {
    const int64_t padded = padding.low[kLine], above = llvm::alignTo(padded, depth);
    const int64_t windowLines = llvm::divideCeil(above - padded + getShape(conv.getInputs()[1])[kLine], depth);
    const int64_t moves = getShape(conv.getResult(0))[kLine] - 1;
    const int64_t stride = *conv.getStrides().getValues<int64_t>().begin();
    return {depth, above, above - padded, windowLines, moves * (stride / depth) + windowLines};
  }
};

static Value pad(OpBuilder &builder, Location loc, Value source, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                 Value fill) {
  auto isZero = [](int64_t size) { return size == 0; };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return source;
  return tensor::PadOp::create(builder, loc, /*resultType=*/Type(), source,
                               getAsIndexOpFoldResult(builder.getContext(), low),
                               getAsIndexOpFoldResult(builder.getContext(), high), fill);
}

/// The first `lines` lines of `picture`, with lines of `fill` behind its last where it has fewer.
static Value resizeLines(OpBuilder &builder, Location loc, Value picture, int64_t lines, Value fill) {
  SmallVector<int64_t> shape(getShape(picture));
  const int64_t missing = lines - shape[kLine];
  if (missing >= 0)
    return pad(builder, loc, picture, {0, 0, 0, 0}, {0, missing, 0, 0}, fill);
  shape[kLine] = lines;
  SmallVector<OpFoldResult> offsets(4, builder.getIndexAttr(0)), strides(4, builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(builder, loc, picture, offsets,
                                        getAsIndexOpFoldResult(builder.getContext(), shape), strides);
}

/// Each `depth` lines as one, pixel by pixel: `n x h x w x c` as `n x (h / depth) x w x depth x c`.
static Value foldLines(OpBuilder &builder, Location loc, Value picture, int64_t depth) {
  ArrayRef<int64_t> shape = getShape(picture);
  auto type = cast<RankedTensorType>(picture.getType());
  const int64_t lines = shape[kLine] / depth, columns = shape[kColumn], channels = shape[kChannel];
  const SmallVector<ReassociationIndices> apart = {{0}, {1, 2}, {3}, {4}};
  Value groups = tensor::ExpandShapeOp::create(
      builder, loc, type.clone({shape[kNumber], lines, depth, columns, channels}), picture, apart);
  Value empty =
      tensor::EmptyOp::create(builder, loc, {shape[kNumber], lines, columns, depth, channels}, type.getElementType());
  return linalg::TransposeOp::create(builder, loc, groups, empty, ArrayRef<int64_t>{0, 1, 3, 2, 4})->getResult(0);
}

/// The weights of windows of folded lines: zeros for those that no window has.
static Value foldWeights(OpBuilder &builder, Value weights, const LineFold &fold) {
  ArrayRef<int64_t> shape = getShape(weights);
  auto values = *getConstantValues<int8_t>(weights);
  const int64_t columns = shape[kColumn], channels = shape[kChannel];
  auto type =
      RankedTensorType::get({shape[kNumber], fold.windowLines, columns, fold.depth * channels}, builder.getI8Type());
  SmallVector<int8_t> folded;
  folded.reserve(type.getNumElements());
  for (int64_t output = 0; output < shape[kNumber]; ++output)
    for (int64_t group = 0; group < fold.windowLines; ++group)
      for (int64_t column = 0; column < columns; ++column)
        for (int64_t ofGroup = 0; ofGroup < fold.depth; ++ofGroup)
          for (int64_t channel = 0; channel < channels; ++channel) {
            const int64_t line = group * fold.depth + ofGroup - fold.skipped;
            const bool isInWindow = line >= 0 && line < shape[kLine];
            const int64_t index = ((output * shape[kLine] + line) * columns + column) * channels + channel;
            folded.push_back(isInWindow ? values.get()[index] : int8_t(0));
          }
  return createConstant<int8_t>(builder, weights.getLoc(), type, folded, getConstantName(weights));
}

/// The most lines of the picture that can be read as one: as many as a window moves by, or a divisor of them, whose
/// bytes fit a row of a tile register. 1 where `conv` can't be folded.
static int64_t getMostDepth(linalg::Conv2DNhwcFhwcOp conv) {
  auto op = cast<linalg::LinalgOp>(conv.getOperation());
  std::optional<ContractionShape> contraction = ContractionShape::get(op);
  if (!contraction || !op.hasPureTensorSemantics() || conv->hasAttr(kTileAttrName) ||
      llvm::any_of(conv.getDilations().getValues<int64_t>(), [](int64_t dilation) { return dilation != 1; }))
    return 1;
  auto isBytes = [](Value value) { return getElementTypeOrSelf(value.getType()).isInteger(8); };
  if (!isBytes(conv.getInputs()[0]) || !isBytes(conv.getInputs()[1]) ||
      !getElementTypeOrSelf(conv.getResult(0).getType()).isInteger(32) ||
      !getConstantValues<int8_t>(conv.getInputs()[1]))
    return 1;
  const int64_t stride = *conv.getStrides().getValues<int64_t>().begin();
  int64_t depth = std::min(stride, MultiplyTilesOp::kRowBytes / contraction->run);
  while (depth > 1 && stride % depth != 0)
    --depth;
  return std::max<int64_t>(depth, 1);
}

/// Whether the products that `fold` saves take longer than the transposition of the picture.
static bool isFaster(linalg::Conv2DNhwcFhwcOp conv, const LineFold &fold) {
  // What a tile product takes, one cycle for each row of 16 channels, and what a cycle moves of the picture.
  constexpr int64_t kChannelsOfProduct = 16, kBytesOfCycle = 10;
  const int64_t saved = getShape(conv.getInputs()[1])[kLine] - fold.windowLines;
  auto output = cast<RankedTensorType>(conv.getResult(0).getType());
  const int64_t bytes = cast<RankedTensorType>(conv.getInputs()[0].getType()).getNumElements();
  return saved > 0 && output.getNumElements() / kChannelsOfProduct * saved > bytes / kBytesOfCycle;
}

/// Whether tiles of the target's registers can compute `conv`: one register has this many channels.
static bool fitsTileRegisters(linalg::Conv2DNhwcFhwcOp conv, const Target &target) {
  return llvm::any_of(target.getDotInstructions(), [&](const DotInstruction *instruction) {
    return instruction->multipliesTiles && instruction->activationBits == 8 &&
           getShape(conv.getResult(0))[kChannel] >= instruction->lanes;
  });
}

static void foldConvolution(RewriterBase &rewriter, linalg::Conv2DNhwcFhwcOp conv, Padding padding,
                            const LineFold &fold) {
  rewriter.setInsertionPoint(conv);
  Location loc = conv.getLoc();
  if (!padding.fill)
    padding.fill =
        arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(getElementTypeOrSelf(padding.source.getType())));
  // The lines of the source that windows read, with some behind them where they are no whole number of folded ones.
  const int64_t below = fold.lines * fold.depth - fold.above;
  const int64_t lines =
      std::min(below, static_cast<int64_t>(llvm::alignTo(getShape(padding.source)[kLine], fold.depth)));
  Value source = resizeLines(rewriter, loc, padding.source, lines, padding.fill);
  Value folded = foldLines(rewriter, loc, source, fold.depth);
  // Padded before channels become one dimension: the transposition writes in place then.
  padding.low[kLine] = fold.above / fold.depth;
  padding.high[kLine] = (below - lines) / fold.depth;
  padding.low.push_back(0);
  padding.high.push_back(0);
  Value padded = pad(rewriter, loc, folded, padding.low, padding.high, padding.fill);
  Value picture = collapseChannels(rewriter, padded);

  auto strides = llvm::to_vector(conv.getStrides().getValues<int64_t>());
  strides[0] /= fold.depth;
  rewriter.replaceOpWithNewOp<linalg::Conv2DNhwcFhwcOp>(
      conv, conv.getResult(0).getType(), ValueRange{picture, foldWeights(rewriter, conv.getInputs()[1], fold)},
      conv.getOutputs(), rewriter.getI64TensorAttr(strides), conv.getDilations());
}

namespace {
struct SpaceToDepth : lowbit::impl::SpaceToDepthBase<SpaceToDepth> {
  using SpaceToDepthBase::SpaceToDepthBase;

  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation().getLoc(), triple, cpu, features);
    if (failed(target))
      return signalPassFailure();
    SmallVector<std::pair<linalg::Conv2DNhwcFhwcOp, int64_t>> convolutions;
    getOperation().walk([&](linalg::Conv2DNhwcFhwcOp conv) {
      if (const int64_t depth = getMostDepth(conv); depth > 1 && fitsTileRegisters(conv, *target))
        convolutions.push_back({conv, depth});
    });
    IRRewriter rewriter(&getContext());
    for (auto [conv, depth] : convolutions) {
      const Padding padding = getPadding(conv.getInputs()[0]);
      const LineFold fold = LineFold::get(conv, padding, depth);
      // Where all windows are in the padding, there is no line to fold.
      if (isFaster(conv, fold) && fold.lines * fold.depth > fold.above)
        foldConvolution(rewriter, conv, padding, fold);
    }
  }
};
} // namespace
