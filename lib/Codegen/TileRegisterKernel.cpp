#include "TileRegisterKernel.h"
#include "ContractionKernel.h"
#include "DynamicWeights.h"
#include "TileCost.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The bytes of a group of activations, and of the weights of all channels for it.
static constexpr int64_t kDepth = 4;
static constexpr int64_t kGroupBytes = MultiplyTilesOp::kRowBytes;
static constexpr int64_t kLanes = kGroupBytes / kDepth;

/// The elements of a block of a run: blocks of the same size, whole groups, as few as there can be. Nothing where a run
/// is shorter than a group. With `readsPast` what lies behind a run may be read.
static std::optional<int64_t> getBlockSize(int64_t run, bool readsPast) {
  const int64_t blocks = llvm::divideCeil(run, MultiplyTilesOp::kRowBytes);
  const int64_t size = llvm::alignTo(llvm::divideCeil(run, blocks), kDepth);
  if (size <= run || readsPast)
    return size;
  if (run < kDepth)
    return std::nullopt;
  // Short of a group of its own, what is left shares a block with what is before it.
  return run - run % kDepth;
}

/// The rows of pixels, a stride apart, between the starts of two lines of outputs; 0 where that is no whole number.
static int64_t getLinePitch(linalg::LinalgOp op) {
  auto conv = dyn_cast<linalg::Conv2DNhwcFhwcOp>(op.getOperation());
  if (!conv)
    return 0;
  auto strides = conv.getStrides().getValues<int64_t>();
  const int64_t pixels = strides[0] * cast<ShapedType>(op->getOperand(0).getType()).getDimSize(2);
  return pixels % strides[1] == 0 ? pixels / strides[1] : 0;
}

std::optional<TileRegisterShape> TileRegisterShape::get(linalg::LinalgOp op) {
  std::optional<ContractionShape> contraction = ContractionShape::get(op);
  if (!contraction || contraction->channels < kLanes)
    return std::nullopt;
  // Windows of several rows read each element more than once: that pays for a copy of the picture with longer lines.
  const bool readsPast = !contraction->collapsed.empty() && contraction->getStepCount() > 1;
  std::optional<int64_t> blockSize = getBlockSize(contraction->run, readsPast);
  if (!blockSize)
    return std::nullopt;
  const int64_t activationBytes = getElementTypeOrSelf(op->getOperand(0).getType()).getIntOrFloatBitWidth() / 8;
  auto weights = contraction->hasBatch ? std::nullopt : ConstantWeights::get(op->getOperand(1));
  if (!weights) {
    if (!contraction->steps.empty() || !getElementTypeOrSelf(op->getOperand(1).getType()).isInteger(8))
      return std::nullopt;
    return TileRegisterShape{*contraction,       *blockSize,      /*isNarrow=*/false,
                             /*isDynamic=*/true, /*linePitch=*/0, activationBytes};
  }
  // Those of a panel are unpacked group after group, each once.
  const bool isNarrow = NarrowPanels::canPack(*weights, *contraction, kDepth);
  if (isNarrow && contraction->run % *blockSize != 0)
    return std::nullopt;
  // A picture of wider padding has longer lines.
  const int64_t linePitch = *blockSize > contraction->run ? 0 : getLinePitch(op);
  return TileRegisterShape{*contraction, *blockSize, isNarrow, /*isDynamic=*/false, linePitch, activationBytes};
}

namespace {
class TileRegisterKernel : public TileKernel {
public:
  TileRegisterKernel(linalg::LinalgOp op, const TileRegisterShape &blocks, const TileShape &shape, StringAttr name)
      : op(op), contraction(blocks.contraction), blockSize(blocks.blockSize), shape(shape),
        rows(RegisterRows::get(shape.lines, shape.rows, blocks.linePitch)), instruction(name) {}

  /// `unpacker` is null where the weights are bytes.
  void prepare(RewriterBase &rewriter, const DotInstruction &dot, bool isDynamic,
               std::unique_ptr<ContractionKernel> unpacker);
  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override;
  bool keepsPanels() const override;
  bool preparesPanels() const override { return static_cast<bool>(unpacker); }
  void beginPanel(OpBuilder &builder, Location loc, OpFoldResult panel) override {
    unpacker->beginPanel(builder, loc, panel);
  }

private:
  /// A group of the layout is a block.
  PanelLayout getLayout() const { return {contraction, shape.getWidth(), blockSize}; }
  void prepareActivations(RewriterBase &rewriter);
  void packWeights(OpBuilder &builder);
  void packWeightsAtRunTime(OpBuilder &builder, const DotInstruction &dot);
  Value splitBlocks(OpBuilder &builder, Location loc, Value groups, int64_t groupDim) const;
  void packStart(OpBuilder &builder);
  std::pair<Value, Value> getUnpacked(OpBuilder &builder, Location loc, OpFoldResult panel) const;

