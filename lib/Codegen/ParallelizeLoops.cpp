#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PARALLELIZELOOPS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// What it costs that threads write to the same cache lines.
static constexpr double kInterleavingCost = 1.25;
/// A loop further in must divide at least so much better.
static constexpr double kEvenEnough = 0.98;

/// The number of iterations of a loop from 0 in steps of 1; nothing for other loops, and those that carry values.
static std::optional<int64_t> getCount(scf::ForOp loop) {
  std::optional<int64_t> lower = getConstantIntValue(loop.getLowerBound()),
                         upper = getConstantIntValue(loop.getUpperBound()), step = getConstantIntValue(loop.getStep());
  if (lower != 0 || step != 1 || !upper || *upper < 1 || loop.getNumResults() != 0)
    return std::nullopt;
  return upper;
}

/// How many operations run in `op`; those of a loop that is not counted once. A product of tile registers takes as long
/// as 16 others.
static int64_t countOperations(Operation *op) {
  int64_t count = 1;
  if (auto tiles = dyn_cast<MultiplyTilesOp>(op))
    count = 16 * tiles.getRowTiles() * tiles.getVectors() * tiles.getBlockCount() * llvm::product_of(tiles.getSteps());
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      count = llvm::SaturatingAdd(uint64_t(count), uint64_t(countOperations(&inner)));
  if (auto loop = dyn_cast<scf::ForOp>(op))
    if (std::optional<APInt> trips = loop.getStaticTripCount())
      count = llvm::SaturatingMultiply(uint64_t(count), trips->getLimitedValue(INT64_MAX));
  return count;
}

static bool mayWrite(Operation *op) {
  if (isPure(op))
    return false;
  std::optional<SmallVector<MemoryEffects::EffectInstance>> effects = getEffectsRecursively(op);
  return !effects || !llvm::all_of(*effects, [](const MemoryEffects::EffectInstance &instance) {
    return isa<MemoryEffects::Read>(instance.getEffect());
  });
}

/// `outer` and the loops with independent iterations in it, each the only one in the body of the one before. Whatever
/// else a body but the innermost holds must not write: every thread runs it.
static SmallVector<scf::ForOp> getNest(scf::ForOp outer) {
  SmallVector<scf::ForOp> nest = {outer};
  while (true) {
    scf::ForOp next;
    for (Operation &op : nest.back().getBody()->without_terminator()) {
      auto loop = dyn_cast<scf::ForOp>(op);
      if (loop && !next && loop->hasAttrOfType<BoolAttr>(kParallelAttrName) && getCount(loop))
        next = loop;
      else if (mayWrite(&op))
        return nest;
    }
    if (!next)
      return nest;
    nest.push_back(next);
  }
}

/// The loop of the nest whose iterations divide best: evenly, in parts that do not write to the same cache lines, and
/// far out in the nest.
static scf::ForOp chooseLoop(ArrayRef<scf::ForOp> nest, int64_t threads) {
  scf::ForOp best;
  double least = 1;
  for (scf::ForOp loop : nest) {
    const int64_t count = *getCount(loop);
    double share = double(llvm::divideCeil(count, threads)) / count;
    if (!loop->getAttrOfType<BoolAttr>(kParallelAttrName).getValue())
      share *= kInterleavingCost;
    if (share < least * kEvenEnough) {
      best = loop;
      least = share;
    }
  }
  return best;
}

/// Gives each of `threads` threads one contiguous part of the iterations of `loop`, and all of the nest's other loops.
static void distribute(IRRewriter &rewriter, scf::ForOp outer, scf::ForOp loop, int64_t threads) {
  Location loc = outer.getLoc();
  const int64_t count = *getCount(loop);
  rewriter.setInsertionPoint(outer);
  auto forall = scf::ForallOp::create(rewriter, loc, ArrayRef<OpFoldResult>{rewriter.getIndexAttr(threads)},
                                      ValueRange{}, std::nullopt);
  rewriter.moveOpBefore(outer, forall.getTerminator());
  rewriter.setInsertionPointToStart(forall.getBody());
  AffineExpr thread = rewriter.getAffineDimExpr(0);
  auto getBound = [&](AffineExpr part) {
    OpFoldResult bound = affine::makeComposedFoldedAffineApply(rewriter, loc, (part * count).floorDiv(threads),
                                                               {OpFoldResult(forall.getInductionVar(0))});
    return getValueOrCreateConstantIndexOp(rewriter, loc, bound);
  };
  Value lower = getBound(thread), upper = getBound(thread + 1);
  rewriter.modifyOpInPlace(loop, [&] {
    loop.setLowerBound(lower);
    loop.setUpperBound(upper);
  });
}

namespace {
struct ParallelizeLoops : lowbit::impl::ParallelizeLoopsBase<ParallelizeLoops> {
  using ParallelizeLoopsBase::ParallelizeLoopsBase;

  void runOnOperation() override {
    if (threads == 0 || threads > kMaxThreads) {
      getOperation().emitError() << "expected from 1 to " << kMaxThreads << " threads, but got " << threads.getValue();
      return signalPassFailure();
    }
    SmallVector<scf::ForOp> loops;
    getOperation().walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
      if (!loop->hasAttrOfType<BoolAttr>(kParallelAttrName) || !getCount(loop))
        return WalkResult::advance();
      loops.push_back(loop);
      return WalkResult::skip();
    });
    IRRewriter rewriter(&getContext());
    for (scf::ForOp loop : loops) {
      scf::ForOp chosen = chooseLoop(getNest(loop), threads);
      if (threads == 1 || !chosen || countOperations(loop) < minOperations)
        continue;
      distribute(rewriter, loop, chosen, threads);
      getOperation()->setAttr(kThreadsAttrName, rewriter.getI64IntegerAttr(threads));
    }
    // Nothing after this pass may rely on what it has not looked at.
    getOperation().walk([](scf::ForOp loop) { loop->removeAttr(kParallelAttrName); });
  }

private:
  static constexpr unsigned kMaxThreads = 1024;
  /// On a function: how many threads of OpenMP share its work.
  static constexpr StringLiteral kThreadsAttrName = "lowbit.threads";
};
} // namespace
