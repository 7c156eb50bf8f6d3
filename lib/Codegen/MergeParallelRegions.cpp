#include "BufferAccesses.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_MERGEPARALLELREGIONS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The shared loop that a parallel region consists of; null where there is more to the region.
static omp::WsloopOp getSharedLoop(omp::ParallelOp parallel) {
  const bool isPlain =
      parallel.getNumThreads() && parallel->getNumOperands() == 1 && parallel.getRegion().hasOneBlock();
  Block &body = parallel.getRegion().front();
  if (!isPlain || body.getNumArguments() != 0 || !llvm::hasNItems(body, 2))
    return {};
  return dyn_cast<omp::WsloopOp>(body.front());
}

/// The number of threads, where it is a constant.
static std::optional<int64_t> getThreads(omp::ParallelOp parallel) {
  IntegerAttr threads;
  if (!matchPattern(parallel.getNumThreads(), m_Constant(&threads)))
    return std::nullopt;
  return threads.getInt();
}

static bool containsOpenMP(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        return isa<omp::OpenMPDialect>(inner->getDialect()) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

namespace {
/// Parallel regions of a block that become one, and what stands between them.
class Run {
public:
  explicit Run(omp::ParallelOp first) : first(first), stages({{first}}) {}

  /// Adds `op`, which follows; false where it can't be in the run, which ends before it.
  bool add(IRRewriter &rewriter, Operation *op) {
    if (auto parallel = dyn_cast<omp::ParallelOp>(op))
      return addRegion(parallel);
    if (op->hasTrait<OpTrait::IsTerminator>() || containsOpenMP(op))
      return false;
    // What is computed of constants and values from before the run is computed before it.
    const bool usesBetween =
        llvm::any_of(op->getOperands(), [&](Value operand) { return between.contains(operand.getDefiningOp()); });
    BufferAccesses accesses;
    accesses.add(op);
    if (op->getNumRegions() == 0 && accesses.empty() && !usesBetween)
      rewriter.moveOpBefore(op, first);
    else
      between.insert(op);
    return true;
  }

  /// Moves all into the first region.
  void merge(IRRewriter &rewriter);

private:
  bool addRegion(omp::ParallelOp parallel) {
    if (!getSharedLoop(parallel) || !getThreads(parallel) || getThreads(parallel) != getThreads(first))
      return false;
    // One thread runs what stands between: no other has its values.
    for (Operation *op : between)
      for (Operation *user : op->getUsers())
        if (!between.contains(first->getBlock()->findAncestorOpInBlock(*user)))
          return false;
    if (!between.empty())
      stages.push_back(between.takeVector());
    stages.push_back({parallel});
    return true;
  }

  omp::ParallelOp first;
  /// A region, or what one thread runs, in the order of the program.
  SmallVector<SmallVector<Operation *>> stages;
  /// What follows the last of them.
  llvm::SetVector<Operation *> between;
};
} // namespace

void Run::merge(IRRewriter &rewriter) {
  Block &body = first.getRegion().front();
  // What the threads did since they last waited for each other.
  BufferAccesses past;
  for (ArrayRef<Operation *> stage : stages) {
    BufferAccesses accesses;
    for (Operation *op : stage)
      accesses.add(op);
    rewriter.setInsertionPoint(body.getTerminator());
    if (accesses.conflictsWith(past)) {
      omp::BarrierOp::create(rewriter, first.getLoc());
      past = BufferAccesses();
    }
    for (Operation *op : stage)
      past.add(op);
    auto parallel = dyn_cast<omp::ParallelOp>(stage.front());
    if (!parallel) {
      auto masked = omp::MaskedOp::create(rewriter, stage.front()->getLoc(), omp::MaskedOperands());
      Block *block = rewriter.createBlock(&masked.getRegion());
      for (Operation *op : stage)
        rewriter.moveOpBefore(op, block, block->end());
      rewriter.setInsertionPointToEnd(block);
      omp::TerminatorOp::create(rewriter, masked.getLoc());
      continue;
    }
    omp::WsloopOp loop = getSharedLoop(parallel);
    rewriter.modifyOpInPlace(loop, [&] { loop.setNowait(true); });
    if (parallel == first)
      continue;
    rewriter.moveOpBefore(loop, body.getTerminator());
    rewriter.eraseOp(parallel);
  }
}

namespace {
struct MergeParallelRegions : lowbit::impl::MergeParallelRegionsBase<MergeParallelRegions> {
  void runOnOperation() override {
    llvm::SetVector<Block *> blocks;
    getOperation().walk([&](omp::ParallelOp parallel) { blocks.insert(parallel->getBlock()); });
    IRRewriter rewriter(&getContext());
    for (Block *block : blocks)
      mergeIn(rewriter, block);
  }

private:
  static void mergeIn(IRRewriter &rewriter, Block *block) {
    SmallVector<Run> runs;
    bool isOpen = false;
    for (Operation &op : llvm::make_early_inc_range(*block)) {
      if (isOpen && runs.back().add(rewriter, &op))
        continue;
      auto parallel = dyn_cast<omp::ParallelOp>(op);
      isOpen = parallel && getSharedLoop(parallel) && getThreads(parallel);
      if (isOpen)
        runs.emplace_back(parallel);
    }
    for (Run &run : runs)
      run.merge(rewriter);
  }
};
} // namespace
