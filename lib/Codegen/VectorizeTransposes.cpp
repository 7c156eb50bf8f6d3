#include "InterleaveRuns.h"
#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_VECTORIZETRANSPOSES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Shuffles work within groups of this many bits at full speed on every machine.
static constexpr int64_t kGroupBits = 128;
static constexpr int64_t kCacheLineBits = 512;
/// The nearest cache, of 32 KiB; larger ones have more ways. Lines that lie a multiple of `kCacheSets` apart share a
/// set.
static constexpr int64_t kCacheSets = 64;
static constexpr int64_t kCacheWays = 8;
/// As many lines along the rows of the result are written, where possible, before the next columns: enough to spread
/// over the sets of the cache.
static constexpr int64_t kLinesOfPart = 4;

namespace {
/// A transposition of buffers: dimension d of `to` is dimension `permutation[d]` of `from`.
struct Transposition {
  Value from;
  Value to;
  SmallVector<int64_t> permutation;

  MemRefType getType() const { return cast<MemRefType>(to.getType()); }
  int64_t getRank() const { return permutation.size(); }
  int64_t getElementBits() const { return getType().getElementTypeBitWidth(); }
  /// The dimension of `to` that is the last one of `from`.
  int64_t getColumnDim() const { return llvm::find(permutation, getRank() - 1) - permutation.begin(); }
  int64_t getRows() const { return getType().getShape().back(); }
  int64_t getColumns() const { return getType().getDimSize(getColumnDim()); }
};

/// A dimension in tiles of `ofTile` elements, the last of which may overlap the one before, and these in parts of
/// `ofPart` tiles, the last of which may have fewer.
struct DimInParts {
  int64_t size;
  int64_t ofTile;
  int64_t ofPart;

  int64_t getTiles() const { return llvm::divideCeilSigned(size, ofTile); }
  int64_t getParts() const { return llvm::divideCeilSigned(getTiles(), ofPart); }

  /// How many tiles are in part `part`.
  Value getTilesOf(OpBuilder &builder, Location loc, Value part) const {
    if (getTiles() % ofPart == 0)
      return arith::ConstantIndexOp::create(builder, loc, ofPart);
    AffineExpr rest = getTiles() - builder.getAffineDimExpr(0) * ofPart;
    AffineMap map = AffineMap::get(1, 0, {builder.getAffineConstantExpr(ofPart), rest}, builder.getContext());
    OpFoldResult tiles = affine::makeComposedFoldedAffineMin(builder, loc, map, {OpFoldResult(part)});
    return getValueOrCreateConstantIndexOp(builder, loc, tiles);
  }

  /// Where tile `tile` of part `part` starts.
  OpFoldResult getStart(OpBuilder &builder, Location loc, Value part, Value tile) const {
    AffineExpr start = (builder.getAffineDimExpr(0) * ofPart + builder.getAffineDimExpr(1)) * ofTile;
    SmallVector<OpFoldResult> operands = {part, tile};
    if (size % ofTile == 0)
      return affine::makeComposedFoldedAffineApply(builder, loc, start, operands);
    AffineMap map = AffineMap::get(2, 0, {start, builder.getAffineConstantExpr(size - ofTile)}, builder.getContext());
    return affine::makeComposedFoldedAffineMin(builder, loc, map, operands);
  }
};
} // namespace

/// The same without dimensions of size 1.
static Transposition dropUnitDims(OpBuilder &builder, Location loc, Transposition op) {
  auto drop = [&](Value buffer) -> Value {
    auto type = cast<MemRefType>(buffer.getType());
    SmallVector<int64_t> shape;
    llvm::copy_if(type.getShape(), std::back_inserter(shape), [](int64_t size) { return size != 1; });
    if (shape.size() == type.getShape().size())
      return buffer;
    return memref::SubViewOp::rankReduceIfNeeded(builder, loc, buffer, shape).value_or(buffer);
  };
  auto fromShape = cast<MemRefType>(op.from.getType()).getShape();
  // Where each dimension of `from` is once those of size 1 are gone.
  SmallVector<int64_t> position(fromShape.size(), 0);
  for (size_t dim = 1; dim < fromShape.size(); ++dim)
    position[dim] = position[dim - 1] + (fromShape[dim - 1] != 1);
  SmallVector<int64_t> permutation;
  for (int64_t dim : op.permutation)
    if (fromShape[dim] != 1)
      permutation.push_back(position[dim]);
  return {drop(op.from), drop(op.to), permutation};
}

