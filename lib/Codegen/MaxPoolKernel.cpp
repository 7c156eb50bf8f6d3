#include "TileKernel.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// A picture's rows or columns, as a pooling walks through them.
struct PoolDim {
  int64_t size = 0;
  /// What pads it before its first element; behind the last one as much as the windows ask for.
  int64_t before = 0;
  int64_t window = 1, stride = 1, dilation = 1, outputs = 1;

  /// Where the window of output `output` looks for its element `element`, in the picture without padding.
  int64_t getPosition(int64_t output, int64_t element) const { return output * stride + element * dilation - before; }
  bool isPadded() const { return before > 0 || getPosition(outputs - 1, window - 1) >= size; }
  /// Whether a position in the padding may be moved to the nearest one in the picture: every window that has the one
  /// has the other, too.
  bool canClamp() const {
    return !isPadded() || (dilation == 1 && getPosition(0, window - 1) >= 0 && getPosition(outputs - 1, 0) < size);
  }
};

/// The greatest elements of windows. Padding is no greater than any element, so that a window reads an element at its
/// edge again in place of it: the picture need not be padded. The greatest elements of columns serve all windows that
/// have them.
class MaxPoolKernel : public TileKernel {
public:
  static std::unique_ptr<TileKernel> create(linalg::LinalgOp op, TileShape &shape);

  SmallVector<Value> compute(OpBuilder &builder, Location loc, const TilePosition &position) override;

private:
  Value load(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const;
  Value getGreater(OpBuilder &builder, Location loc, Value a, Value b);
  OpFoldResult getIndex(OpBuilder &builder, Location loc, const PoolDim &dim, OpFoldResult output, int64_t offset,
                        int64_t lastOutput) const;

  linalg::LinalgOp op;
  TileShape shape;
  Value source;
  PoolDim rows, columns;
};
} // namespace

/// Whether a constant is the least value of a type, as `maximum` orders them.
static bool isLeast(Value value, Operation *maximum) {
  APInt integer;
  APFloat number(0.0f);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return number.isInfinity() && number.isNegative();
  return matchPattern(value, m_ConstantInt(&integer)) &&
         (isa<arith::MaxUIOp>(maximum) ? integer.isZero() : integer.isMinSignedValue());
}

std::unique_ptr<TileKernel> MaxPoolKernel::create(linalg::LinalgOp op, TileShape &shape) {
  if (!isa<linalg::PoolingNhwcMaxOp, linalg::PoolingNhwcMaxUnsignedOp>(op) || !op.hasPureTensorSemantics())
    return nullptr;
  Block &body = *op.getBlock();
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  auto kernel = std::make_unique<MaxPoolKernel>();
  kernel->op = op;
  kernel->source = op->getOperand(0);
  Operation *maximum = &body.front();
  if (!isa<arith::MaxSIOp, arith::MaxUIOp, arith::MaximumFOp>(maximum) || &body.back() != maximum->getNextNode())
    return nullptr;

  auto window = cast<ShapedType>(op->getOperand(1).getType());
  auto getNumber = [&](StringRef name, int64_t dim) {
    return op->getAttrOfType<DenseIntElementsAttr>(name).getValues<int64_t>()[dim];
  };
  for (int64_t dim : {0, 1}) {
    PoolDim &pool = dim == 0 ? kernel->rows : kernel->columns;
    pool.size = type.getDimSize(dim + 1);
    pool.window = window.getDimSize(dim);
    pool.stride = getNumber("strides", dim);
    pool.dilation = getNumber("dilations", dim);
    pool.outputs = output.getDimSize(dim + 1);
  }
  // The window is unrolled.
  constexpr int64_t kMostElements = 64;
  if (kernel->rows.window * kernel->columns.window > kMostElements)
    return nullptr;

  auto pad = kernel->source.getDefiningOp<tensor::PadOp>();
  Value fill = pad ? pad.getConstantPaddingValue() : Value();
  if (fill && pad.getLow().empty() && pad.getHigh().empty() && isLeast(fill, maximum) &&
      llvm::all_of(ArrayRef<int64_t>{0, 3},
                   [&](int64_t dim) { return pad.getStaticLow()[dim] == 0 && pad.getStaticHigh()[dim] == 0; })) {
    PoolDim rows = kernel->rows, columns = kernel->columns;
    for (int64_t dim : {0, 1}) {
      PoolDim &pool = dim == 0 ? rows : columns;
      pool.size = pad.getSourceType().getDimSize(dim + 1);
      pool.before = pad.getStaticLow()[dim + 1];
    }
    if (pad.getSourceType().hasStaticShape() && rows.canClamp() && columns.canClamp()) {
      kernel->rows = rows;
      kernel->columns = columns;
      kernel->source = pad.getSource();
    }
  }

  const int64_t channels = output.getShape().back();
  shape.lanes = llvm::bit_floor<uint64_t>(std::min(shape.lanes, channels));
  shape.vectors = std::max<int64_t>(1, std::min(shape.vectors, channels / shape.lanes));
  const int64_t width = kernel->columns.outputs;
  shape.rows = llvm::divideCeil(width, llvm::divideCeil(width, std::min(shape.rows, width)));
  kernel->shape = shape;
  return kernel;
}

