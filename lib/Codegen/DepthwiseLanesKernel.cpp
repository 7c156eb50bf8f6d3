#include "ContractionShape.h"
#include "DepthwiseShape.h"
#include "LaneKernel.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Vectors of accumulators for one of bytes.
static constexpr int64_t kDepth = kDepthwiseDepth;
/// Shuffles stay within groups of 128 bits.
static constexpr int64_t kGroupBytes = 16;

namespace {
/// The picture that a convolution reads, without its padding.
struct PaddedPicture {
  Value source;
  int64_t rows = 0, columns = 0;
  /// How many rows and columns of `fill` are before the first one.
  int64_t rowsBefore = 0, columnsBefore = 0;
  int8_t fill = 0;
  ActivationForm form = ActivationForm::Signed;

  static PaddedPicture get(Value activations, const DotInstruction &instruction);
};

/// A depthwise convolution on whole vectors of bytes. Before the tiles along some lines, the rows that these read are
/// interleaved in a buffer: two rounds of shuffles within groups of 128 bits bring together, channel by channel, four
/// rows of a column, which serve as many outputs as the window has columns. They leave the channels in an order that
/// the instructions which pack the results undo. Where the window has fewer rows, the four serve two lines of outputs,
/// with weights of 0 for the row that a line does not see. The padding is only in the buffer.
class DepthwiseLanesKernel : public LaneKernel {
public:
  DepthwiseLanesKernel(RewriterBase &rewriter, linalg::LinalgOp op, std::shared_ptr<const DepthwiseShape> shared,
                       const PaddedPicture &picture, ArrayRef<int32_t> init, LaneLayout laneLayout);

  const LaneLayout &getLayout() const override { return layout; }
  int64_t getLines() const override { return lines; }
  int64_t getColumns() const override { return columns; }
  // Lines share the magnitudes of what they read.
  bool joinsLines() const override { return conv.instruction->needsNarrowWeights; }
  int64_t getBlocks() const override { return blocks; }
  void beginLines(OpBuilder &builder, Location loc, const LinesPosition &position) override;
  SmallVector<Value> compute(OpBuilder &builder, Location loc, const LinesPosition &position, int64_t line,
                             OpFoldResult column) override;

private:
  int64_t getBytes() const { return layout.getLanes(); }
  /// Rows that the lines of a tile read between them.
  int64_t getRowCount() const { return conv.windowRows + lines - 1; }
  int64_t getStackCount() const { return llvm::divideCeil(getRowCount(), kDepth); }
  /// Columns that the outputs of a piece read.
  int64_t getColumnCount() const {
    return (outputColumns - 1) * conv.strides[1] + (conv.windowColumns - 1) * conv.dilations[1] + 1;
  }
  std::pair<int64_t, int64_t> getInnerColumns() const;
  OpFoldResult getSlot(OpBuilder &builder, Location loc, const LinesPosition &position) const;

  void packWeights(OpBuilder &builder, Location loc);
  void packStart(OpBuilder &builder, Location loc, ArrayRef<int32_t> init);
  void interleaveRows(OpBuilder &builder, Location loc, const LinesPosition &position, bool checksRows);
  void interleaveColumn(OpBuilder &builder, Location loc, const LinesPosition &position, OpFoldResult column,
                        bool checksRows);
  Value loadRow(OpBuilder &builder, Location loc, const LinesPosition &position, int64_t row, OpFoldResult column,
                bool checksRows);
  SmallVector<Value> interleave(OpBuilder &builder, Location loc, ArrayRef<Value> rows);

  std::shared_ptr<const DepthwiseShape> shared;
  const DepthwiseShape &conv;
  PaddedPicture picture;
  LaneLayout layout;
  int64_t lines = 1, columns = 1, blocks = 1;
  /// Lines of the output, and outputs along a line that a piece has.
  int64_t outputLines = 0, outputColumns = 0;
  /// [panel, line, stack of rows, column of the window, vector, lanes * depth].
  Value packedWeights;
  /// [panel, vector, lanes].
  Value start;
  /// [panel and block, column, stack of rows, vector, bytes]: the interleaved rows. A buffer, as the analysis of so
  /// many reads and writes of a tensor would take longer than all else.
  Value buffer;
};
} // namespace