/// The same with dimensions that follow each other in both buffers as one, where they are contiguous in both.
static Transposition mergeDims(OpBuilder &builder, Location loc, const Transposition &op) {
  // Groups of dimensions of `to`; those of `from` are the same in the order of their first dimensions.
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < op.getRank(); ++dim) {
    if (!groups.empty() && op.permutation[dim] == op.permutation[dim - 1] + 1)
      groups.back().push_back(dim);
    else
      groups.push_back({dim});
  }
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, groups.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) {
    return op.permutation[groups[a].front()] < op.permutation[groups[b].front()];
  });
  SmallVector<ReassociationIndices> fromGroups;
  for (int64_t group : order) {
    fromGroups.emplace_back();
    for (int64_t dim : groups[group])
      fromGroups.back().push_back(op.permutation[dim]);
  }
  if (static_cast<int64_t>(groups.size()) == op.getRank() ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(cast<MemRefType>(op.from.getType()), fromGroups) ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(op.getType(), groups))
    return op;
  return {memref::CollapseShapeOp::create(builder, loc, op.from, fromGroups),
          memref::CollapseShapeOp::create(builder, loc, op.to, groups), invertPermutationVector(order)};
}

namespace {
/// Transposes tiles of a matrix in registers. The rows of the result run along the last dimension of `to`, those of the
/// source along the last one of `from`.
class TransposeBuilder {
public:
  TransposeBuilder(OpBuilder &builder, Location loc, Transposition op, int64_t vectorBits)
      : builder(builder), loc(loc), op(std::move(op)), vectorBits(vectorBits) {}

  /// Emits the loops; false, and nothing is emitted, where there is nothing to transpose or no tile fits.
  bool build();

private:
  /// Where a tile starts and the tile after it, as indices of `to`.
  struct TilePlace {
    SmallVector<OpFoldResult> start;
    SmallVector<OpFoldResult> next;
  };
  using EmitTile = llvm::function_ref<void(OpBuilder &, Location, const TilePlace &)>;

  /// All tiles of a part of the rows and a part of the columns follow each other, those along the rows first.
  struct TileOrder {
    DimInParts rows;
    DimInParts columns;
  };

  int64_t getGroupLanes() const { return kGroupBits / op.getElementBits(); }
  VectorType getVector(int64_t lanes) const { return VectorType::get({lanes}, op.getType().getElementType()); }

  int64_t getCacheSets(int64_t stride) const;
  TileOrder getOrder(int64_t rows, int64_t columns) const;
  bool prefetches() const;
  void prefetchNext(OpBuilder &builder, Location loc, const TilePlace &place, int64_t rows, int64_t column) const;
  void buildLoops(int64_t rows, int64_t columns, EmitTile emitTile);
  Value load(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices, int64_t lanes) const;
  void store(OpBuilder &builder, Location loc, Value vector, ArrayRef<OpFoldResult> indices) const;
  void transposeSquares(OpBuilder &builder, Location loc, const TilePlace &place, int64_t squares) const;
  void moveFew(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices, int64_t few, int64_t lanes,
               bool interleaves) const;

  OpBuilder &builder;
  Location loc;
  Transposition op;
  int64_t vectorBits;
};
} // namespace

/// In how many sets of the nearest cache are the lines at one column of rows that lie `stride` elements apart.
int64_t TransposeBuilder::getCacheSets(int64_t stride) const {
  const int64_t lines = (stride & -stride) * op.getElementBits() / kCacheLineBits;
  return std::max<int64_t>(1, kCacheSets / std::max<int64_t>(1, lines));
}

