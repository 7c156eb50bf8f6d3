#include "TileKernel.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/VectorInterfaces.h"

using namespace mlir;
using namespace mlir::lowbit;

OpFoldResult lowbit::addIndex(OpBuilder &builder, Location loc, OpFoldResult base, int64_t offset) {
  if (offset == 0)
    return base;
  AffineExpr expr = builder.getAffineDimExpr(0) + offset;
  return affine::makeComposedFoldedAffineApply(builder, loc, expr, {base});
}

/// An element of a tensor or buffer.
static Value loadScalar(OpBuilder &builder, Location loc, Value source, ValueRange indices) {
  if (isa<MemRefType>(source.getType()))
    return memref::LoadOp::create(builder, loc, source, indices);
  return tensor::ExtractOp::create(builder, loc, source, indices);
}

/// `vector` with zeros behind it, `lanes` elements in all.
static Value widen(OpBuilder &builder, Location loc, Value vector, int64_t lanes) {
  auto type = cast<VectorType>(vector.getType());
  if (type.getNumElements() == lanes)
    return vector;
  auto wide = VectorType::get({lanes}, type.getElementType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(wide));
  return vector::InsertStridedSliceOp::create(builder, loc, vector, zero, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{1});
}

Value lowbit::loadVector(OpBuilder &builder, Location loc, Value operand, AffineMap map, ArrayRef<OpFoldResult> dims,
                         unsigned laneDim, int64_t lanes, int64_t available) {
  auto type = dyn_cast<ShapedType>(operand.getType());
  if (!type)
    return vector::BroadcastOp::create(builder, loc, VectorType::get({lanes}, operand.getType()), operand);

  auto getIndices = [&](ArrayRef<OpFoldResult> dims) {
    SmallVector<Value> indices;
    for (AffineExpr result : map.getResults()) {
      OpFoldResult index = affine::makeComposedFoldedAffineApply(
          builder, loc, AffineMap::get(map.getNumDims(), 0, result), SmallVector<OpFoldResult>(dims));
      indices.push_back(getValueOrCreateConstantIndexOp(builder, loc, index));
    }
    return indices;
  };
  auto vectorType = VectorType::get({lanes}, type.getElementType());
  if (!map.isFunctionOfDim(laneDim)) {
    Value scalar = loadScalar(builder, loc, operand, getIndices(dims));
    return vector::BroadcastOp::create(builder, loc, vectorType, scalar);
  }

  const int64_t count = std::min(lanes, available);
  const bool isContiguous =
      map.getResults().back() == builder.getAffineDimExpr(laneDim) &&
      llvm::none_of(map.getResults().drop_back(), [&](AffineExpr expr) { return expr.isFunctionOfDim(laneDim); });
  if (isContiguous) {
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
    Value read = vector::TransferReadOp::create(builder, loc, VectorType::get({count}, type.getElementType()), operand,
                                                getIndices(dims), zero, ArrayRef<bool>{true});
    return widen(builder, loc, read, lanes);
  }
  SmallVector<Value> elements;
  SmallVector<OpFoldResult> laneDims(dims);
  for (int64_t lane = 0; lane < count; ++lane) {
    laneDims[laneDim] = addIndex(builder, loc, dims[laneDim], lane);
    elements.push_back(loadScalar(builder, loc, operand, getIndices(laneDims)));
  }
  Value vector =
      vector::FromElementsOp::create(builder, loc, VectorType::get({count}, type.getElementType()), elements);
  return widen(builder, loc, vector, lanes);
}