PaddedPicture PaddedPicture::get(Value activations, const DotInstruction &instruction) {
  PaddedPicture picture;
  picture.form = resolveActivations(&instruction, activations);
  auto pad = activations.getDefiningOp<tensor::PadOp>();
  Value fill = pad ? pad.getConstantPaddingValue() : Value();
  APInt value;
  if (fill && matchPattern(fill, m_ConstantInt(&value)) && pad.getLow().empty() && pad.getHigh().empty() &&
      pad.getSourceType().hasStaticShape()) {
    ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
    if (low[0] == 0 && low[3] == 0 && high[0] == 0 && high[3] == 0) {
      picture.rowsBefore = low[1];
      picture.columnsBefore = low[2];
      picture.fill = static_cast<int8_t>(value.getSExtValue());
      activations = pad.getSource();
    }
  }
  // A copy that differs in nothing else is not worth its traffic.
  if (picture.form == ActivationForm::Offset && undoesOffset(activations)) {
    picture.form = ActivationForm::OffsetInLoop;
    picture.fill = static_cast<int8_t>(picture.fill ^ -128);
  }
  picture.source = activations;
  auto type = cast<RankedTensorType>(activations.getType());
  picture.rows = type.getDimSize(1);
  picture.columns = type.getDimSize(2);
  return picture;
}

DepthwiseLanesKernel::DepthwiseLanesKernel(RewriterBase &rewriter, linalg::LinalgOp op,
                                           std::shared_ptr<const DepthwiseShape> shared, const PaddedPicture &picture,
                                           ArrayRef<int32_t> init, LaneLayout laneLayout)
    : shared(std::move(shared)), conv(*this->shared), picture(picture), layout(std::move(laneLayout)) {
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  outputLines = output.getDimSize(1);
  outputColumns = output.getDimSize(2) - layout.columns.back();
  // As many lines as see no other rows than those that are interleaved for one, and no more than divide the output.
  if (conv.strides[0] == 1 && conv.dilations[0] == 1) {
    const int64_t most = llvm::alignTo(conv.windowRows, kDepth) - conv.windowRows + 1;
    lines = llvm::divideCeil(outputLines, llvm::divideCeil(outputLines, most));
  }
  columns = std::min<int64_t>(op->getAttrOfType<TileAttr>(kTileAttrName).getRows(), outputColumns);
  // What threads share: the panels, or blocks of a panel where there are few.
  constexpr int64_t kMostShares = 8;
  const int64_t panels = layout.getPanels().getCount(), tiles = llvm::divideCeil(outputLines, lines);
  for (int64_t count = std::max<int64_t>(1, kMostShares / panels); count > 1 && blocks == 1; --count)
    if (tiles % count == 0)
      blocks = count;
  auto type =
      MemRefType::get({panels * blocks, getColumnCount(), getStackCount(), kDepth, getBytes()}, rewriter.getI8Type());
  buffer = memref::AllocOp::create(rewriter, op.getLoc(), type);
  packWeights(rewriter, op.getLoc());
  packStart(rewriter, op.getLoc(), init);
}

void DepthwiseLanesKernel::packWeights(OpBuilder &builder, Location loc) {
  SmallVector<int8_t> packed;
  const int64_t panels = layout.getPanels().getCount();
  for (int64_t panel = 0; panel < panels; ++panel)
    for (int64_t line = 0; line < lines; ++line)
      for (int64_t stack = 0; stack < getStackCount(); ++stack)
        for (int64_t column = 0; column < conv.windowColumns; ++column)
          for (int64_t lane : layout.order)
            for (int64_t element = 0; element < kDepth; ++element)
              packed.push_back(conv.getWeight(stack * kDepth + element - line, column, layout.getChannel(panel, lane)));
  auto type = RankedTensorType::get({panels, lines, getStackCount(), conv.windowColumns, kDepth, getBytes()},
                                    builder.getI8Type());
  packedWeights = createConstant<int8_t>(builder, loc, type, packed, "packed_weights");
}