/// The order of tiles of `rows` elements of `to` by `columns` elements of `from`.
///
/// Lines of `to` whose rows lie a power of two apart share sets of the cache, which has to write some back before it
/// takes others. So tiles go some lines along each row first: as far as it takes until the lines of `from` that they
/// read, half of the cache, would not stay until the tiles beside them read the next columns of the same lines.
TransposeBuilder::TileOrder TransposeBuilder::getOrder(int64_t rows, int64_t columns) const {
  TileOrder order = {{op.getRows(), rows, 0}, {op.getColumns(), columns, 0}};
  order.rows.ofPart = order.rows.getTiles();
  order.columns.ofPart = order.columns.getTiles();
  if (order.columns.getTiles() == 1)
    return order;
  const int64_t fromStride = cast<MemRefType>(op.from.getType()).getStridesAndOffset().first[op.permutation.back()];
  const int64_t toStride = op.getType().getStridesAndOffset().first[op.getColumnDim()];
  const int64_t rowsInCache = ShapedType::isDynamic(fromStride) ? 0 : getCacheSets(fromStride) * kCacheWays / 2;
  const int64_t most = std::clamp<int64_t>(rowsInCache / rows, 1, kLinesOfPart);
  // As even as possible.
  const int64_t parts = llvm::divideCeilSigned(order.rows.getTiles(), most);
  order.rows.ofPart = llvm::divideCeilSigned(order.rows.getTiles(), parts);
  // A single tile along the rows, which ends within lines or shares sets with those beside it: the next one along the
  // rows has to come soon, after those that read the rest of the lines.
  const bool endsInLine = ShapedType::isDynamic(toStride) || toStride * op.getElementBits() % kCacheLineBits != 0;
  if (order.rows.ofPart == 1 && (endsInLine || getCacheSets(toStride) < kCacheSets))
    order.columns.ofPart =
        std::clamp<int64_t>(kCacheLineBits / (columns * op.getElementBits()), 1, order.columns.getTiles());
  return order;
}

/// Loops over tiles of `rows` elements of the last dimension of `to` by `columns` of that of `from`, and over the other
/// dimensions. Where tiles overlap, they write the same values.
void TransposeBuilder::buildLoops(int64_t rows, int64_t columns, EmitTile emitTile) {
  const int64_t rank = op.getRank(), columnDim = op.getColumnDim(), rowDim = rank - 1;
  const TileOrder order = getOrder(rows, columns);
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
  SmallVector<int64_t> others;
  SmallVector<Value> bounds;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != columnDim && dim != rowDim) {
      others.push_back(dim);
      bounds.push_back(constant(op.getType().getDimSize(dim)));
    }
  bounds.append({constant(order.columns.getParts()), constant(order.rows.getParts())});
  const Value zero = constant(0), one = constant(1);
  const SmallVector<Value> zeros(bounds.size(), zero), ones(bounds.size(), one);

  scf::LoopNest inner;
  auto buildPart = [&](OpBuilder &builder, Location loc, ValueRange parts) {
    TilePlace place;
    place.start.resize(rank);
    for (auto [dim, index] : llvm::zip_first(others, parts))
      place.start[dim] = index;
    const Value columnPart = parts.drop_back().back(), rowPart = parts.back();
    const Value columnTiles = order.columns.getTilesOf(builder, loc, columnPart);
    const Value rowTiles = order.rows.getTilesOf(builder, loc, rowPart);
    const Value lastRow = arith::SubIOp::create(builder, loc, rowTiles, one);
    auto setTile = [&](OpBuilder &builder, Location loc, SmallVector<OpFoldResult> &indices, Value column, Value row) {
      indices[columnDim] = order.columns.getStart(builder, loc, columnPart, column);
      indices[rowDim] = order.rows.getStart(builder, loc, rowPart, row);
    };
    inner = scf::buildLoopNest(
        builder, loc, {zero, zero}, {columnTiles, rowTiles}, {one, one},
        [&](OpBuilder &builder, Location loc, ValueRange tile) {
          const Value column = tile.front(), row = tile.back();
          setTile(builder, loc, place.start, column, row);
          if (prefetches()) {
            // After the last tile along the rows comes the first one of the next columns.
            Value isLast = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, row, lastRow);
            Value nextRow = arith::AddIOp::create(builder, loc, row, one);
            Value nextColumn = arith::AddIOp::create(builder, loc, column, one);
            place.next = place.start;
            setTile(builder, loc, place.next, arith::SelectOp::create(builder, loc, isLast, nextColumn, column),
                    arith::SelectOp::create(builder, loc, isLast, zero, nextRow));
          }
          emitTile(builder, loc, place);
        });
  };
  scf::LoopNest outer = scf::buildLoopNest(builder, loc, zeros, bounds, ones, buildPart);
  // Parts of rows, and tiles along them, may write to the same lines.
  for (const scf::LoopNest &nest : {outer, inner})
    for (scf::ForOp loop : nest.loops)
      loop->setAttr(kParallelAttrName, builder.getBoolAttr(loop != nest.loops.back()));
}

/// Whether lines that are written come from further away than the nearest cache.
bool TransposeBuilder::prefetches() const {
  return op.getType().getNumElements() * op.getElementBits() > kCacheLineBits * kCacheSets * kCacheWays / 2;
}

