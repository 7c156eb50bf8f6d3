#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include <numeric>

namespace mlir::lowbit {
#define GEN_PASS_DEF_CANONICALIZECONTRACTIONS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Dimensions of the iteration space, in the order in which they make one dimension of a matrix.
using DimGroup = SmallVector<unsigned>;

/// The dimensions of a contraction by the operands they number.
struct ContractionGroups {
  DimGroup batch, m, n, k;
};
} // namespace

static std::optional<ContractionGroups> getGroups(linalg::LinalgOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!llvm::all_of(maps, [](AffineMap map) { return map.isProjectedPermutation(); }))
    return std::nullopt;
  ContractionGroups groups;
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim) {
    bool inLhs = maps[0].isFunctionOfDim(dim), inRhs = maps[1].isFunctionOfDim(dim),
         inResult = maps[2].isFunctionOfDim(dim);
    if (inLhs && inRhs)
      (inResult ? groups.batch : groups.k).push_back(dim);
    else if (inResult && (inLhs || inRhs))
      (inLhs ? groups.m : groups.n).push_back(dim);
    else
      return std::nullopt;
  }
  return groups;
}

static SmallVector<int64_t> getIdentityPermutation(int64_t rank) {
  SmallVector<int64_t> identity(rank);
  std::iota(identity.begin(), identity.end(), 0);
  return identity;
}

namespace {
/// An operand of a contraction as a matrix: its dimensions in the order of the groups, each group one dimension.
class MatrixView {
public:
  MatrixView(Value value, AffineMap map, ArrayRef<DimGroup> groups) : type(cast<RankedTensorType>(value.getType())) {
    for (const DimGroup &group : groups) {
      int64_t size = 1;
      for (unsigned dim : group) {
        permutation.push_back(*map.getResultPosition(getAffineDimExpr(dim, map.getContext())));
        size *= type.getDimSize(permutation.back());
      }
      shape.push_back(size);
      if (group.empty())
        continue;
      auto first = static_cast<int64_t>(permutation.size() - group.size());
      merged.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(first, permutation.size())));
      mergedShape.push_back(size);
    }
    // Dimensions of size 1 stand for empty groups; those before the first other belong to it.
    ReassociationIndices pending;
    for (auto [position, group] : llvm::enumerate(groups)) {
      pending.push_back(position);
      if (!group.empty())
        expanded.push_back(std::exchange(pending, {}));
    }
    if (!expanded.empty())
      llvm::append_range(expanded.back(), pending);
  }

  RankedTensorType getMatrixType() const { return type.clone(shape); }

  /// The matrix of `value`.
  Value toMatrix(OpBuilder &builder, Location loc, Value value) const {
    if (permutation != getIdentityPermutation(permutation.size()))
      value = createTranspose(builder, loc, value, permutation);
    if (mergedShape.size() != permutation.size())
      value = tensor::CollapseShapeOp::create(builder, loc, type.clone(mergedShape), value, merged);
    if (mergedShape.size() != shape.size())
      value = tensor::ExpandShapeOp::create(builder, loc, getMatrixType(), value, expanded);
    return value;
  }

  /// The value that `matrix` is the matrix of.
  Value fromMatrix(OpBuilder &builder, Location loc, Value matrix) const {
    if (mergedShape.size() != shape.size())
      matrix = tensor::CollapseShapeOp::create(builder, loc, type.clone(mergedShape), matrix, expanded);
    if (mergedShape.size() != permutation.size())
      matrix = tensor::ExpandShapeOp::create(builder, loc, type.clone(applyPermutation(type.getShape(), permutation)),
                                             matrix, merged);
    if (permutation != getIdentityPermutation(permutation.size()))
      matrix = createTranspose(builder, loc, matrix, invertPermutationVector(permutation));
    return matrix;
  }

private:
  RankedTensorType type;
  SmallVector<int64_t> permutation, shape, mergedShape;
  SmallVector<ReassociationIndices> merged, expanded;
};
} // namespace