void DepthwiseLanesKernel::packStart(OpBuilder &builder, Location loc, ArrayRef<int32_t> init) {
  SmallVector<int32_t> values(init);
  if (conv.instruction->offsetsActivations)
    subtractOffset(values, conv.weights.get());
  SmallVector<int32_t> packed;
  const int64_t panels = layout.getPanels().getCount();
  for (int64_t panel = 0; panel < panels; ++panel)
    for (int64_t lane : layout.order)
      packed.push_back(values[layout.getChannel(panel, lane)]);
  auto type = RankedTensorType::get({panels, kDepth, conv.instruction->lanes}, builder.getI32Type());
  start = createConstant<int32_t>(builder, loc, type, packed, "packed_init");
}

OpFoldResult DepthwiseLanesKernel::getSlot(OpBuilder &builder, Location loc, const LinesPosition &position) const {
  AffineExpr panel = builder.getAffineDimExpr(0), block = builder.getAffineDimExpr(1);
  return affine::makeComposedFoldedAffineApply(builder, loc, panel * blocks + block, {position.panel, position.block});
}

/// The columns of the buffer, from the first to before the second, that all pieces fill from the picture.
std::pair<int64_t, int64_t> DepthwiseLanesKernel::getInnerColumns() const {
  int64_t first = 0, end = getColumnCount();
  for (int64_t column : layout.columns) {
    const int64_t skipped = picture.columnsBefore - column * conv.strides[1];
    first = std::max(first, skipped);
    end = std::min(end, skipped + picture.columns);
  }
  return {first, std::max(first, end)};
}

/// The bytes of a column of the buffer in a row of the window of the first line.
Value DepthwiseLanesKernel::loadRow(OpBuilder &builder, Location loc, const LinesPosition &position, int64_t row,
                                    OpFoldResult column, bool checksRows) {
  MLIRContext *context = builder.getContext();
  auto constant = [&](int64_t value) { return getAffineConstantExpr(value, context); };
  AffineExpr dim = builder.getAffineDimExpr(0);
  AffineExpr y = dim * conv.strides[0] + row * conv.dilations[0] - picture.rowsBefore;
  auto type = VectorType::get({getBytes()}, builder.getI8Type());
  Value fill = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, picture.fill));
  OpFoldResult rowIndex = affine::makeComposedFoldedAffineApply(builder, loc, y, {position.line});
  Value isInside;
  if (checksRows) {
    Value index = getValueOrCreateConstantIndexOp(builder, loc, rowIndex);
    // Unsigned: rows before the first one are beyond the last one too.
    Value count = arith::ConstantIndexOp::create(builder, loc, picture.rows);
    isInside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, index, count);
    rowIndex = affine::makeComposedFoldedAffineMax(builder, loc, AffineMap::get(1, 0, {y, constant(0)}, context),
                                                   {position.line});
    rowIndex = affine::makeComposedFoldedAffineMin(
        builder, loc, AffineMap::get(1, 0, {dim, constant(picture.rows - 1)}, context), {rowIndex});
  }
  Value elements = fill;
  for (auto [number, output] : llvm::enumerate(layout.columns)) {
    AffineExpr x = dim + output * conv.strides[1] - picture.columnsBefore;
    OpFoldResult columnIndex = affine::makeComposedFoldedAffineApply(builder, loc, x, {column});
    std::optional<int64_t> known = getConstantIntValue(columnIndex);
    if (known && (*known < 0 || *known >= picture.columns))
      continue;
    Value piece = loadVector(builder, loc, picture.source, builder.getMultiDimIdentityMap(4),
                             {position.batch, rowIndex, columnIndex, position.channel}, /*laneDim=*/3, layout.width,
                             layout.width);
    elements = layout.width == getBytes()
                   ? piece
                   : vector::InsertStridedSliceOp::create(
                         builder, loc, piece, elements, ArrayRef<int64_t>{static_cast<int64_t>(number) * layout.width},
                         ArrayRef<int64_t>{1});
  }
  if (isInside)
    elements = arith::SelectOp::create(builder, loc, isInside, elements, fill);
  return picture.form == ActivationForm::OffsetInLoop ? offsetBytes(builder, loc, elements) : elements;
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