Value MaxPoolKernel::load(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const {
  Type elementType = getElementTypeOrSelf(source.getType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(elementType));
  return vector::TransferReadOp::create(builder, loc, VectorType::get({shape.lanes}, elementType), source,
                                        getValueOrCreateConstantIndexOp(builder, loc, indices), zero,
                                        ArrayRef<bool>{true});
}

Value MaxPoolKernel::getGreater(OpBuilder &builder, Location loc, Value a, Value b) {
  Operation &maximum = op.getBlock()->front();
  return builder.create(loc, maximum.getName().getIdentifier(), {a, b}, TypeRange{a.getType()}, maximum.getAttrs())
      ->getResult(0);
}

/// The position `offset` elements behind where the window of `output` starts, or the nearest one in the picture;
/// `output` is at most `lastOutput`.
OpFoldResult MaxPoolKernel::getIndex(OpBuilder &builder, Location loc, const PoolDim &dim, OpFoldResult output,
                                     int64_t offset, int64_t lastOutput) const {
  AffineExpr expr = builder.getAffineDimExpr(0) * dim.stride + (offset - dim.before);
  OpFoldResult index = affine::makeComposedFoldedAffineApply(builder, loc, expr, {output});
  auto getMap = [&](int64_t bound) {
    return AffineMap::get(1, 0, {builder.getAffineDimExpr(0), builder.getAffineConstantExpr(bound)},
                          builder.getContext());
  };
  if (offset < dim.before)
    index = affine::makeComposedFoldedAffineMax(builder, loc, getMap(0), {index});
  if (lastOutput * dim.stride + offset - dim.before >= dim.size)
    index = affine::makeComposedFoldedAffineMin(builder, loc, getMap(dim.size - 1), {index});
  return index;
}

SmallVector<Value> MaxPoolKernel::compute(OpBuilder &builder, Location loc, const TilePosition &position) {
  // The outputs of the tile that have a column.
  llvm::MapVector<int64_t, SmallVector<int64_t>> users;
  for (int64_t output = 0; output < shape.rows; ++output)
    for (int64_t element = 0; element < columns.window; ++element)
      users[output * columns.stride + element * columns.dilation].push_back(output);

  SmallVector<Value> greatest(shape.rows * shape.vectors);
  for (const auto &[offset, outputs] : users) {
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      SmallVector<OpFoldResult> indices(position.indices);
      indices[3] = addIndex(builder, loc, indices[3], vector * shape.lanes);
      indices[2] = getIndex(builder, loc, columns, position.indices[2], offset, columns.outputs - shape.rows);
      Value column;
      for (int64_t element = 0; element < rows.window; ++element) {
        indices[1] = getIndex(builder, loc, rows, position.indices[1], element * rows.dilation, rows.outputs - 1);
        Value loaded = load(builder, loc, indices);
        column = column ? getGreater(builder, loc, column, loaded) : loaded;
      }
      for (int64_t output : outputs) {
        Value &result = greatest[output * shape.vectors + vector];
        result = result ? getGreater(builder, loc, result, column) : column;
      }
    }
  }
  // The init is a part of each maximum; of a filled one nothing is left.
  Value init = op.getDpsInits().front();
  AffineMap map = builder.getMultiDimIdentityMap(4);
  if (auto fill = init.getDefiningOp<linalg::FillOp>()) {
    init = fill.getInputs().front();
    if (isLeast(init, &op.getBlock()->front()))
      return greatest;
  }
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector) {
      Value loaded = loadVector(builder, loc, init, map, position.at(builder, loc, shape, row, vector), /*laneDim=*/3,
                                shape.lanes, shape.lanes);
      Value &result = greatest[row * shape.vectors + vector];
      result = getGreater(builder, loc, result, loaded);
    }
  return greatest;
}

std::unique_ptr<TileKernel> lowbit::createMaxPoolKernel(RewriterBase &, linalg::LinalgOp op, TileShape &shape) {
  return MaxPoolKernel::create(op, shape);
}