  linalg::LinalgOp op;
  ContractionShape contraction;
  int64_t blockSize;
  TileShape shape;
  RegisterRows rows;
  StringAttr instruction;
  /// The activations; of those of 16 bits the high bytes, and the low ones.
  Value activations, low;
  /// [batch, panel, steps..., block, group, vector, 64], the batch only where the weights have one; null where
  /// `unpacker` has them. Vectors come before groups where they are contiguous.
  Value packedWeights;
  bool isContiguous = false;
  /// Of narrow weights: unpacks those of a panel before its tiles.
  std::unique_ptr<ContractionKernel> unpacker;
  /// [panel, width]; null where what the sums start from is not constant, or 0.
  Value start;
  bool startsFromZero = false;
};
} // namespace

/// Rows stay in the first level of caches, and all panels, one after the other as they lie in memory, come from the
/// second, which they fit: loads of rows that are apart are not foreseen by hardware. Where weights are more, a panel
/// stays.
bool TileRegisterKernel::keepsPanels() const {
  constexpr int64_t kMostBytes = 1 << 20;
  if (contraction.hasBatch)
    return false;
  return unpacker || cast<ShapedType>(packedWeights.getType()).getNumElements() > kMostBytes;
}

void TileRegisterKernel::packWeights(OpBuilder &builder) {
  const PanelLayout layout = getLayout();
  ConstantWeights weights = *ConstantWeights::get(op->getOperand(1));
  SmallVector<int64_t> packedShape = {layout.getPanelCount()};
  llvm::append_range(packedShape, contraction.steps);
  packedShape.append({layout.getGroupCount(), shape.vectors, blockSize / kDepth, kGroupBytes});
  auto type = RankedTensorType::get(packedShape, builder.getI8Type());
  SmallVector<int8_t> packed;
  packed.reserve(type.getNumElements());
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t step = 0; step < contraction.getStepCount(); ++step)
      for (int64_t block = 0; block < layout.getGroupCount(); ++block)
        for (int64_t vector = 0; vector < shape.vectors; ++vector)
          for (int64_t group = 0; group < blockSize / kDepth; ++group)
            for (int64_t lane = 0; lane < kLanes; ++lane)
              for (int64_t k = 0; k < kDepth; ++k) {
                std::optional<int64_t> index =
                    layout.getWeightIndex(panel, step, block, vector * kLanes + lane, group * kDepth + k);
                packed.push_back(index ? weights.get()[*index] : int8_t(0));
              }
  packedWeights = createConstant<int8_t>(builder, op.getLoc(), type, packed, "packed_weights");
  isContiguous = true;
}

/// Groups along a dimension as blocks of groups.
Value TileRegisterKernel::splitBlocks(OpBuilder &builder, Location loc, Value groups, int64_t groupDim) const {
  auto type = cast<RankedTensorType>(groups.getType());
  SmallVector<int64_t> blockShape(type.getShape());
  blockShape[groupDim] = blockSize / kDepth;
  blockShape.insert(blockShape.begin() + groupDim, getLayout().getGroupCount());
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t dim = 0, next = 0; dim < type.getRank(); ++dim) {
    reassociation.push_back({next++});
    if (dim == groupDim)
      reassociation.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(blockShape), groups, reassociation);
}

void TileRegisterKernel::packWeightsAtRunTime(OpBuilder &builder, const DotInstruction &dot) {
  Value packed = packDynamicWeights(builder, op.getLoc(), op->getOperand(1), dot, shape, blockSize).packed;
  packedWeights = splitBlocks(builder, op.getLoc(), packed, /*groupDim=*/contraction.hasBatch ? 2 : 1);
}

