#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_VECTORIZECOPIES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The dimensions of buffers of one shape, the trailing ones as one group that is as large as the strides of all allow;
/// empty where there is none of two or more. A trailing dimension of size 1 is always in it, so that it never is the
/// one that vectors run along.
static SmallVector<ReassociationIndices> groupTrailingDims(ArrayRef<MemRefType> types) {
  const int64_t rank = types.front().getRank();
  for (int64_t first = 0; first + 1 < rank; ++first) {
    SmallVector<ReassociationIndices> groups;
    for (int64_t dim = 0; dim < first; ++dim)
      groups.push_back({dim});
    groups.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(first, rank)));
    if (llvm::all_of(types, [&](MemRefType type) {
          return type.hasStaticShape() && memref::CollapseShapeOp::isGuaranteedCollapsible(type, groups);
        }))
      return groups;
  }
  return {};
}

/// True for ops that do the same for every element, wherever in the buffers it is.
static bool isFlattenable(linalg::LinalgOp op) {
  if (isa<linalg::FillOp, linalg::CopyOp>(op))
    return true;
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  return generic && !generic.hasIndexSemantics() &&
         llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); });
}

/// Copies, fills and elementwise ops with their trailing dimensions as one: contiguous buffers have no other.
static linalg::LinalgOp flatten(RewriterBase &rewriter, linalg::LinalgOp op) {
  if (!isFlattenable(op))
    return op;
  SmallVector<MemRefType> types;
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<MemRefType>(operand.getType()))
      types.push_back(type);
  SmallVector<ReassociationIndices> groups = groupTrailingDims(types);
  if (groups.empty())
    return op;
  rewriter.setInsertionPoint(op);
  auto collapse = [&](Value operand) -> Value {
    if (!isa<MemRefType>(operand.getType()))
      return operand;
    return memref::CollapseShapeOp::create(rewriter, op.getLoc(), operand, groups);
  };
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic) {
    for (OpOperand &operand : op->getOpOperands())
      operand.set(collapse(operand.get()));
    return op;
  }
  const unsigned rank = groups.size();
  SmallVector<AffineMap> maps(op->getNumOperands(), rewriter.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto flat = linalg::GenericOp::create(rewriter, op.getLoc(), llvm::map_to_vector(generic.getInputs(), collapse),
                                        llvm::map_to_vector(generic.getOutputs(), collapse), maps, iterators);
  rewriter.inlineRegionBefore(generic.getRegion(), flat.getRegion(), flat.getRegion().begin());
  rewriter.eraseOp(generic);
  return cast<linalg::LinalgOp>(flat.getOperation());
}

/// The buffer that a view is of.
static Value getBuffer(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>())
    view = op.getViewSource();
  return view;
}

/// True where an op computes in place: what it has written it must not read again.
static bool isInPlace(linalg::LinalgOp op) {
  Value buffer = getBuffer(op.getDpsInits().front());
  return !isa<linalg::FillOp, linalg::CopyOp>(op) &&
         llvm::any_of(op.getDpsInputs(), [&](Value input) { return getBuffer(input) == buffer; });
}