/// Asks for the last line of `rows` elements that the next tile writes of a column: where it starts within a line, the
/// tile before it, most often this one, writes to that one.
void TransposeBuilder::prefetchNext(OpBuilder &builder, Location loc, const TilePlace &place, int64_t rows,
                                    int64_t column) const {
  if (place.next.empty())
    return;
  SmallVector<OpFoldResult> indices(place.next);
  indices[op.getColumnDim()] = addIndex(builder, loc, indices[op.getColumnDim()], column);
  indices.back() = addIndex(builder, loc, indices.back(), rows - 1);
  memref::PrefetchOp::create(builder, loc, op.to, getValueOrCreateConstantIndexOp(builder, loc, indices),
                             /*isWrite=*/true, /*localityHint=*/3, /*isDataCache=*/true);
}

/// `lanes` elements of a row of `from`, at indices of `to`.
Value TransposeBuilder::load(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices, int64_t lanes) const {
  SmallVector<OpFoldResult> fromIndices(op.getRank());
  for (auto [dim, index] : llvm::zip_equal(op.permutation, indices))
    fromIndices[dim] = index;
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(op.getType().getElementType()));
  return vector::TransferReadOp::create(builder, loc, getVector(lanes), op.from,
                                        getValueOrCreateConstantIndexOp(builder, loc, fromIndices), zero,
                                        ArrayRef<bool>{true});
}

void TransposeBuilder::store(OpBuilder &builder, Location loc, Value vector, ArrayRef<OpFoldResult> indices) const {
  vector::TransferWriteOp::create(builder, loc, vector, op.to, getValueOrCreateConstantIndexOp(builder, loc, indices),
                                  ArrayRef<bool>{true});
}

/// Square matrices side by side along the rows of `to`, each as many elements wide as a group of bits has, and as many
/// of them as a vector has groups at a time. Interleaving the first half of n rows with the second one log2(n) times
/// transposes them: each time the highest bit of an element's number becomes the lowest.
void TransposeBuilder::transposeSquares(OpBuilder &builder, Location loc, const TilePlace &place,
                                        int64_t squares) const {
  ArrayRef<OpFoldResult> indices = place.start;
  const int64_t size = getGroupLanes(), columnDim = op.getColumnDim(), rowDim = op.getRank() - 1;
  const int64_t groups = std::min(squares, vectorBits / kGroupBits), lanes = groups * size;
  SmallVector<int64_t> lower, upper;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    const int64_t group = lane / size * size, source = group + lane % size / 2 + lane % 2 * lanes;
    lower.push_back(source);
    upper.push_back(source + size / 2);
  }
  for (int64_t square = 0; square < squares; square += groups) {
    SmallVector<OpFoldResult> at(indices);
    SmallVector<Value> vectors;
    for (int64_t row = 0; row < size; ++row) {
      Value vector;
      for (int64_t group = 0; group < groups; ++group) {
        at[rowDim] = addIndex(builder, loc, indices[rowDim], (square + group) * size + row);
        Value part = load(builder, loc, at, size);
        if (groups == 1) {
          vector = part;
          continue;
        }
        if (!vector)
          vector = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(getVector(lanes)));
        vector = vector::InsertStridedSliceOp::create(builder, loc, part, vector, ArrayRef<int64_t>{group * size},
                                                      ArrayRef<int64_t>{1});
      }
      vectors.push_back(vector);
      // Between the reads: one after the other, prefetches would fill the queue that reads wait in, too.
      if (square == 0)
        prefetchNext(builder, loc, place, squares * size, row);
    }
    for (int64_t width = 1; width < size; width *= 2) {
      SmallVector<Value> next;
      for (int64_t row = 0; row < size / 2; ++row)
        for (ArrayRef<int64_t> mask : {ArrayRef(lower), ArrayRef(upper)})
          next.push_back(vector::ShuffleOp::create(builder, loc, vectors[row], vectors[row + size / 2], mask));
      vectors = std::move(next);
    }
    at[rowDim] = addIndex(builder, loc, indices[rowDim], square * size);
    for (auto [column, vector] : llvm::enumerate(vectors)) {
      at[columnDim] = addIndex(builder, loc, indices[columnDim], column);
      store(builder, loc, vector, at);
    }
  }
}

