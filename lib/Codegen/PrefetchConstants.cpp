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

/// How far ahead of a read its line is asked for: what the memory of a core delivers while a line is under way.
static constexpr int64_t kDistanceInBytes = 3072;
/// Into the second level of caches: a core has more lines under way to it than to the first.
static constexpr unsigned kLocality = 2;
/// Smaller constants stay in a cache from one run to the next.
static constexpr int64_t kSmallestInBytes = 256 * 1024;

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

/// True where `read` reads each element of its constant at most once: every loop around it moves it.
static bool isReadOnce(vector::TransferReadOp read) {
  llvm::SmallPtrSet<Value, 8> arguments;
  for (Value index : read.getIndices())
    collectArguments(index, arguments);
  unsigned loops = 0;
  for (auto loop = read->getParentOfType<LoopLikeOpInterface>(); loop;
       loop = loop->getParentOfType<LoopLikeOpInterface>(), ++loops) {
    std::optional<SmallVector<Value>> variables = loop.getLoopInductionVars();
    if (!variables || !llvm::all_of(*variables, [&](Value variable) { return arguments.contains(variable); }))
      return false;
  }
  return loops > 0;
}

static bool isLargeConstant(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return buffer.getDefiningOp<memref::GetGlobalOp>() && type.hasStaticShape() && type.getLayout().isIdentity() &&
         type.getElementType().isIntOrFloat() && type.getElementTypeBitWidth() % 8 == 0 && type.getRank() > 0 &&
         getBytes(type) >= kSmallestInBytes;
}

namespace {
struct PrefetchConstants : lowbit::impl::PrefetchConstantsBase<PrefetchConstants> {
  void runOnOperation() override {
    SmallVector<vector::TransferReadOp> reads;
    getOperation().walk([&](vector::TransferReadOp read) {
      if (isa<MemRefType>(read.getBase().getType()) && isLargeConstant(read.getBase()) && isReadOnce(read))
        reads.push_back(read);
    });
    OpBuilder builder(&getContext());
    for (vector::TransferReadOp read : reads) {
      builder.setInsertionPoint(read);
      // Beyond the end of a row lies the next one, and beyond the last one nothing that a prefetch would fail for.
      auto type = cast<MemRefType>(read.getBase().getType());
      const int64_t distance = kDistanceInBytes * 8 / type.getElementTypeBitWidth();
      SmallVector<Value> indices(read.getIndices());
      Value ahead = arith::ConstantIndexOp::create(builder, read.getLoc(), distance);
      indices.back() = arith::AddIOp::create(builder, read.getLoc(), indices.back(), ahead);
      memref::PrefetchOp::create(builder, read.getLoc(), read.getBase(), indices, /*isWrite=*/false,
                                 /*localityHint=*/kLocality, /*isDataCache=*/true);
    }
  }
};
} // namespace
