#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PREFETCHCONSTANTS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Where a prefetch brings a line, and how far ahead of the read.
struct PrefetchPlan {
  int64_t distanceInBytes;
  /// As `memref.prefetch` has it: 3 for the first level of caches, 2 for the second.
  unsigned locality;
};

/// For what is read once: as far ahead as the memory of a core delivers while a line is under way, and into the second
/// level, to which a core has more lines under way than to the first.
static constexpr PrefetchPlan kFromMemory = {3072, 2};
/// A smaller constant stays in a cache from one run to the next.
static constexpr int64_t kLeastFromMemory = 256 * 1024;
/// For what is read again before long, from the second level.
static constexpr PrefetchPlan kFromCache = {2048, 3};
/// Less than that stays in the first level until it is read again.
static constexpr int64_t kMostInFirstLevel = 48 * 1024;

static int64_t getBytes(ShapedType type) { return type.getNumElements() * type.getElementTypeBitWidth() / 8; }

/// Adds the arguments of blocks that `value` is computed from.
static void collectArguments(Value value, llvm::SmallPtrSetImpl<Value> &arguments) {
  Operation *producer = value.getDefiningOp();
  if (!producer)
    arguments.insert(value);
  else if (isPure(producer))
    for (Value operand : producer->getOperands())
      collectArguments(operand, arguments);
}

static bool isConstant(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  return type && buffer.getDefiningOp<memref::GetGlobalOp>() && type.hasStaticShape() &&
         type.getLayout().isIdentity() && type.getElementType().isIntOrFloat() &&
         type.getElementTypeBitWidth() % 8 == 0 && type.getRank() > 0;
}

/// How to prefetch what `read` reads from a constant; nothing where it does not pay.
static std::optional<PrefetchPlan> planPrefetch(vector::TransferReadOp read) {
  auto type = cast<MemRefType>(read.getBase().getType());
  SmallVector<llvm::SmallPtrSet<Value, 8>> arguments(type.getRank());
  for (auto [index, ofIndex] : llvm::zip_equal(read.getIndices(), arguments))
    collectArguments(index, ofIndex);
  // The first dimension that the loops seen so far, from the inside out, move the read along.
  int64_t firstMoved = type.getRank();
  for (auto loop = read->getParentOfType<LoopLikeOpInterface>(); loop;
       loop = loop->getParentOfType<LoopLikeOpInterface>()) {
    bool isMoved = false;
    for (Value variable : loop.getLoopInductionVars().value_or(SmallVector<Value>()))
      for (auto [dim, ofIndex] : llvm::enumerate(arguments))
        if (ofIndex.contains(variable)) {
          isMoved = true;
          firstMoved = std::min<int64_t>(firstMoved, dim);
        }
    if (isMoved)
      continue;
    // Each round of this loop reads the same again.
    const int64_t bytes = getBytes(type.clone(type.getShape().drop_front(firstMoved)));
    return bytes > kMostInFirstLevel ? std::optional(kFromCache) : std::nullopt;
  }
  const bool isInLoop = firstMoved < type.getRank();
  return isInLoop && getBytes(type) >= kLeastFromMemory ? std::optional(kFromMemory) : std::nullopt;
}

namespace {
struct PrefetchConstants : lowbit::impl::PrefetchConstantsBase<PrefetchConstants> {
  void runOnOperation() override {
    SmallVector<std::pair<vector::TransferReadOp, PrefetchPlan>> reads;
    getOperation().walk([&](vector::TransferReadOp read) {
      if (!isConstant(read.getBase()))
        return;
      if (std::optional<PrefetchPlan> plan = planPrefetch(read))
        reads.emplace_back(read, *plan);
    });
    OpBuilder builder(&getContext());
    for (auto [read, plan] : reads) {
      builder.setInsertionPoint(read);
      // Beyond the end of a row lies the next one, and beyond the last one nothing that a prefetch would fail for.
      auto type = cast<MemRefType>(read.getBase().getType());
      const int64_t distance = plan.distanceInBytes * 8 / type.getElementTypeBitWidth();
      SmallVector<Value> indices(read.getIndices());
      Value ahead = arith::ConstantIndexOp::create(builder, read.getLoc(), distance);
      indices.back() = arith::AddIOp::create(builder, read.getLoc(), indices.back(), ahead);
      memref::PrefetchOp::create(builder, read.getLoc(), read.getBase(), indices, /*isWrite=*/false, plan.locality,
                                 /*isDataCache=*/true);
    }
  }
};
} // namespace
