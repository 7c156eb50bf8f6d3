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
/// Another division must be at least so much better.
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
    count = 16 * tiles.getRowTiles() * tiles.getActivationBytes() * tiles.getVectors() * tiles.getBlockCount() *
            llvm::product_of(tiles.getSteps());
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

namespace {
/// How a nest is divided: each thread runs a contiguous part of the iterations of `loop`. Where there is a `rest`,
/// parts end within an iteration of `loop`: the iterations of both are numbered together, those of `rest` following
/// each other.
struct Division {
  scf::ForOp loop;
  scf::ForOp rest;

  int64_t getCount() const { return ::getCount(loop).value() * (rest ? ::getCount(rest).value() : 1); }
  /// The largest part of the work that one of `threads` threads has.
  double getLargestPart(int64_t threads) const { return double(llvm::divideCeil(getCount(), threads)) / getCount(); }
};
} // namespace

/// Divides `loop`, together with that other loop of the nest which makes the parts most even, if one does. Loops in
/// `loop` are asked first: what their iterations write lies nearer together.
static Division divide(ArrayRef<scf::ForOp> nest, scf::ForOp loop, int64_t threads) {
  const auto *position = llvm::find(nest, loop);
  SmallVector<scf::ForOp> others(position + 1, nest.end());
  others.append(nest.begin(), position);
  Division best{loop, {}};
  for (scf::ForOp other : others)
    if (Division division{loop, other}; division.getLargestPart(threads) < best.getLargestPart(threads) * kEvenEnough)
      best = division;
  return best;
}

/// The division of the nest into the smallest parts that do not write to the same cache lines, far out in the nest: the
/// next nest is divided in the same way, and finds what it reads in the cache of the thread that has written it.
static std::optional<Division> chooseDivision(ArrayRef<scf::ForOp> nest, int64_t threads) {
  std::optional<Division> best;
  double least = 1;
  for (scf::ForOp loop : nest) {
    Division division = divide(nest, loop, threads);
    double part = division.getLargestPart(threads);
    if (!loop->getAttrOfType<BoolAttr>(kParallelAttrName).getValue())
      part *= kInterleavingCost;
    if (part < least * kEvenEnough) {
      best = division;
      least = part;
    }
  }
  return best;
}

/// Gives each of `threads` threads its part of the nest that starts with `outer`.
static void distribute(IRRewriter &rewriter, scf::ForOp outer, Division division, int64_t threads) {
  Location loc = outer.getLoc();
  rewriter.setInsertionPoint(outer);
  auto forall = scf::ForallOp::create(rewriter, loc, ArrayRef<OpFoldResult>{rewriter.getIndexAttr(threads)},
                                      ValueRange{}, std::nullopt);
  rewriter.moveOpBefore(outer, forall.getTerminator());

  const int64_t count = division.getCount();
  AffineExpr thread = rewriter.getAffineDimExpr(0), other = rewriter.getAffineDimExpr(1);
  const AffineExpr start = (thread * count).floorDiv(threads), end = ((thread + 1) * count).floorDiv(threads);
  SmallVector<OpFoldResult> operands = {OpFoldResult(forall.getInductionVar(0))};
  auto apply = [&](AffineExpr expr) {
    OpFoldResult bound = affine::makeComposedFoldedAffineApply(rewriter, loc, expr, operands);
    return getValueOrCreateConstantIndexOp(rewriter, loc, bound);
  };
  auto setBounds = [&](scf::ForOp loop, Value lower, Value upper) {
    rewriter.modifyOpInPlace(loop, [&] {
      loop.setLowerBound(lower);
      loop.setUpperBound(upper);
    });
  };
  auto [loop, rest] = division;
  if (!rest) {
    rewriter.setInsertionPointToStart(forall.getBody());
    return setBounds(loop, apply(start), apply(end));
  }
  const int64_t restCount = *getCount(rest);
  if (rest->isProperAncestor(loop)) {
    // Iterations of `loop` whose number, together with that of `rest`, is in the part.
    operands.push_back(rest.getInductionVar());
    rewriter.setInsertionPoint(loop);
    return setBounds(loop, apply((start - other).ceilDiv(restCount)), apply((end - other).ceilDiv(restCount)));
  }
  rewriter.setInsertionPointToStart(forall.getBody());
  setBounds(loop, apply(start.floorDiv(restCount)), apply(end.ceilDiv(restCount)));
  // All iterations of `rest`, but in the first and the last of `loop`.
  operands.push_back(loop.getInductionVar());
  rewriter.setInsertionPoint(rest);
  AffineExpr zero = rewriter.getAffineConstantExpr(0), all = rewriter.getAffineConstantExpr(restCount);
  auto getMap = [&](AffineExpr first, AffineExpr second) {
    return AffineMap::get(2, 0, {first, second}, rewriter.getContext());
  };
  OpFoldResult lower =
      affine::makeComposedFoldedAffineMax(rewriter, loc, getMap(start - other * restCount, zero), operands);
  OpFoldResult upper =
      affine::makeComposedFoldedAffineMin(rewriter, loc, getMap(end - other * restCount, all), operands);
  setBounds(rest, getValueOrCreateConstantIndexOp(rewriter, loc, lower),
            getValueOrCreateConstantIndexOp(rewriter, loc, upper));
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
      std::optional<Division> division = chooseDivision(getNest(loop), threads);
      if (threads == 1 || !division || countOperations(loop) < minOperations)
        continue;
      distribute(rewriter, loop, *division, threads);
      getOperation()->setAttr(kThreadsAttrName, rewriter.getI64IntegerAttr(threads));
    }
    // Products in tile registers are still to be overlapped with what their loops compute of them. Nothing else after
    // this pass may rely on what it has not looked at.
    getOperation().walk([](scf::ForOp loop) {
      auto isProduct = [](MultiplyTilesOp) { return WalkResult::interrupt(); };
      if (!loop.walk(isProduct).wasInterrupted())
        loop->removeAttr(kParallelAttrName);
    });
  }

private:
  static constexpr unsigned kMaxThreads = 1024;
  /// On a function: how many threads of OpenMP share its work.
  static constexpr StringLiteral kThreadsAttrName = "lowbit.threads";
};
} // namespace