void DepthwiseLanesKernel::interleaveColumn(OpBuilder &builder, Location loc, const LinesPosition &position,
                                            OpFoldResult column, bool checksRows) {
  for (int64_t stack = 0; stack < getStackCount(); ++stack) {
    SmallVector<Value> rows;
    for (int64_t row = stack * kDepth; row < std::min((stack + 1) * kDepth, getRowCount()); ++row)
      rows.push_back(loadRow(builder, loc, position, row, column, checksRows));
    for (auto [vector, piece] : llvm::enumerate(interleave(builder, loc, rows)))
      writeVector(builder, loc, piece, buffer,
                  {getSlot(builder, loc, position), column, builder.getIndexAttr(stack), builder.getIndexAttr(vector),
                   builder.getIndexAttr(0)});
  }
}

/// Writes what the lines at `position` read to the buffer.
void DepthwiseLanesKernel::interleaveRows(OpBuilder &builder, Location loc, const LinesPosition &position,
                                          bool checksRows) {
  const auto [first, end] = getInnerColumns();
  for (int64_t column = 0; column < first; ++column)
    interleaveColumn(builder, loc, position, builder.getIndexAttr(column), checksRows);
  if (first < end) {
    auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
    scf::ForOp::create(builder, loc, index(first), index(end), index(1), ValueRange(),
                       [&](OpBuilder &builder, Location loc, Value column, ValueRange) {
                         interleaveColumn(builder, loc, position, OpFoldResult(column), checksRows);
                         scf::YieldOp::create(builder, loc);
                       });
  }
  for (int64_t column = end; column < getColumnCount(); ++column)
    interleaveColumn(builder, loc, position, builder.getIndexAttr(column), checksRows);
}

void DepthwiseLanesKernel::beginLines(OpBuilder &builder, Location loc, const LinesPosition &position) {
  const int64_t last = (getRowCount() - 1) * conv.dilations[0] - picture.rowsBefore;
  if (picture.rowsBefore == 0 && (outputLines - lines) * conv.strides[0] + last < picture.rows)
    return interleaveRows(builder, loc, position, /*checksRows=*/false);
  // Lines whose rows are all in the picture need not ask for each.
  auto compare = [&](arith::CmpIPredicate predicate, int64_t offset, int64_t bound) -> Value {
    AffineExpr row = builder.getAffineDimExpr(0) * conv.strides[0] + offset;
    OpFoldResult index = affine::makeComposedFoldedAffineApply(builder, loc, row, {position.line});
    return arith::CmpIOp::create(builder, loc, predicate, getValueOrCreateConstantIndexOp(builder, loc, index),
                                 arith::ConstantIndexOp::create(builder, loc, bound));
  };
  Value isInside = arith::AndIOp::create(builder, loc, compare(arith::CmpIPredicate::sge, -picture.rowsBefore, 0),
                                         compare(arith::CmpIPredicate::slt, last, picture.rows));
  auto rows = [&](bool checksRows) {
    return [this, &position, checksRows](OpBuilder &builder, Location loc) {
      interleaveRows(builder, loc, position, checksRows);
      scf::YieldOp::create(builder, loc);
    };
  };
  scf::IfOp::create(builder, loc, isInside, rows(false), rows(true));
}