/// `count` elements of the last dimension of `view` from `first` on.
static Value sliceRows(OpBuilder &builder, Location loc, Value view, int64_t first, int64_t count) {
  auto type = cast<MemRefType>(view.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(builder.getContext(), type.getShape());
  offsets.back() = builder.getIndexAttr(first);
  sizes.back() = builder.getIndexAttr(count);
  return memref::SubViewOp::create(builder, loc, view, offsets, sizes, strides);
}

/// `op` on parts of its rows, each with a number of lanes that divides the part: `lanes` for the most, half as many for
/// what is left, and so on. In place, tiles that overlap would compute elements twice.
static SmallVector<std::pair<linalg::LinalgOp, int64_t>> splitRows(RewriterBase &rewriter, linalg::LinalgOp op,
                                                                   int64_t lanes) {
  AffineMap outputMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  AffineExpr laneDim = outputMap.getResults().back();
  const unsigned lanePosition = cast<AffineDimExpr>(laneDim).getPosition();
  const int64_t width = cast<MemRefType>(op.getDpsInits().front().getType()).getShape().back();
  SmallVector<unsigned> sliced;
  for (OpOperand &operand : op->getOpOperands())
    if (AffineMap map = op.getMatchingIndexingMap(&operand); map.isFunctionOfDim(lanePosition)) {
      if (map.getResults().back() != laneDim ||
          map.getSliceMap(0, map.getNumResults() - 1).isFunctionOfDim(lanePosition)) {
        // No slice of this operand is what a part reads.
        while (width % lanes != 0)
          lanes /= 2;
        return {{op, lanes}};
      }
      sliced.push_back(operand.getOperandNumber());
    }

  SmallVector<std::pair<linalg::LinalgOp, int64_t>> parts;
  for (int64_t first = 0; first < width; lanes /= 2) {
    const int64_t count = (width - first) / lanes * lanes;
    if (count == width)
      return {{op, lanes}};
    if (count == 0)
      continue;
    rewriter.setInsertionPoint(op);
    SmallVector<Value> operands(op->getOperands());
    for (unsigned number : sliced)
      operands[number] = sliceRows(rewriter, op.getLoc(), operands[number], first, count);
    Operation *part = rewriter.clone(*op);
    part->setOperands(operands);
    parts.emplace_back(cast<linalg::LinalgOp>(part), lanes);
    first += count;
  }
  rewriter.eraseOp(op);
  return parts;
}

namespace {
/// A copy into some of the columns of a buffer, as a concatenation makes one of each of its parts.
struct ColumnCopy {
  Value source;
  memref::SubViewOp target;
  /// Those that copy.
  scf::ForOp loops;

  static std::optional<ColumnCopy> get(linalg::LinalgOp op) {
    auto copy = dyn_cast<linalg::CopyOp>(op.getOperation());
    auto target = copy ? copy.getOutputs().front().getDefiningOp<memref::SubViewOp>() : memref::SubViewOp();
    if (!target || !target.getOffsets().empty() || !target.getSizes().empty() || !target.getStrides().empty())
      return std::nullopt;
    return ColumnCopy{copy.getInputs().front(), target, nullptr};
  }

  /// Whether this copy and `other` may take turns, row by row: they write to the same rows, to no column both.
  bool isIndependentOf(ColumnCopy other) {
    Value buffer = getBuffer(target);
    ArrayRef<int64_t> offsets = target.getStaticOffsets(), otherOffsets = other.target.getStaticOffsets();
    ArrayRef<int64_t> sizes = target.getStaticSizes(), otherSizes = other.target.getStaticSizes();
    return target.getSource() == other.target.getSource() && getBuffer(source) != buffer &&
           getBuffer(other.source) != buffer && target.getStaticStrides() == other.target.getStaticStrides() &&
           offsets.drop_back() == otherOffsets.drop_back() && sizes.drop_back() == otherSizes.drop_back() &&
           target.getStaticStrides().back() == 1 &&
           (offsets.back() + sizes.back() <= otherOffsets.back() ||
            otherOffsets.back() + otherSizes.back() <= offsets.back());
  }
};
} // namespace

/// The loops that an op which stood before `next` has become; null where it has become none.
static scf::ForOp getLoopsBefore(Block *block, Operation *next) {
  Operation *last = next ? next->getPrevNode() : &block->back();
  return dyn_cast_or_null<scf::ForOp>(last);
}

/// The loops `first` and `second`, which are independent, as one, and so the loops in them, but for the innermost ones.
/// Null, and nothing is done, where they do not run alike, or where between them is what has effects.
static scf::ForOp joinLoops(RewriterBase &rewriter, scf::ForOp first, scf::ForOp second) {
  auto getInner = [](scf::ForOp loop) { return llvm::to_vector(loop.getOps<scf::ForOp>()); };
  auto isSame = [](Value a, Value b) {
    std::optional<int64_t> value = getConstantIntValue(a);
    return value && value == getConstantIntValue(b);
  };
  if (!first || !second || first->getBlock() != second->getBlock() || getInner(first).empty() ||
      getInner(second).empty() || !isSame(first.getLowerBound(), second.getLowerBound()) ||
      !isSame(first.getUpperBound(), second.getUpperBound()) || !isSame(first.getStep(), second.getStep()))
    return nullptr;
  auto between = llvm::make_range(std::next(first->getIterator()), second->getIterator());
  if (!llvm::all_of(between, [](Operation &op) { return isMemoryEffectFree(&op); }))
    return nullptr;
  for (Operation &op : llvm::make_early_inc_range(between))
    rewriter.moveOpBefore(&op, first);
  Attribute parallel = first->getAttr(kParallelAttrName);
  scf::ForOp joined = fuseIndependentSiblingForLoops(first, second, rewriter);
  joined->setAttr(kParallelAttrName, parallel);
  SmallVector<scf::ForOp> inner = getInner(joined);
  joinLoops(rewriter, inner[inner.size() - 2], inner.back());
  return joined;
}

namespace {
struct VectorizeCopies : lowbit::impl::VectorizeCopiesBase<VectorizeCopies> {
  using VectorizeCopiesBase::VectorizeCopiesBase;

  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) {
      auto type = op.getNumDpsInits() == 1 ? dyn_cast<MemRefType>(op.getDpsInits().front().getType()) : MemRefType();
      if (type && type.hasStaticShape() && type.getRank() >= 1 && type.getNumElements() > 0 &&
          op.getNumReductionLoops() == 0 && type.areTrailingDimsContiguous(1) &&
          op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isPermutation())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    // Copies that one loop does, those to the columns of one buffer; each writes whole rows then.
    SmallVector<ColumnCopy> joined;
    for (linalg::LinalgOp op : ops) {
      std::optional<ColumnCopy> copy = ColumnCopy::get(op);
      Block *block = op->getBlock();
      Operation *next = op->getNextNode();
      op = flatten(rewriter, op);
      const unsigned bits = getElementTypeOrSelf(op.getDpsInits().front().getType()).getIntOrFloatBitWidth();
      TileShape shape{/*rows=*/1, /*vectors=*/1, /*lanes=*/target->getVectorBits() / std::max(8u, bits)};
      SmallVector<std::pair<linalg::LinalgOp, int64_t>> parts = {{op, shape.lanes}};
      if (isInPlace(op))
        parts = splitRows(rewriter, op, shape.lanes);
      for (auto [part, lanes] : parts) {
        shape.lanes = lanes;
        if (std::unique_ptr<TileKernel> kernel = createBodyKernel(rewriter, part, shape))
          emitTileLoops(rewriter, part, /*epilogue=*/{}, shape, *kernel);
      }
      if (copy)
        copy->loops = getLoopsBefore(block, next);
      if (copy && !joined.empty() &&
          llvm::all_of(joined, [&](ColumnCopy other) { return copy->isIndependentOf(other); }))
        if (scf::ForOp loops = joinLoops(rewriter, joined.back().loops, copy->loops)) {
          copy->loops = loops;
          joined.push_back(*copy);
          continue;
        }
      joined.clear();
      if (copy)
        joined.push_back(*copy);
    }
  }
};
} // namespace
