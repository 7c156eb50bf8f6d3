#include "ContractionShape.h"
#include "DepthwiseShape.h"
#include "TileKernel.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/MapVector.h"
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kDepth = kDepthwiseDepth;

namespace {
/// A depthwise convolution by dot instructions. A product takes four rows of one column of the window: their bytes are
/// interleaved channel by channel. The columns of a tile overlap, so that what is interleaved serves as many outputs as
/// the window has columns.
class DepthwiseKernel : public TileKernel {
public:
  static std::unique_ptr<TileKernel> create(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape);

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override;

private:
  DepthwiseKernel(linalg::LinalgOp op, DepthwiseShape conv) : op(op), conv(std::move(conv)) {}

  int64_t getPanelCount() const { return llvm::divideCeil(conv.channels, shape.getWidth()); }
  int64_t getPanelStart(int64_t panel) const {
    return std::min(panel * shape.getWidth(), conv.channels - shape.getWidth());
  }
  int64_t getStackCount() const { return llvm::divideCeil(conv.windowRows, kDepth); }

  void packWeights(OpBuilder &builder);
  void packStart(OpBuilder &builder);
  SmallVector<Value> initialize(OpBuilder &builder, Location loc, const TilePosition &position);
  Value loadElements(OpBuilder &builder, Location loc, const TilePosition &position, int64_t row, int64_t column);
  SmallVector<Value> interleave(OpBuilder &builder, Location loc, ArrayRef<Value> rows);

  linalg::LinalgOp op;
  DepthwiseShape conv;
  TileShape shape;
  Value activations;
  ActivationForm form = ActivationForm::Signed;
  /// [panel, stack of rows, column of the window, vector, lanes * depth].
  Value packedWeights;
  /// [panel, vector, lanes]: what the accumulators start from, or, where the init is not constant, what is added to it.
  Value start;
  bool isInitConstant = false;
};
} // namespace

void DepthwiseKernel::packWeights(OpBuilder &builder) {
  SmallVector<int8_t> packed;
  for (int64_t panel = 0; panel < getPanelCount(); ++panel)
    for (int64_t stack = 0; stack < getStackCount(); ++stack)
      for (int64_t column = 0; column < conv.windowColumns; ++column)
        for (int64_t lane = 0; lane < shape.getWidth(); ++lane)
          for (int64_t row = stack * kDepth; row < (stack + 1) * kDepth; ++row)
            packed.push_back(conv.getWeight(row, column, getPanelStart(panel) + lane));
  auto type = RankedTensorType::get(
      {getPanelCount(), getStackCount(), conv.windowColumns, shape.vectors, shape.lanes * kDepth}, builder.getI8Type());
  packedWeights = createConstant<int8_t>(builder, op.getLoc(), type, packed, "packed_weights");
}

void DepthwiseKernel::packStart(OpBuilder &builder) {
  std::optional<SmallVector<int32_t>> init = getConstantInit<int32_t>(op, conv.channels);
  isInitConstant = init.has_value();
  SmallVector<int32_t> values = init.value_or(SmallVector<int32_t>(conv.channels, 0));
  if (conv.instruction->offsetsActivations)
    subtractOffset(values, conv.weights.get());
  SmallVector<int32_t> packed;
  for (int64_t panel = 0; panel < getPanelCount(); ++panel)
    llvm::append_range(packed, ArrayRef<int32_t>(values).slice(getPanelStart(panel), shape.getWidth()));
  auto type = RankedTensorType::get({getPanelCount(), shape.vectors, shape.lanes}, builder.getI32Type());
  start = createConstant<int32_t>(builder, op.getLoc(), type, packed, "packed_init");
}

std::unique_ptr<TileKernel> DepthwiseKernel::create(RewriterBase &rewriter, linalg::LinalgOp op, TileShape &shape) {
  std::optional<DepthwiseShape> conv = DepthwiseShape::get(op);
  if (!conv || conv->channels < conv->instruction->lanes)
    return nullptr;
  std::unique_ptr<DepthwiseKernel> kernel(new DepthwiseKernel(op, std::move(*conv)));
  const DotInstruction &instruction = *kernel->conv.instruction;
  kernel->activations = op->getOperand(0);
  kernel->form = resolveActivations(&instruction, kernel->activations);
  shape.lanes = instruction.lanes;
  shape.vectors = std::min({shape.vectors, kDepth, kernel->conv.channels / shape.lanes});
  auto output = cast<ShapedType>(op.getDpsInits().front().getType());
  shape.rows = std::min(shape.rows, output.getDimSize(output.getRank() - 2));
  kernel->shape = shape;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  kernel->packWeights(rewriter);
  kernel->packStart(rewriter);
  return kernel;
}