/// A row of biases for each panel. Weights that differ by batch have none: sums start from 0.
void TileRegisterKernel::packStart(OpBuilder &builder) {
  auto init = getConstantInit<int32_t>(op, contraction.channels);
  startsFromZero = init && llvm::all_of(*init, [](int32_t value) { return value == 0; });
  if (!init || startsFromZero || contraction.hasBatch)
    return;
  const PanelLayout layout = getLayout();
  SmallVector<int32_t> packed;
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    llvm::append_range(packed, ArrayRef(*init).slice(layout.getPanelStart(panel), layout.width));
  auto type = RankedTensorType::get({layout.getPanelCount(), layout.width}, builder.getI32Type());
  start = createConstant<int32_t>(builder, op.getLoc(), type, packed, "packed_init");
}

/// The high bytes, or the low ones, of a tensor of 16-bit integers. The padding of a picture is copied once: bytes are
/// padded.
static Value getBytes(OpBuilder &builder, Value words, bool areHigh) {
  Location loc = words.getLoc();
  auto pad = words.getDefiningOp<tensor::PadOp>();
  auto type = cast<RankedTensorType>(words.getType());
  APInt fill;
  if (pad && pad.getConstantPaddingValue() && matchPattern(pad.getConstantPaddingValue(), m_ConstantInt(&fill))) {
    Value source = getBytes(builder, pad.getSource(), areHigh);
    Value byte = arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(builder.getI8Type(), fill.extractBits(8, areHigh ? 8 : 0)));
    return tensor::PadOp::create(builder, loc, type.clone(builder.getI8Type()), source, pad.getMixedLowPad(),
                                 pad.getMixedHighPad(), byte);
  }
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), builder.getI8Type());
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto getByte = [&](OpBuilder &builder, Location loc, ValueRange args) {
    Value word = args.front();
    if (areHigh) {
      Value bits = arith::ConstantOp::create(builder, loc, builder.getI16IntegerAttr(8));
      word = arith::ShRUIOp::create(builder, loc, word, bits);
    }
    Value byte = arith::TruncIOp::create(builder, loc, builder.getI8Type(), word);
    linalg::YieldOp::create(builder, loc, byte);
  };
  return linalg::GenericOp::create(builder, loc, empty.getType(), words, empty, maps, iterators, getByte).getResult(0);
}

/// Has the activations as tiles read them: bytes, the lines of a picture wide enough, and as one where registers go
/// from line to line.
void TileRegisterKernel::prepareActivations(RewriterBase &rewriter) {
  Value words = op->getOperand(0);
  SmallVector<Value> bytes = {words};
  if (getElementTypeOrSelf(words.getType()).isInteger(16))
    bytes = {getBytes(rewriter, words, /*areHigh=*/true), getBytes(rewriter, words, /*areHigh=*/false)};
  if (blockSize > contraction.run)
    for (Value &picture : bytes)
      picture = padLines(rewriter, contraction, picture, blockSize);
  if (rows.lines > 1) {
    auto type = cast<RankedTensorType>(bytes.front().getType());
    AffineMap map = contraction.activationMap;
    AffineExpr joined = map.getResult(1) * (type.getDimSize(2) * type.getDimSize(3)) + map.getResult(2);
    contraction.activationMap = AffineMap::get(map.getNumDims(), 0, {map.getResult(0), joined}, op.getContext());
    contraction.collapsed = {{0}, {1, 2, 3}};
  }
  if (!contraction.collapsed.empty())
    for (Value &picture : bytes)
      picture = tensor::CollapseShapeOp::create(rewriter, op.getLoc(), picture, contraction.collapsed);
  activations = bytes.front();
  if (bytes.size() > 1)
    low = bytes.back();
}

void TileRegisterKernel::prepare(RewriterBase &rewriter, const DotInstruction &dot, bool isDynamic,
                                 std::unique_ptr<ContractionKernel> narrow) {
  unpacker = std::move(narrow);
  if (isDynamic)
    packWeightsAtRunTime(rewriter, dot);
  else if (!unpacker)
    packWeights(rewriter);
  packStart(rewriter);
  prepareActivations(rewriter);
}

