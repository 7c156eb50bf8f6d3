#include "ContractionShape.h"
#include "TileKernel.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

/// Elements of the window that a dot instruction multiplies at once, and vectors of accumulators for one of bytes.
static constexpr int64_t kDepth = 4;
/// Shuffles stay within groups of 128 bits.
static constexpr int64_t kGroupBytes = 16;

namespace {
/// A depthwise convolution on whole vectors of bytes: channels of one output, or all channels of several outputs in a
/// row. Two rounds of shuffles within groups of 128 bits interleave four rows of a column of the window; they leave the
/// channels in an order that the instructions which pack the results undo. Where the window has fewer rows, the four
/// serve two lines of outputs, with weights of 0 for the row that a line does not see.
class DepthwiseLanesKernel : public TileKernel {
public:
  static std::unique_ptr<TileKernel> create(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override;
  const LaneLayout *getLaneLayout() const override { return &layout; }
  // Nothing that depends on the panel is computed in the loops over outputs then.
  bool keepsPanels() const override { return true; }

private:
  int64_t getChannels() const { return cast<ShapedType>(op->getOperand(2).getType()).getShape().back(); }
  int64_t getBytes() const { return shape.lanes * kDepth; }
  /// The row of packed constants that a part reads.
  OpFoldResult getRow(OpBuilder &builder, const TilePosition &position) const {
    return layout.goesOn() ? OpFoldResult(builder.getIndexAttr(position.part)) : position.panel;
  }
  int64_t getStackCount() const { return llvm::divideCeil(windowRows + shape.lines - 1, kDepth); }

  void alignRows(RewriterBase &rewriter);
  void packWeights(OpBuilder &builder, ArrayRef<int8_t> weights);
  void packStart(OpBuilder &builder, ArrayRef<int8_t> weights, ArrayRef<int32_t> init);
  Value loadElements(OpBuilder &builder, Location loc, const TilePosition &position, int64_t row, int64_t column);
  SmallVector<Value> interleave(OpBuilder &builder, Location loc, ArrayRef<Value> rows);

  linalg::LinalgOp op;
  TileShape shape;
  LaneLayout layout;
  const DotInstruction *instruction = nullptr;
  int64_t windowRows = 0, windowColumns = 0;
  SmallVector<int64_t> strides, dilations;
  /// Pixels and channels of a row as one dimension.
  Value activations;
  /// Columns before the first one that the op reads.
  int64_t skippedColumns = 0;
  ActivationForm form = ActivationForm::Signed;
  /// [part, line, stack of rows, column of the window, vector, lanes * depth].
  Value packedWeights;
  /// [part, vector, lanes].
  Value start;
};
} // namespace

/// Pads rows to whole cache lines, before and behind what they are made of: it is copied there in vectors that would
/// cross lines otherwise.
void DepthwiseLanesKernel::alignRows(RewriterBase &rewriter) {
  constexpr int64_t kCacheLine = 64, kColumns = 2, kMostColumns = 4;
  auto pad = activations.getDefiningOp<tensor::PadOp>();
  Value fill = pad ? pad.getConstantPaddingValue() : Value();
  const int64_t columns = kCacheLine / std::gcd(kCacheLine, getChannels());
  if (!fill || !pad->hasOneUse() || !pad.getLow().empty() || !pad.getHigh().empty() || columns > kMostColumns)
    return;
  SmallVector<int64_t> low(pad.getStaticLow()), high(pad.getStaticHigh()), shape(pad.getResultType().getShape());
  low[kColumns] = llvm::alignTo(low[kColumns], columns);
  skippedColumns = low[kColumns] - pad.getStaticLow()[kColumns];
  const int64_t whole = llvm::alignTo(shape[kColumns] + skippedColumns, columns);
  high[kColumns] += whole - shape[kColumns] - skippedColumns;
  shape[kColumns] = whole;
  activations = tensor::PadOp::create(rewriter, pad.getLoc(), pad.getResultType().clone(shape), pad.getSource(),
                                      getAsIndexOpFoldResult(rewriter.getContext(), low),
                                      getAsIndexOpFoldResult(rewriter.getContext(), high), fill);
}

void DepthwiseLanesKernel::packWeights(OpBuilder &builder, ArrayRef<int8_t> weights) {
  SmallVector<int8_t> packed;
  for (int64_t part = 0; part < layout.getCount(); ++part)
    for (int64_t line = 0; line < shape.lines; ++line)
      for (int64_t stack = 0; stack < getStackCount(); ++stack)
        for (int64_t column = 0; column < windowColumns; ++column)
          for (int64_t lane : layout.order)
            for (int64_t element = 0; element < kDepth; ++element) {
              const int64_t row = stack * kDepth + element - line;
              const bool isInWindow = row >= 0 && row < windowRows;
              packed.push_back(
                  isInWindow ? weights[(row * windowColumns + column) * getChannels() + layout.getChannel(part, lane)]
                             : int8_t(0));
            }
  auto type = RankedTensorType::get(
      {layout.getCount(), shape.lines, getStackCount(), windowColumns, kDepth, getBytes()}, builder.getI8Type());
  packedWeights = createConstant<int8_t>(builder, op.getLoc(), type, packed, "packed_weights");
}

void DepthwiseLanesKernel::packStart(OpBuilder &builder, ArrayRef<int8_t> weights, ArrayRef<int32_t> init) {
  SmallVector<int32_t> values(init);
  if (instruction->offsetsActivations)
    subtractOffset(values, weights);
  SmallVector<int32_t> packed;
  for (int64_t part = 0; part < layout.getCount(); ++part)
    for (int64_t lane : layout.order)
      packed.push_back(values[layout.getChannel(part, lane)]);
  auto type = RankedTensorType::get({layout.getCount(), kDepth, shape.lanes}, builder.getI32Type());
  start = createConstant<int32_t>(builder, op.getLoc(), type, packed, "packed_init");
}

std::unique_ptr<TileKernel> DepthwiseLanesKernel::create(RewriterBase &rewriter, linalg::LinalgOp op,
                                                         TileShape &shape) {
  auto conv = dyn_cast<linalg::DepthwiseConv2DNhwcHwcOp>(op.getOperation());
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  FailureOr<Target> target = Target::get(op->getParentOfType<ModuleOp>());
  if (!conv || !tile || !tile.getInstruction() || tile.getVectors() != kDepth || failed(target))
    return nullptr;
  auto kernel = std::make_unique<DepthwiseLanesKernel>();
  kernel->op = op;
  kernel->instruction = target->getDotInstruction(tile.getInstruction());
  auto weights = getConstantValues<int8_t>(op->getOperand(1));
  std::optional<SmallVector<int32_t>> init = getConstantInit<int32_t>(op, kernel->getChannels());
  if (!kernel->instruction || !weights || !init || !canMultiplyElementwise(*kernel->instruction))
    return nullptr;
  llvm::append_range(kernel->strides, conv.getStrides().getValues<int64_t>());
  llvm::append_range(kernel->dilations, conv.getDilations().getValues<int64_t>());
  auto window = cast<ShapedType>(op->getOperand(1).getType()), output = cast<ShapedType>(op->getResult(0).getType());
  kernel->windowRows = window.getDimSize(0);
  kernel->windowColumns = window.getDimSize(1);
  // The window is unrolled.
  constexpr int64_t kMostElements = 64;
  if (kernel->windowRows * kernel->windowColumns > kMostElements)
    return nullptr;

  LaneLayout &layout = kernel->layout;
  layout.channels = kernel->getChannels();
  layout.outputs = getOutputsOfWholeVectors(op, *kernel->instruction);
  if (layout.outputs == 0)
    return nullptr;
  shape.lanes = kernel->instruction->lanes;
  kernel->shape = shape;
  // Byte 4 * v + i of each group is in vector v.
  for (int64_t vector = 0; vector < kDepth; ++vector)
    for (int64_t lane = 0; lane < shape.lanes; ++lane)
      layout.order.push_back(lane / kDepth * kGroupBytes + vector * kDepth + lane % kDepth);
  if (layout.goesOn())
    layout.parts = layout.outputs * layout.channels / layout.getLanes();
  const int64_t width = output.getDimSize(2);
  shape.rows = std::max(layout.outputs, std::min(shape.rows, width) / layout.outputs * layout.outputs);
  const bool isDense = kernel->strides[0] == 1 && kernel->dilations[0] == 1;
  shape.lines = isDense && kernel->windowRows < kDepth ? std::min<int64_t>(2, output.getDimSize(1)) : 1;
  kernel->shape = shape;

  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  kernel->activations = op->getOperand(0);
  kernel->form = resolveActivations(kernel->instruction, kernel->activations);
  kernel->alignRows(rewriter);
  kernel->activations = tensor::CollapseShapeOp::create(rewriter, op.getLoc(), kernel->activations,
                                                        SmallVector<ReassociationIndices>{{0}, {1}, {2, 3}});
  kernel->packWeights(rewriter, weights->get());
  kernel->packStart(rewriter, weights->get(), *init);
  return kernel;
}

/// The bytes at a row and a column of the window of the first output, as the instruction reads them.
Value DepthwiseLanesKernel::loadElements(OpBuilder &builder, Location loc, const TilePosition &position, int64_t row,
                                         int64_t column) {
  MLIRContext *context = builder.getContext();
  AffineExpr n, y, x, c;
  bindDims(context, n, y, x, c);
  SmallVector<Value> indices;
  for (AffineExpr index :
       {n, y * strides[0] + row * dilations[0],
        (x * strides[1] + column * dilations[1] + skippedColumns) * getChannels() + c + position.part * getBytes()})
    indices.push_back(getValueOrCreateConstantIndexOp(
        builder, loc,
        affine::makeComposedFoldedAffineApply(builder, loc, AffineMap::get(4, 0, index, context), position.indices)));
  auto type = VectorType::get({getBytes()}, builder.getI8Type());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getI8IntegerAttr(0));
  Value elements = vector::TransferReadOp::create(builder, loc, type, activations, indices, zero, ArrayRef<bool>{true});
  return form == ActivationForm::OffsetInLoop ? offsetBytes(builder, loc, elements) : elements;
}

