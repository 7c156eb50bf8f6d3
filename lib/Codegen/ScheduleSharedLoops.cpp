#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_SCHEDULESHAREDLOOPS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The functions of OpenMP that tell a thread its number, and how many there are.
static constexpr StringLiteral kThread = "omp_get_thread_num", kThreads = "omp_get_num_threads";

/// The loop that `shared` consists of, where nothing but the order of its iterations is left to the runtime library;
/// else null.
static omp::LoopNestOp getPlainLoop(omp::WsloopOp shared) {
  auto loop = dyn_cast<omp::LoopNestOp>(shared.getWrappedLoop());
  const bool isPlain = shared.getNowait() && shared->getNumOperands() == 0 && !shared.getOrder() &&
                       !shared.getOrdered() && !shared.getScheduleKind();
  if (!isPlain || !loop || loop.getNumLoops() != 1 || loop.getLoopInclusive() || loop.getTileSizes() ||
      !loop.getRegion().hasOneBlock() || !loop.getIVs().front().getType().isIndex())
    return {};
  return loop;
}

/// Whether `name` is free for a function of the runtime library that returns an i32, or declared as that.
static bool canDeclare(ModuleOp module, StringRef name) {
  Operation *symbol = module.lookupSymbol(name);
  auto function = dyn_cast_or_null<func::FuncOp>(symbol);
  return !symbol || (function && function.isDeclaration() &&
                     function.getFunctionType() ==
                         FunctionType::get(module.getContext(), {}, IntegerType::get(module.getContext(), 32)));
}

static func::FuncOp declare(ModuleOp module, StringRef name) {
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto function =
      func::FuncOp::create(builder, module.getLoc(), name, builder.getFunctionType({}, builder.getI32Type()));
  function.setPrivate();
  return function;
}

/// Has each thread run every n-th iteration of `loop`, from that of its number on.
static void schedule(IRRewriter &rewriter, omp::WsloopOp shared, omp::LoopNestOp loop, Value thread, Value threads) {
  Location loc = loop.getLoc();
  rewriter.setInsertionPoint(shared);
  Value step = loop.getLoopSteps().front();
  Value first = arith::AddIOp::create(rewriter, loc, loop.getLoopLowerBounds().front(),
                                      arith::MulIOp::create(rewriter, loc, thread, step));
  Value stride = arith::MulIOp::create(rewriter, loc, threads, step);
  auto own = scf::ForOp::create(rewriter, loc, first, loop.getLoopUpperBounds().front(), stride);
  rewriter.eraseOp(loop.getRegion().front().getTerminator());
  rewriter.inlineBlockBefore(&loop.getRegion().front(), own.getBody()->getTerminator(), own.getInductionVar());
  rewriter.eraseOp(shared);
}

namespace {
struct ScheduleSharedLoops : lowbit::impl::ScheduleSharedLoopsBase<ScheduleSharedLoops> {
  void runOnOperation() override {
    if (!canDeclare(getOperation(), kThread) || !canDeclare(getOperation(), kThreads))
      return;
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](omp::ParallelOp parallel) { scheduleIn(rewriter, parallel); });
  }

private:
  void scheduleIn(IRRewriter &rewriter, omp::ParallelOp parallel) {
    SmallVector<std::pair<omp::WsloopOp, omp::LoopNestOp>> loops;
    for (auto shared : parallel.getRegion().getOps<omp::WsloopOp>())
      if (omp::LoopNestOp loop = getPlainLoop(shared))
        loops.push_back({shared, loop});
    if (loops.empty())
      return;
    Location loc = parallel.getLoc();
    auto ask = [&](StringRef name) -> Value {
      func::FuncOp function = declare(getOperation(), name);
      rewriter.setInsertionPointToStart(&parallel.getRegion().front());
      Value answer = func::CallOp::create(rewriter, loc, function, ValueRange()).getResult(0);
      return arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), answer);
    };
    Value thread = ask(kThread), threads = ask(kThreads);
    for (auto [shared, loop] : loops)
      schedule(rewriter, shared, loop, thread, threads);
  }
};
} // namespace