Value lowbit::loadPacked(OpBuilder &builder, Location loc, Value packed, ArrayRef<OpFoldResult> indices) {
  auto type = cast<ShapedType>(packed.getType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  return vector::TransferReadOp::create(builder, loc, VectorType::get({type.getShape().back()}, type.getElementType()),
                                        packed, getValueOrCreateConstantIndexOp(builder, loc, indices), zero,
                                        ArrayRef<bool>{true});
}

bool lowbit::isByteLookup(Operation &op) {
  auto extract = dyn_cast<tensor::ExtractOp>(op);
  if (!extract || extract.getIndices().size() != 1)
    return false;
  auto type = extract.getTensor().getType();
  auto index = extract.getIndices().front().getDefiningOp<arith::IndexCastUIOp>();
  return type.getNumElements() == 256 && type.getElementType().isInteger(8) && index &&
         index.getIn().getType().isInteger(8) && matchPattern(extract.getTensor(), m_Constant());
}

/// The instruction that the op around a body names in its tile; null where it names none.
static StringAttr getInstruction(Block &body) {
  auto tile = body.getParentOp()->getAttrOfType<TileAttr>(kTileAttrName);
  return tile ? tile.getInstruction() : StringAttr();
}

/// True for constants and for ops that a vector of operands gives a vector of results.
static bool isVectorizableOp(Operation &op) {
  return op.getNumRegions() == 0 && op.getNumResults() == 1 &&
         (op.hasTrait<OpTrait::ConstantLike>() || OpTrait::hasElementwiseMappableTraits(&op));
}

bool lowbit::isVectorizableBody(Block &body) {
  const bool hasInstruction = static_cast<bool>(getInstruction(body));
  return llvm::all_of(body.without_terminator(),
                      [&](Operation &op) { return isVectorizableOp(op) || (hasInstruction && isByteLookup(op)); });
}

/// True where `value`, inside the body of `op`, is the same for all lanes.
static bool isSameInLanes(linalg::LinalgOp op, Value value, unsigned laneDim) {
  if (auto argument = dyn_cast<BlockArgument>(value); argument && argument.getOwner() == op.getBlock())
    return !op.getMatchingIndexingMap(&op->getOpOperand(argument.getArgNumber())).isFunctionOfDim(laneDim);
  Operation *producer = value.getDefiningOp();
  if (!producer || producer->getBlock() != op.getBlock())
    return true;
  if (auto index = dyn_cast<linalg::IndexOp>(producer))
    return index.getDim() != laneDim;
  return llvm::all_of(producer->getOperands(), [&](Value operand) { return isSameInLanes(op, operand, laneDim); });
}

static bool isLaneIndex(Value value, unsigned laneDim) {
  auto index = value.getDefiningOp<linalg::IndexOp>();
  return index && index.getDim() == laneDim;
}

/// True where the lanes read elements that lie side by side.
static bool isRowRead(linalg::LinalgOp op, tensor::ExtractOp extract, unsigned laneDim) {
  return !extract.getIndices().empty() && isLaneIndex(extract.getIndices().back(), laneDim) &&
         llvm::all_of(extract.getIndices().drop_back(), [&](Value index) { return isSameInLanes(op, index, laneDim); });
}

bool lowbit::isVectorizableAlong(linalg::LinalgOp op, unsigned laneDim) {
  if (isVectorizableBody(*op.getBlock()))
    return true;
  const bool hasInstruction = static_cast<bool>(getInstruction(*op.getBlock()));
  return llvm::all_of(op.getBlock()->without_terminator(), [&](Operation &inner) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      return index.getDim() != laneDim || llvm::all_of(index->getUsers(), llvm::IsaPred<tensor::ExtractOp>);
    if (auto extract = dyn_cast<tensor::ExtractOp>(inner))
      return isRowRead(op, extract, laneDim) || (hasInstruction && isByteLookup(inner));
    return isVectorizableOp(inner);
  });
}

/// The entries of `table` at the bytes that `indices` are, by the table instruction that is named.
static Value gatherBytes(OpBuilder &builder, Location loc, Value table, Value indices, StringAttr instruction) {
  const int64_t lanes = cast<VectorType>(indices.getType()).getNumElements();
  auto type = VectorType::get({lanes}, builder.getI8Type());
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value none = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  Value all = arith::ConstantOp::create(builder, loc,
                                        DenseElementsAttr::get(VectorType::get({lanes}, builder.getI1Type()), true));
  auto gather = vector::GatherOp::create(builder, loc, type, table, ValueRange{zero}, indices, all, none);
  gather->setAttr(kInstructionAttrName, instruction);
  return gather;
}