/// For each vector of accumulators the bytes of four rows in turns. A row that is missing repeats the last one: its
/// weights are 0.
SmallVector<Value> DepthwiseLanesKernel::interleave(OpBuilder &builder, Location loc, ArrayRef<Value> rows) {
  // Elements of the lower or the upper halves of the groups of two vectors, in turns.
  auto zip = [&](Value first, Value second, bool isUpper) -> Value {
    const int64_t count = cast<VectorType>(first.getType()).getNumElements();
    const int64_t size = count / (getBytes() / kGroupBytes);
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < count; ++lane)
      mask.push_back(lane / size * size + lane % size / 2 + (isUpper ? size / 2 : 0) + lane % 2 * count);
    return vector::ShuffleOp::create(builder, loc, first, second, mask);
  };
  auto wordType = VectorType::get({getBytes() / 2}, builder.getI16Type());
  auto byteType = VectorType::get({getBytes()}, builder.getI8Type());
  auto getRow = [&](size_t number) { return rows[std::min(number, rows.size() - 1)]; };
  SmallVector<Value> pieces;
  for (bool isUpperHalf : {false, true}) {
    auto zipRows = [&](size_t first) -> Value {
      return vector::BitCastOp::create(builder, loc, wordType, zip(getRow(first), getRow(first + 1), isUpperHalf));
    };
    Value first = zipRows(0), second = zipRows(2);
    for (bool isUpper : {false, true})
      pieces.push_back(vector::BitCastOp::create(builder, loc, byteType, zip(first, second, isUpper)));
  }
  return pieces;
}