SmallVector<Value> DepthwiseLanesKernel::compute(OpBuilder &builder, Location loc, const LinesPosition &position,
                                                 int64_t line, OpFoldResult column) {
  auto constant = [&](int64_t value) { return builder.getIndexAttr(value); };
  auto type = VectorType::get({getBytes()}, builder.getI32Type());
  SmallVector<Value> results(columns, arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)));
  for (int64_t vector = 0; vector < kDepth; ++vector) {
    SmallVector<Value> sums(columns, loadPacked(builder, loc, start, {position.panel, constant(vector), constant(0)}));
    for (int64_t stack = 0; stack < getStackCount(); ++stack)
      for (int64_t windowColumn = 0; windowColumn < conv.windowColumns; ++windowColumn) {
        Value weights = loadPacked(
            builder, loc, packedWeights,
            {position.panel, constant(line), constant(stack), constant(windowColumn), constant(vector), constant(0)});
        for (auto [place, sum] : llvm::enumerate(sums)) {
          AffineExpr read = (builder.getAffineDimExpr(0) + place) * conv.strides[1] + windowColumn * conv.dilations[1];
          Value rows = loadPacked(builder, loc, buffer,
                                  {getSlot(builder, loc, position),
                                   affine::makeComposedFoldedAffineApply(builder, loc, read, {column}), constant(stack),
                                   constant(vector), constant(0)});
          sum = createElementwiseDotProduct(builder, loc, *conv.instruction, rows, weights, sum);
        }
      }
    for (auto [result, sum] : llvm::zip_equal(results, sums))
      result = vector::InsertStridedSliceOp::create(
          builder, loc, sum, result, ArrayRef<int64_t>{vector * conv.instruction->lanes}, ArrayRef<int64_t>{1});
  }
  return results;
}

/// The layouts of vectors that compute all channels of an output with as little waste as can be: of whole vectors, and
/// of pieces for the channels that are left.
static SmallVector<LaneLayout> getLayouts(int64_t channels, int64_t outputColumns, const DotInstruction &instruction) {
  const int64_t bytes = instruction.lanes * kDepth, whole = channels / bytes * bytes, rest = channels - whole;
  SmallVector<LaneLayout> layouts;
  auto add = [&](int64_t first, int64_t width) {
    LaneLayout &layout = layouts.emplace_back();
    // Byte 4 * v + i of each group is in vector v.
    for (int64_t vector = 0; vector < kDepth; ++vector)
      for (int64_t lane = 0; lane < instruction.lanes; ++lane)
        layout.order.push_back(lane / kDepth * kGroupBytes + vector * kDepth + lane % kDepth);
    layout.firstChannel = first;
    layout.width = width;
    const int64_t pieces = bytes / width, length = llvm::divideCeil(outputColumns, pieces);
    for (int64_t piece = 0; piece < pieces; ++piece)
      layout.columns.push_back(std::min(piece * length, outputColumns - length));
  };
  if (whole > 0) {
    add(0, bytes);
    layouts.back().channels = whole;
  }
  if (rest == 0)
    return layouts;
  // Each piece takes some instructions more, about a tenth of what the others are.
  auto getCost = [&](int64_t width) { return llvm::divideCeil(rest, width) * width * (10 + bytes / width - 1); };
  int64_t best = kGroupBytes;
  for (int64_t width = 2 * kGroupBytes; width <= std::min(bytes, channels); width *= 2)
    if (getCost(width) <= getCost(best))
      best = width;
  add(std::min(whole, channels - best), best);
  layouts.back().channels = channels - layouts.back().firstChannel;
  return layouts;
}

bool lowbit::canComputeInLanes(linalg::LinalgOp op) {
  const int64_t channels = cast<ShapedType>(op->getResult(0).getType()).getShape().back();
  return channels >= kGroupBytes && getConstantInit<int32_t>(op, channels);
}

SmallVector<std::unique_ptr<LaneKernel>> lowbit::createDepthwiseLanesKernels(RewriterBase &rewriter,
                                                                             linalg::LinalgOp op) {
  std::optional<DepthwiseShape> conv = DepthwiseShape::get(op);
  if (!conv || op->getAttrOfType<TileAttr>(kTileAttrName).getVectors() != kDepth || !canComputeInLanes(op))
    return {};
  SmallVector<std::unique_ptr<LaneKernel>> kernels;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  PaddedPicture picture = PaddedPicture::get(op->getOperand(0), *conv->instruction);
  SmallVector<int32_t> init = *getConstantInit<int32_t>(op, conv->channels);
  auto shape = std::make_shared<const DepthwiseShape>(std::move(*conv));
  const int64_t outputColumns = cast<ShapedType>(op->getResult(0).getType()).getDimSize(2);
  for (LaneLayout &layout : getLayouts(shape->channels, outputColumns, *shape->instruction))
    kernels.push_back(std::make_unique<DepthwiseLanesKernel>(rewriter, op, shape, picture, init, std::move(layout)));
  return kernels;
}
