#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PREFETCHREADS
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
/// For activations that are read once in the order in which they lie: the core itself fetches ahead, but not far enough
/// where it computes much of a line.
static constexpr PrefetchPlan kStream = {2048, 3};
/// A smaller buffer stays in a cache from one run, or one op, to the next.
static constexpr int64_t kLeastFromMemory = 256 * 1024;
/// For what is read again before long, from the second level.
static constexpr PrefetchPlan kFromCache = {2048, 3};
/// Less than that stays in the first level until it is read again.
static constexpr int64_t kMostInFirstLevel = 48 * 1024;

static constexpr int64_t kBytesOfLine = 64;
/// Shorter reads are elements that are broadcast, over and over.
static constexpr int64_t kLeastRead = 16;

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

static bool isConstant(Value buffer) { return buffer.getDefiningOp<memref::GetGlobalOp>() != nullptr; }

/// Whether elements of the buffer lie behind each other, in whole bytes.
static bool isContiguous(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  return type && type.hasStaticShape() && type.getLayout().isIdentity() && type.getElementType().isIntOrFloat() &&
         type.getElementTypeBitWidth() % 8 == 0 && type.getRank() > 0;
}

/// Whether the other reads of the buffer beside `read` are of the same row: windows have several.
static bool isOnlyRow(vector::TransferReadOp read) {
  return llvm::all_of(read->getBlock()->getOps<vector::TransferReadOp>(), [&](vector::TransferReadOp other) {
    return other.getBase() != read.getBase() ||
           llvm::equal(other.getIndices().drop_back(), read.getIndices().drop_back());
  });
}

/// How to prefetch what `read` reads; nothing where it does not pay.
static std::optional<PrefetchPlan> planPrefetch(vector::TransferReadOp read) {
  if (!isContiguous(read.getBase()))
    return std::nullopt;
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
    if (!isConstant(read.getBase()))
      return std::nullopt;
    const int64_t bytes = getBytes(type.clone(type.getShape().drop_front(firstMoved)));
    return bytes > kMostInFirstLevel ? std::optional(kFromCache) : std::nullopt;
  }
  const bool isInLoop = firstMoved < type.getRank();
  if (!isInLoop || getBytes(type) < kLeastFromMemory)
    return std::nullopt;
  if (isConstant(read.getBase()))
    return kFromMemory;
  auto innermost = dyn_cast<scf::ForOp>(read->getParentOp());
  const bool isInOrder = innermost && arguments.back().contains(innermost.getInductionVar()) && isOnlyRow(read) &&
                         getBytes(read.getVectorType()) >= kLeastRead;
  return isInOrder ? std::optional(kStream) : std::nullopt;
}

/// Whether `second` starts in the line of the cache that `first` starts with.
static bool isInSameLine(vector::TransferReadOp first, vector::TransferReadOp second) {
  auto from = first.getIndices(), to = second.getIndices();
  if (first.getBase() != second.getBase() || first->getBlock() != second->getBlock() ||
      !llvm::equal(from.drop_back(), to.drop_back()))
    return false;
  FailureOr<int64_t> distance = affine::fullyComposeAndComputeConstantDelta(to.back(), from.back());
  const int64_t elementBytes = first.getVectorType().getElementTypeBitWidth() / 8;
  return succeeded(distance) && *distance >= 0 && *distance * elementBytes < kBytesOfLine;
}

/// Asks for the lines of a later read.
static void prefetch(vector::TransferReadOp read, PrefetchPlan plan) {
  OpBuilder builder(read);
  Location loc = read.getLoc();
  const int64_t elementBytes = read.getVectorType().getElementTypeBitWidth() / 8;
  for (int64_t start = 0; start < getBytes(read.getVectorType()); start += kBytesOfLine) {
    // Beyond the end of a row lies the next one, and beyond the last one nothing that a prefetch would fail for.
    SmallVector<Value> indices(read.getIndices());
    Value ahead = arith::ConstantIndexOp::create(builder, loc, (plan.distanceInBytes + start) / elementBytes);
    indices.back() = arith::AddIOp::create(builder, loc, indices.back(), ahead);
    memref::PrefetchOp::create(builder, loc, read.getBase(), indices, /*isWrite=*/false, plan.locality,
                               /*isDataCache=*/true);
  }
}

namespace {
struct PrefetchReads : lowbit::impl::PrefetchReadsBase<PrefetchReads> {
  void runOnOperation() override {
    SmallVector<std::pair<vector::TransferReadOp, PrefetchPlan>> reads;
    getOperation().walk([&](vector::TransferReadOp read) {
      std::optional<PrefetchPlan> plan = planPrefetch(read);
      if (plan && llvm::none_of(reads, [&](auto &other) { return isInSameLine(other.first, read); }))
        reads.emplace_back(read, *plan);
    });
    for (auto [read, plan] : reads)
      prefetch(read, plan);
  }
};
} // namespace