SmallVector<Value> DepthwiseLanesKernel::compute(OpBuilder &builder, Location loc, const TilePosition &position) {
  const int64_t rowCount = windowRows + shape.lines - 1;
  // Line 0 of the tile reads the rows that all lines share.
  TilePosition first = position;
  first.indices[1] = position.firstLine;
  SmallVector<Value> accumulators;
  for (int64_t vector = 0; vector < kDepth; ++vector)
    accumulators.push_back(loadPacked(
        builder, loc, start, {getRow(builder, position), builder.getIndexAttr(vector), builder.getIndexAttr(0)}));
  for (int64_t stack = 0; stack < getStackCount(); ++stack)
    for (int64_t column = 0; column < windowColumns; ++column) {
      SmallVector<Value> rows;
      for (int64_t row = stack * kDepth; row < std::min((stack + 1) * kDepth, rowCount); ++row)
        rows.push_back(loadElements(builder, loc, first, row, column));
      for (auto [vector, piece] : llvm::enumerate(interleave(builder, loc, rows))) {
        Value weights =
            loadPacked(builder, loc, packedWeights,
                       {getRow(builder, position), builder.getIndexAttr(position.line), builder.getIndexAttr(stack),
                        builder.getIndexAttr(column), builder.getIndexAttr(vector), builder.getIndexAttr(0)});
        accumulators[vector] =
            createElementwiseDotProduct(builder, loc, *instruction, piece, weights, accumulators[vector]);
      }
    }
  return accumulators;
}

int64_t lowbit::getOutputsOfWholeVectors(linalg::LinalgOp op, const DotInstruction &instruction) {
  auto conv = dyn_cast<linalg::DepthwiseConv2DNhwcHwcOp>(op.getOperation());
  auto output = cast<ShapedType>(op->getResult(0).getType());
  const int64_t channels = output.getShape().back(), bytes = instruction.lanes * kDepth;
  const int64_t least = std::lcm(channels, bytes);
  if (!conv || !getConstantInit<int32_t>(op, channels))
    return 0;
  if (least == channels)
    return 1;
  // Of each part the constants are others, and a tile has all of them.
  constexpr int64_t kMostParts = 9;
  if (least / bytes <= kMostParts && least / channels <= output.getDimSize(2) &&
      conv.getStrides().getValues<int64_t>()[1] == 1)
    return least / channels;
  // Panels that overlap compute some channels twice.
  const int64_t computed = llvm::alignTo(channels, bytes), needed = llvm::alignTo(channels, instruction.lanes);
  return channels >= bytes && 4 * computed <= 5 * needed ? 1 : 0;
}

std::unique_ptr<TileKernel> lowbit::createDepthwiseLanesKernel(RewriterBase &rewriter, linalg::LinalgOp op,
                                                               TileShape &shape) {
  return DepthwiseLanesKernel::create(rewriter, op, shape);
}