/// True where `value` is a constant, or moves the elements of one.
static bool isWeight(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (matchPattern(op, m_Constant()))
      return true;
    if (!isa<linalg::TransposeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return false;
}

/// True for what float form has: a matmul, or a batch of several, whose operands aren't transposed.
static bool isCanonical(linalg::LinalgOp op) {
  if (auto matmul = dyn_cast<linalg::MatmulOp>(op.getOperation()))
    return !matmul.hasUserDefinedMaps();
  auto batched = dyn_cast<linalg::BatchMatmulOp>(op.getOperation());
  return batched && !batched.hasUserDefinedMaps() &&
         cast<RankedTensorType>(batched.getInputs()[0].getType()).getDimSize(0) != 1;
}

namespace {
struct CanonicalizeContraction : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!linalg::isaContractionOpInterface(op) || !op.hasPureTensorSemantics() || op->getNumOperands() != 3)
      return rewriter.notifyMatchFailure(op, "expected a contraction");
    for (Value operand : op->getOperands())
      if (RankedTensorType type = getStaticTensorType(operand); !type || !type.getElementType().isF32())
        return rewriter.notifyMatchFailure(op, "expected tensors of f32 and static shape");
    if (isCanonical(op))
      return rewriter.notifyMatchFailure(op, "expected a contraction that is not canonical");
    std::optional<ContractionGroups> groups = getGroups(op);
    if (!groups)
      return rewriter.notifyMatchFailure(op, "expected every dimension in two operands or in all");
    Value lhs = op->getOperand(0), rhs = op->getOperand(1);
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    if (isWeight(lhs) && !isWeight(rhs)) {
      // Weights are on the right.
      std::swap(lhs, rhs);
      std::swap(maps[0], maps[1]);
      std::swap(groups->m, groups->n);
    }
    rewriter.replaceOp(op, createMatmul(rewriter, op, lhs, rhs, maps, *groups));
    return success();
  }

  static Value createMatmul(PatternRewriter &rewriter, linalg::LinalgOp op, Value lhs, Value rhs,
                            ArrayRef<AffineMap> maps, ContractionGroups &groups) {
    Location loc = op.getLoc();
    Value init = op.getDpsInits().front();
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    bool isBatched = llvm::any_of(groups.batch, [&](unsigned dim) { return sizes[dim] != 1; });
    SmallVector<DimGroup> lhsGroups{groups.m, groups.k}, rhsGroups{groups.k, groups.n}, initGroups{groups.m, groups.n};
    for (SmallVector<DimGroup> *operandGroups : {&lhsGroups, &rhsGroups, &initGroups}) {
      if (isBatched)
        operandGroups->insert(operandGroups->begin(), groups.batch);
      else // A batch of one: its dimensions go along with the rows.
        operandGroups->front().insert(operandGroups->front().begin(), groups.batch.begin(), groups.batch.end());
    }
    MatrixView lhsView(lhs, maps[0], lhsGroups), rhsView(rhs, maps[1], rhsGroups), initView(init, maps[2], initGroups);
    lhs = lhsView.toMatrix(rewriter, loc, lhs);
    rhs = rhsView.toMatrix(rewriter, loc, rhs);
    init = initView.toMatrix(rewriter, loc, init);
    Operation *matmul;
    if (isBatched)
      matmul = linalg::BatchMatmulOp::create(rewriter, loc, TypeRange{initView.getMatrixType()}, ValueRange{lhs, rhs},
                                             ValueRange{init});
    else
      matmul = linalg::MatmulOp::create(rewriter, loc, TypeRange{initView.getMatrixType()}, ValueRange{lhs, rhs},
                                        ValueRange{init});
    copyName(op, matmul);
    return initView.fromMatrix(rewriter, loc, matmul->getResult(0));
  }
};

struct CanonicalizeContractions : PatternPass<lowbit::impl::CanonicalizeContractionsBase<CanonicalizeContractions>,
                                              populateCanonicalizeContractionsPatterns> {};
} // namespace

void lowbit::populateCanonicalizeContractionsPatterns(RewritePatternSet &patterns) {
  patterns.add<CanonicalizeContraction>(patterns.getContext());
}