/// Few rows (`interleaves`) or few columns, contiguous in the buffer where they are the inner dimension: `few` vectors
/// there are as many vectors on the other side, with elements of all of them in turns.
void TransposeBuilder::moveFew(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices, int64_t few,
                               int64_t lanes, bool interleaves) const {
  const int64_t columnDim = op.getColumnDim(), rowDim = op.getRank() - 1;
  const int64_t fewDim = interleaves ? rowDim : columnDim, manyDim = interleaves ? columnDim : rowDim;
  auto at = [&](int64_t few, int64_t many) {
    SmallVector<OpFoldResult> result(indices);
    result[fewDim] = addIndex(builder, loc, indices[fewDim], few);
    result[manyDim] = addIndex(builder, loc, indices[manyDim], many);
    return result;
  };
  // The place where the buffer in which the few elements lie side by side has its vector number `number`.
  auto atContiguous = [&](int64_t number) { return at(number * lanes % few, number * lanes / few); };
  SmallVector<Value> sources;
  for (int64_t number = 0; number < few; ++number)
    sources.push_back(load(builder, loc, interleaves ? at(number, 0) : atContiguous(number), lanes));
  for (int64_t number = 0; number < few; ++number) {
    // The source and the lane there of each lane of the result.
    auto getSource = [&](int64_t lane) -> std::pair<int64_t, int64_t> {
      const int64_t element = interleaves ? number * lanes + lane : lane * few + number;
      if (interleaves)
        return {element % few, element / few};
      return {element / lanes, element % lanes};
    };
    Value result = selectLanes(builder, loc, sources, getSource);
    store(builder, loc, result, interleaves ? atContiguous(number) : at(number, 0));
  }
}

bool TransposeBuilder::build() {
  const int64_t size = getGroupLanes(), rank = op.getRank(), columnDim = op.getColumnDim();
  const int64_t rows = op.getRows(), columns = op.getColumns();
  // Rows that stay rows are copied.
  if (columnDim == rank - 1 || !op.getType().areTrailingDimsContiguous(1) ||
      !cast<MemRefType>(op.from.getType()).areTrailingDimsContiguous(1))
    return false;
  if (rows >= size && columns >= size) {
    const int64_t squares = std::min<int64_t>(llvm::bit_floor<uint64_t>(rows / size), kCacheLineBits / kGroupBits);
    buildLoops(squares * size, size, [&](OpBuilder &builder, Location loc, const TilePlace &place) {
      transposeSquares(builder, loc, place, squares);
    });
    return true;
  }
  // On the side where the few elements are the inner ones both dimensions are next to each other.
  const bool interleaves = rows < columns;
  const int64_t outer = interleaves ? columnDim : op.permutation.back();
  if (outer != rank - 2 || !cast<MemRefType>((interleaves ? op.to : op.from).getType()).areTrailingDimsContiguous(2))
    return false;
  const int64_t few = std::min(rows, columns), many = std::max(rows, columns);
  if (many < size)
    return false;
  const int64_t lanes = std::min<int64_t>(llvm::bit_floor<uint64_t>(many), vectorBits / op.getElementBits());
  buildLoops(interleaves ? rows : lanes, interleaves ? lanes : columns,
             [&](OpBuilder &builder, Location loc, const TilePlace &place) {
               moveFew(builder, loc, place.start, few, lanes, interleaves);
             });
  return true;
}

namespace {
struct VectorizeTransposes : lowbit::impl::VectorizeTransposesBase<VectorizeTransposes> {
  using VectorizeTransposesBase::VectorizeTransposesBase;

  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    SmallVector<linalg::TransposeOp> ops;
    getOperation().walk([&](linalg::TransposeOp op) {
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::TransposeOp op : ops) {
      auto from = cast<MemRefType>(op.getInput().getType()), to = cast<MemRefType>(op.getInit().getType());
      if (!to.hasStaticShape() || !from.hasStaticShape() || to.getNumElements() == 0 ||
          !from.getElementType().isIntOrFloat() || !llvm::is_contained({8, 16, 32, 64}, to.getElementTypeBitWidth()))
        continue;
      rewriter.setInsertionPoint(op);
      Location loc = op.getLoc();
      Transposition reduced =
          mergeDims(rewriter, loc,
                    dropUnitDims(rewriter, loc, {op.getInput(), op.getInit(), llvm::to_vector(op.getPermutation())}));
      if (isIdentityPermutation(reduced.permutation))
        linalg::CopyOp::create(rewriter, loc, reduced.from, reduced.to);
      else if (!TransposeBuilder(rewriter, loc, reduced, target->getVectorBits()).build() &&
               !interleaveRuns(rewriter, loc, reduced.from, reduced.to, reduced.permutation, target->getVectorBits()))
        linalg::TransposeOp::create(rewriter, loc, reduced.from, reduced.to, reduced.permutation);
      rewriter.eraseOp(op);
    }
  }
};
} // namespace
