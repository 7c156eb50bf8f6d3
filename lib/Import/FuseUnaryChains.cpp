#include "PatternPass.h"
#include "lowbit/Import/Passes.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_FUSEUNARYCHAINS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// True where each element of the op's result is computed from the elements at its place in f32 tensors of its type,
/// and from constants that are the same for all places.
static bool isUniform(linalg::LinalgOp op) {
  if (!isElementwiseOnTensors(op) || !getElementTypeOrSelf(op->getResult(0)).isF32() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return false;
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
    return getUniformConstant(operand->get()) ||
           (operand->get().getType() == op->getResult(0).getType() && op.getMatchingIndexingMap(operand).isIdentity());
  });
}

namespace {
/// Ops of which each feeds only later ones, the last one first, and what they compute their elements from.
struct Chain {
  llvm::SetVector<Operation *> ops;
  llvm::SetVector<Value> inputs;

  void add(linalg::LinalgOp op) {
    ops.insert(op);
    inputs.remove(op->getResult(0));
    for (OpOperand *operand : op.getDpsInputOperands())
      if (!getUniformConstant(operand->get()))
        inputs.insert(operand->get());
  }
};
} // namespace

/// Longer chains are cut: a search from each op of a damaged file must end.
static constexpr size_t kMaxChainLength = 64;

/// The longest chain that ends in `root` and has one input; no ops where there is none.
static Chain findUnaryChain(linalg::LinalgOp root) {
  Chain chain, unary;
  chain.add(root);
  while (true) {
    if (chain.inputs.size() == 1)
      unary = chain;
    if (chain.ops.size() == kMaxChainLength)
      return unary;
    auto *next = llvm::find_if(chain.inputs, [&](Value input) {
      auto producer = input.getDefiningOp<linalg::LinalgOp>();
      return producer && producer->getBlock() == root->getBlock() && isUniform(producer) &&
             llvm::all_of(producer->getUsers(), [&](Operation *user) { return chain.ops.contains(user); });
    });
    if (next == chain.inputs.end())
      return unary;
    chain.add(cast<linalg::LinalgOp>(next->getDefiningOp()));
  }
}

/// Clones the bodies of the chain, first to last; the element of its result.
static Value cloneBodies(OpBuilder &builder, Location loc, const Chain &chain, Value element) {
  llvm::DenseMap<Value, Value> elements{{chain.inputs.front(), element}};
  SmallVector<Operation *> ops(chain.ops.begin(), chain.ops.end());
  llvm::sort(ops, [](Operation *lhs, Operation *rhs) { return lhs->isBeforeInBlock(rhs); });
  for (Operation *op : ops) {
    auto linalgOp = cast<linalg::LinalgOp>(op);
    IRMapping mapping;
    for (OpOperand *operand : linalgOp.getDpsInputOperands()) {
      Value value = elements.lookup(operand->get());
      if (std::optional<float> constant = getUniformConstant(operand->get()))
        value = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(*constant));
      mapping.map(linalgOp.getMatchingBlockArgument(operand), value);
    }
    for (Operation &inner : linalgOp.getBlock()->without_terminator())
      builder.clone(inner, mapping);
    elements[op->getResult(0)] = mapping.lookupOrDefault(linalgOp.getBlock()->getTerminator()->getOperand(0));
  }
  return elements.lookup(ops.back()->getResult(0));
}

namespace {
struct FuseUnaryChain : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!isUniform(op))
      return rewriter.notifyMatchFailure(op, "expected an elementwise op of f32 tensors and uniform constants");
    Chain chain = findUnaryChain(op);
    if (chain.ops.empty())
      return rewriter.notifyMatchFailure(op, "expected a chain of ops that computes one value from one");
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (chain.ops.size() == 1 && generic && generic.getNumDpsInputs() == 1)
      return rewriter.notifyMatchFailure(op, "expected more than what is one op already");
    linalg::GenericOp fused = createElementwise(
        rewriter, op.getLoc(), chain.inputs.front(),
        [&](OpBuilder &builder, Location loc, Value element) { return cloneBodies(builder, loc, chain, element); });
    copyName(op, fused);
    rewriter.replaceOp(op, fused);
    return success();
  }
};

struct FuseUnaryChains
    : PatternPass<lowbit::impl::FuseUnaryChainsBase<FuseUnaryChains>, populateFuseUnaryChainsPatterns> {};
} // namespace

void lowbit::populateFuseUnaryChainsPatterns(RewritePatternSet &patterns) {
  patterns.add<FuseUnaryChain>(patterns.getContext());
}
