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
#define GEN_PASS_DEF_INSERTPREFETCHES
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
/// For what is written so: a core has to own a line to write to it, and waits for one after the other. No further ahead
/// than that, as another thread may have written what lies behind.
static constexpr PrefetchPlan kWritten = {512, 3};
/// A smaller buffer stays in a cache from one run, or one op, to the next.
static constexpr int64_t kLeastFromMemory = 256 * 1024;
/// For what is read again before long, from the second level.
static constexpr PrefetchPlan kFromCache = {2048, 3};
/// Less than that stays in the first level until it is read, or written to, again.
static constexpr int64_t kMostInFirstLevel = 48 * 1024;

static constexpr int64_t kBytesOfLine = 64;
/// Shorter reads are elements that are broadcast, over and over; shorter writes are rare.
static constexpr int64_t kLeastAccess = 16;

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

/// Whether the buffer has elements of whole bytes, and a known number of them.
static bool isMeasurable(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  return type && type.hasStaticShape() && type.getElementType().isIntOrFloat() &&
         type.getElementTypeBitWidth() % 8 == 0 && type.getRank() > 0;
}

/// Whether, too, all its elements lie behind each other.
static bool isContiguous(Value buffer) {
  return isMeasurable(buffer) && cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
}

/// Whether the other accesses of its kind to the buffer beside `access` are to the same row: those of windows, and of
/// what is transposed, are to several.
template <typename AccessOp> static bool isOnlyRow(AccessOp access) {
  return llvm::all_of(access->getBlock()->template getOps<AccessOp>(), [&](AccessOp other) {
    return other.getBase() != access.getBase() ||
           llvm::equal(other.getIndices().drop_back(), access.getIndices().drop_back());
  });
}

namespace {
/// How the loops around an access of a buffer move it.
struct Movement {
  /// The first dimension that the loops move the access along, but for those around one that does not move it; the rank
  /// where they move it along none.
  int64_t firstMoved;
  /// Whether there is a loop that does not move the access: each round does the same again.
  bool isRepeated = false;
  /// Whether the innermost loop moves the access along the last dimension.
  bool isInOrder = false;
};
} // namespace

static Movement getMovement(Operation *access, ValueRange indices) {
  const int64_t rank = indices.size();
  SmallVector<llvm::SmallPtrSet<Value, 8>> arguments(rank);
  for (auto [index, ofIndex] : llvm::zip_equal(indices, arguments))
    collectArguments(index, ofIndex);
  auto innermost = dyn_cast<scf::ForOp>(access->getParentOp());
  Movement movement = {rank};
  movement.isInOrder = innermost && rank > 0 && arguments.back().contains(innermost.getInductionVar());
  for (auto loop = access->getParentOfType<LoopLikeOpInterface>(); loop && !movement.isRepeated;
       loop = loop->getParentOfType<LoopLikeOpInterface>()) {
    bool isMoved = false;
    for (Value variable : loop.getLoopInductionVars().value_or(SmallVector<Value>()))
      for (auto [dim, ofIndex] : llvm::enumerate(arguments))
        if (ofIndex.contains(variable)) {
          isMoved = true;
          movement.firstMoved = std::min<int64_t>(movement.firstMoved, dim);
        }
    movement.isRepeated = !isMoved;
  }
  return movement;
}

/// How to prefetch what `read` reads; nothing where it does not pay.
static std::optional<PrefetchPlan> planPrefetch(vector::TransferReadOp read) {
  if (!isContiguous(read.getBase()))
    return std::nullopt;
  auto type = cast<MemRefType>(read.getBase().getType());
  const Movement movement = getMovement(read, read.getIndices());
  if (movement.isRepeated) {
    if (!isConstant(read.getBase()))
      return std::nullopt;
    const int64_t bytes = getBytes(type.clone(type.getShape().drop_front(movement.firstMoved)));
    return bytes > kMostInFirstLevel ? std::optional(kFromCache) : std::nullopt;
  }
  const bool isInLoop = movement.firstMoved < type.getRank();
  if (!isInLoop || getBytes(type) < kLeastFromMemory)
    return std::nullopt;
  if (isConstant(read.getBase()))
    return kFromMemory;
  const bool isStream = movement.isInOrder && isOnlyRow(read) && getBytes(read.getVectorType()) >= kLeastAccess;
  return isStream ? std::optional(kStream) : std::nullopt;
}

/// The same of what `write` writes.
static std::optional<PrefetchPlan> planPrefetch(vector::TransferWriteOp write) {
  // Other parts of the rows, as of a concatenation, are written by turns.
  if (!isMeasurable(write.getBase()) || !cast<MemRefType>(write.getBase().getType()).areTrailingDimsContiguous(1) ||
      getBytes(cast<MemRefType>(write.getBase().getType())) <= kMostInFirstLevel ||
      getBytes(write.getVectorType()) < kLeastAccess)
    return std::nullopt;
  const Movement movement = getMovement(write, write.getIndices());
  return movement.isInOrder && !movement.isRepeated && isOnlyRow(write) ? std::optional(kWritten) : std::nullopt;
}

/// Whether `second` starts in the line of the cache that `first` starts with.
template <typename AccessOp> static bool isInSameLine(AccessOp first, AccessOp second) {
  auto from = first.getIndices(), to = second.getIndices();
  if (first.getBase() != second.getBase() || first->getBlock() != second->getBlock() ||
      !llvm::equal(from.drop_back(), to.drop_back()))
    return false;
  FailureOr<int64_t> distance = affine::fullyComposeAndComputeConstantDelta(to.back(), from.back());
  const int64_t elementBytes = first.getVectorType().getElementTypeBitWidth() / 8;
  return succeeded(distance) && *distance >= 0 && *distance * elementBytes < kBytesOfLine;
}

/// Asks for the lines of a later access.
template <typename AccessOp> static void prefetch(AccessOp access, PrefetchPlan plan) {
  OpBuilder builder(access);
  Location loc = access.getLoc();
  const int64_t elementBytes = access.getVectorType().getElementTypeBitWidth() / 8;
  for (int64_t start = 0; start < getBytes(access.getVectorType()); start += kBytesOfLine) {
    // Beyond the end of a row lies the next one, and beyond the last one nothing that a prefetch would fail for.
    SmallVector<Value> indices(access.getIndices());
    Value ahead = arith::ConstantIndexOp::create(builder, loc, (plan.distanceInBytes + start) / elementBytes);
    indices.back() = arith::AddIOp::create(builder, loc, indices.back(), ahead);
    memref::PrefetchOp::create(builder, loc, access.getBase(), indices,
                               std::is_same_v<AccessOp, vector::TransferWriteOp>, plan.locality, /*isDataCache=*/true);
  }
}

/// Prefetches each line that accesses of one kind in `function` have a plan for, once.
template <typename AccessOp> static void prefetchAll(func::FuncOp function) {
  SmallVector<std::pair<AccessOp, PrefetchPlan>> accesses;
  function.walk([&](AccessOp access) {
    std::optional<PrefetchPlan> plan = planPrefetch(access);
    if (plan && llvm::none_of(accesses, [&](auto &other) { return isInSameLine(other.first, access); }))
      accesses.emplace_back(access, *plan);
  });
  for (auto [access, plan] : accesses)
    prefetch(access, plan);
}

namespace {
struct InsertPrefetches : lowbit::impl::InsertPrefetchesBase<InsertPrefetches> {
  void runOnOperation() override {
    prefetchAll<vector::TransferReadOp>(getOperation());
    prefetchAll<vector::TransferWriteOp>(getOperation());
  }
};
} // namespace