/// The weights of a panel that were unpacked before, and what its sums start from: no index says which panel.
std::pair<Value, Value> TileRegisterKernel::getUnpacked(OpBuilder &builder, Location loc, OpFoldResult panel) const {
  // [steps..., group, vector, 64].
  Value weights = splitBlocks(builder, loc, unpacker->getExpandedWeights(), contraction.steps.size());
  if (!start)
    return {weights, Value()};
  auto rowType = RankedTensorType::get({shape.getWidth()}, builder.getI32Type());
  SmallVector<OpFoldResult> offsets = {panel, builder.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {builder.getIndexAttr(1), builder.getIndexAttr(shape.getWidth())};
  SmallVector<OpFoldResult> strides(2, builder.getIndexAttr(1));
  return {weights, tensor::ExtractSliceOp::create(builder, loc, rowType, start, offsets, sizes, strides)};
}

SmallVector<Value> TileRegisterKernel::compute(OpBuilder &builder, Location loc, const TilePosition &position) {
  // The map of the contraction is that of (output dims..., steps..., element); this one has what the register, the row
  // in it, the steps and the element add to the index of the first row.
  AffineMap map = contraction.activationMap;
  const int64_t outputs = position.indices.size(), steps = contraction.steps.size();
  SmallVector<OpFoldResult> first(position.indices);
  first.append(steps + 1, builder.getIndexAttr(0));
  SmallVector<AffineExpr> dims(outputs, builder.getAffineConstantExpr(0));
  AffineExpr number = builder.getAffineDimExpr(0), row = builder.getAffineDimExpr(1);
  if (shape.lines > 1)
    dims[outputs - 3] = number * rows.lines;
  dims[outputs - 2] = shape.lines > 1 ? row : number * rows.rows + row;
  for (int64_t dim = 0; dim <= steps; ++dim)
    dims.push_back(builder.getAffineDimExpr(2 + dim));
  SmallVector<Value> indices;
  for (AffineExpr result : map.getResults())
    indices.push_back(getValueOrCreateConstantIndexOp(
        builder, loc,
        affine::makeComposedFoldedAffineApply(builder, loc, AffineMap::get(map.getNumDims(), 0, result), first)));
  auto type = VectorType::get({rows.registers, rows.rows, shape.vectors, kLanes}, builder.getI32Type());
  SmallVector<OpFoldResult> panel;
  if (contraction.hasBatch)
    panel.push_back(position.indices.front());
  std::pair<Value, Value> operands = {packedWeights, start};
  if (unpacker)
    operands = getUnpacked(builder, loc, position.panel);
  else
    panel.push_back(position.panel);
  Value sums = MultiplyTilesOp::create(builder, loc, type, activations, indices, low, operands.first,
                                       getValueOrCreateConstantIndexOp(builder, loc, panel), operands.second,
                                       map.replaceDimsAndSymbols(dims, {}, steps + 3, 0),
                                       std::max(contraction.run, blockSize), instruction, isContiguous);
  SmallVector<Value> accumulators;
  for (int64_t row = 0; row < shape.lines * shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      const auto [number, rowOfRegister] = rows.getPlace(row / shape.rows, row % shape.rows);
      Value sum = vector::ExtractOp::create(builder, loc, sums, ArrayRef<int64_t>{number, rowOfRegister, vector});
      if (!start && !startsFromZero)
        sum = arith::AddIOp::create(
            builder, loc, sum, loadInit(builder, loc, op, position.at(builder, loc, shape, row, vector), shape.lanes));
      accumulators.push_back(sum);
    }
  return accumulators;
}

std::unique_ptr<TileKernel> lowbit::createTileRegisterKernel(RewriterBase &rewriter, linalg::LinalgOp op,
                                                             TileShape &shape) {
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  FailureOr<Target> target = Target::get(op->getParentOfType<ModuleOp>());
  const DotInstruction *instruction =
      succeeded(target) && tile && tile.getInstruction() ? target->getDotInstruction(tile.getInstruction()) : nullptr;
  if (!instruction || !instruction->multipliesTiles)
    return nullptr;
  std::optional<TileRegisterShape> blocks = TileRegisterShape::get(op);
  if (!blocks || blocks->isNarrow != tile.getExpandPanels())
    return nullptr;
  shape = {tile.getRows(), tile.getVectors(), kLanes, tile.getLines()};
  auto kernel = std::make_unique<TileRegisterKernel>(op, *blocks, shape, tile.getInstruction());
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  std::unique_ptr<ContractionKernel> unpacker;
  if (blocks->isNarrow) {
    TileShape ofPanel = shape;
    unpacker = ContractionKernel::create(rewriter, op, ofPanel);
    if (!unpacker)
      return nullptr;
  }
  kernel->prepare(rewriter, *instruction, blocks->isDynamic, std::move(unpacker));
  return kernel;
}