/// The elements of a tensor at `indices` and behind it, one for each lane.
static Value readRow(OpBuilder &builder, Location loc, Value tensor, ValueRange indices, int64_t lanes) {
  Type elementType = getElementTypeOrSelf(tensor.getType());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(elementType));
  return vector::TransferReadOp::create(builder, loc, VectorType::get({lanes}, elementType), tensor, indices, zero,
                                        ArrayRef<bool>{true});
}

/// The low bytes, or the high ones, of a vector of 64 words that a body reads, which `truncate` takes of one: a shuffle
/// of bytes, as the narrowing instructions of AVX-512 take one register each, and twice as long. Null for anything
/// else.
static Value shuffleBytes(OpBuilder &builder, Location loc, arith::TruncIOp truncate, int64_t lanes,
                          llvm::function_ref<Value(Value)> lookup) {
  constexpr int64_t kLanes = 64;
  Value words = truncate.getIn();
  auto shift = words.getDefiningOp<arith::ShRUIOp>();
  APInt bits;
  const bool areHigh = shift && matchPattern(shift.getRhs(), m_ConstantInt(&bits)) && bits == 8;
  if (areHigh)
    words = shift.getLhs();
  if (lanes != kLanes || !isa<BlockArgument>(words) || !words.getType().isInteger(16) ||
      !truncate.getType().isInteger(8))
    return {};
  Value bytes =
      vector::BitCastOp::create(builder, loc, VectorType::get({2 * lanes}, builder.getI8Type()), lookup(words));
  SmallVector<int64_t> order;
  for (int64_t lane = 0; lane < lanes; ++lane)
    order.push_back(2 * lane + (areHigh ? 1 : 0));
  return vector::ShuffleOp::create(builder, loc, bytes, bytes, order);
}

SmallVector<Value> lowbit::vectorizeBody(OpBuilder &builder, Location loc, Block &body, ArrayRef<Value> args,
                                         int64_t lanes, const LanePosition *position) {
  IRMapping mapping;
  for (auto [argument, value] : llvm::zip_equal(body.getArguments(), args))
    if (value)
      mapping.map(argument, value);
  // A scalar of the body, or one from outside of it, as a vector.
  auto lookup = [&](Value value) -> Value {
    Value mapped = mapping.lookupOrDefault(value);
    if (isa<VectorType>(mapped.getType()))
      return mapped;
    return vector::BroadcastOp::create(builder, loc, VectorType::get({lanes}, mapped.getType()), mapped);
  };
  for (Operation &op : body.without_terminator()) {
    if (op.hasTrait<OpTrait::ConstantLike>()) {
      builder.clone(op, mapping);
      continue;
    }
    if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      mapping.map(index.getResult(), getValueOrCreateConstantIndexOp(builder, loc, position->dims[index.getDim()]));
      continue;
    }
    if (auto extract = dyn_cast<tensor::ExtractOp>(op); extract && !isByteLookup(op)) {
      // The indices of the first lane.
      SmallVector<Value> indices = llvm::map_to_vector(extract.getIndices(), [&](Value index) -> Value {
        Value mapped = mapping.lookupOrDefault(index);
        return isa<VectorType>(mapped.getType()) ? vector::ExtractOp::create(builder, loc, mapped, 0) : mapped;
      });
      mapping.map(extract.getResult(), readRow(builder, loc, extract.getTensor(), indices, lanes));
      continue;
    }
    if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
      mapping.map(extract.getResult(), gatherBytes(builder, loc, extract.getTensor(),
                                                   lookup(extract.getIndices().front()), getInstruction(body)));
      continue;
    }
    if (auto truncate = dyn_cast<arith::TruncIOp>(op))
      if (Value bytes = shuffleBytes(builder, loc, truncate, lanes, lookup)) {
        mapping.map(truncate.getResult(), bytes);
        continue;
      }
    SmallVector<Value> operands = llvm::map_to_vector(op.getOperands(), lookup);
    auto resultType = VectorType::get({lanes}, op.getResult(0).getType());
    Operation *vectorOp =
        builder.create(loc, op.getName().getIdentifier(), operands, TypeRange{resultType}, op.getAttrs());
    mapping.map(op.getResult(0), vectorOp->getResult(0));
  }
  return llvm::map_to_vector(body.getTerminator()->getOperands(), lookup);
}