SmallVector<Value> DepthwiseKernel::initialize(OpBuilder &builder, Location loc, const TilePosition &position) {
  SmallVector<Value> accumulators;
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      Value value =
          loadPacked(builder, loc, start, {position.panel, builder.getIndexAttr(vector), builder.getIndexAttr(0)});
      if (!isInitConstant) {
        Value loaded = loadInit(builder, loc, op, position.at(builder, loc, shape, row, vector), shape.lanes);
        value = arith::AddIOp::create(builder, loc, loaded, value);
      }
      accumulators.push_back(value);
    }
  return accumulators;
}

/// The channels of the tile at a row of the window and a column counted from the first one of the tile, as the
/// instruction reads them.
Value DepthwiseKernel::loadElements(OpBuilder &builder, Location loc, const TilePosition &position, int64_t row,
                                    int64_t column) {
  AffineExpr n, y, x, c;
  bindDims(builder.getContext(), n, y, x, c);
  AffineMap map = AffineMap::get(
      4, 0, {n, y * conv.strides[0] + row * conv.dilations[0], x * conv.strides[1] + column, c}, builder.getContext());
  const int64_t width = shape.getWidth();
  Value elements = loadVector(builder, loc, activations, map, position.indices, /*laneDim=*/3, width, width);
  return form == ActivationForm::OffsetInLoop ? offsetBytes(builder, loc, elements) : elements;
}

/// The elements of two vectors in turns: of their first half, or of their second one.
static Value zip(OpBuilder &builder, Location loc, Value first, Value second, bool isUpper) {
  const int64_t count = cast<VectorType>(first.getType()).getNumElements();
  SmallVector<int64_t> lanes;
  for (int64_t lane = isUpper ? count / 2 : 0, end = lane + count / 2; lane < end; ++lane)
    lanes.append({lane, count + lane});
  return vector::ShuffleOp::create(builder, loc, first, second, lanes);
}

/// For each vector of the tile the bytes of up to four rows, channel by channel. A row that is missing repeats the last
/// one: its weights are 0.
SmallVector<Value> DepthwiseKernel::interleave(OpBuilder &builder, Location loc, ArrayRef<Value> rows) {
  const int64_t bytes = shape.lanes * kDepth;
  SmallVector<int64_t> fill(bytes, vector::ShuffleOp::kPoisonIndex);
  std::iota(fill.begin(), fill.begin() + shape.getWidth(), 0);
  auto getRow = [&](size_t number) -> Value {
    Value row = rows[std::min(number, rows.size() - 1)];
    return shape.getWidth() == bytes ? row : vector::ShuffleOp::create(builder, loc, row, row, fill).getResult();
  };
  auto wordType = VectorType::get({bytes / 2}, builder.getI16Type());
  auto byteType = VectorType::get({bytes}, builder.getI8Type());
  SmallVector<Value> pieces;
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    // A quarter of the channels in each of four vectors: halves of halves.
    auto zipRows = [&](size_t first) -> Value {
      Value pairs = zip(builder, loc, getRow(first), getRow(first + 1), vector >= 2);
      return vector::BitCastOp::create(builder, loc, wordType, pairs);
    };
    Value words = zip(builder, loc, zipRows(0), zipRows(2), vector % 2 == 1);
    pieces.push_back(vector::BitCastOp::create(builder, loc, byteType, words));
  }
  return pieces;
}

SmallVector<Value> DepthwiseKernel::compute(OpBuilder &builder, Location loc, const TilePosition &position) {
  // The outputs and columns of the window that a column of the input belongs to.
  struct Use {
    int64_t output;
    int64_t windowColumn;
  };
  llvm::MapVector<int64_t, SmallVector<Use>> columns;
  for (int64_t output = 0; output < shape.rows; ++output)
    for (int64_t windowColumn = 0; windowColumn < conv.windowColumns; ++windowColumn)
      columns[output * conv.strides[1] + windowColumn * conv.dilations[1]].push_back({output, windowColumn});

  SmallVector<Value> accumulators = initialize(builder, loc, position);
  for (int64_t stack = 0; stack < getStackCount(); ++stack)
    for (const auto &[column, uses] : columns) {
      SmallVector<Value> rows;
      for (int64_t row = stack * kDepth; row < std::min((stack + 1) * kDepth, conv.windowRows); ++row)
        rows.push_back(loadElements(builder, loc, position, row, column));
      SmallVector<Value> pieces = interleave(builder, loc, rows);
      for (auto [output, windowColumn] : uses)
        for (int64_t vector = 0; vector < shape.vectors; ++vector) {
          Value weights = loadPacked(builder, loc, packedWeights,
                                     {position.panel, builder.getIndexAttr(stack), builder.getIndexAttr(windowColumn),
                                      builder.getIndexAttr(vector), builder.getIndexAttr(0)});
          Value &accumulator = accumulators[output * shape.vectors + vector];
          accumulator =
              createElementwiseDotProduct(builder, loc, *conv.instruction, pieces[vector], weights, accumulator);
        }
    }
  return accumulators;
}

std::unique_ptr<TileKernel> lowbit::createDepthwiseKernel(RewriterBase &rewriter, linalg::LinalgOp op,
                                                          TileShape &shape) {
  return DepthwiseKernel::create(rewriter, op, shape);
}
