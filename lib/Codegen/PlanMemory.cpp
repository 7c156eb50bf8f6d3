#include "lowbit/Codegen/Passes.h"
#include "mlir/Analysis/AliasAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PLANMEMORY
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kArenaBytesAttrName = "lowbit.arena_bytes";
/// What the arena is compared with.
static constexpr StringLiteral kLiveBytesAttrName = "lowbit.live_bytes";
/// A cache line, and the widest vector.
static constexpr int64_t kAlignment = 64;

namespace {
/// A buffer, the operations of the function's body between which it lives, and its place in the arena.
struct Buffer {
  memref::AllocOp alloc;
  int64_t bytes = 0;
  int64_t first = 0;
  int64_t last = 0;
  int64_t offset = 0;

  bool livesWith(const Buffer &other) const { return first <= other.last && other.first <= last; }
};
} // namespace

/// First fit in the order of `order`. Returns the size of the arena.
static int64_t assignInOrder(ArrayRef<Buffer *> order) {
  SmallVector<Buffer *> placed;
  int64_t arena = 0;
  for (Buffer *buffer : order) {
    SmallVector<Buffer *> neighbours;
    for (Buffer *other : placed)
      if (buffer->livesWith(*other))
        neighbours.push_back(other);
    llvm::stable_sort(neighbours, [](Buffer *a, Buffer *b) { return a->offset < b->offset; });
    int64_t offset = 0;
    for (Buffer *other : neighbours) {
      if (offset + buffer->bytes <= other->offset)
        break;
      offset = std::max<int64_t>(offset, llvm::alignTo(other->offset + other->bytes, kAlignment));
    }
    buffer->offset = offset;
    arena = std::max(arena, offset + buffer->bytes);
    placed.push_back(buffer);
  }
  return arena;
}

/// First fit in each of a few orders, all from the largest value of a measure down, ties in program order; the smallest
/// arena wins, the first of equals. Returns its size.
static int64_t assignOffsets(MutableArrayRef<Buffer> buffers) {
  // No order is best for every program: large buffers leave no gaps where they come first, long-lived ones split none.
  static constexpr int64_t (*kMeasures[])(const Buffer &) = {
      [](const Buffer &buffer) { return buffer.bytes; },
      [](const Buffer &buffer) { return buffer.last - buffer.first; },
      [](const Buffer &buffer) {
        const uint64_t area = llvm::SaturatingMultiply<uint64_t>(buffer.bytes, buffer.last - buffer.first + 1);
        return static_cast<int64_t>(std::min<uint64_t>(area, INT64_MAX));
      },
      [](const Buffer &buffer) { return -buffer.first; },
  };
  auto assign = [&](int64_t (*measure)(const Buffer &)) {
    SmallVector<Buffer *> order;
    for (Buffer &buffer : buffers)
      order.push_back(&buffer);
    llvm::stable_sort(order, [&](Buffer *a, Buffer *b) { return measure(*a) > measure(*b); });
    return assignInOrder(order);
  };
  auto *best = std::min_element(std::begin(kMeasures), std::end(kMeasures),
                                [&](auto *a, auto *b) { return assign(a) < assign(b); });
  return assign(*best);
}

/// The bytes of the place that both buffers have in common which are in the part of another thread in one than in the
/// other, where each of `threads` threads works on a contiguous part of a buffer.
static int64_t countMovedBytes(const Buffer &a, const Buffer &b, int64_t threads) {
  auto countCommon = [](int64_t first, int64_t end, int64_t otherFirst, int64_t otherEnd) {
    return std::max<int64_t>(0, std::min(end, otherEnd) - std::max(first, otherFirst));
  };
  auto getStart = [&](const Buffer &buffer, int64_t thread) { return buffer.offset + buffer.bytes * thread / threads; };
  int64_t moved = countCommon(a.offset, a.offset + a.bytes, b.offset, b.offset + b.bytes);
  for (int64_t thread = 0; thread < threads && moved > 0; ++thread)
    moved -= countCommon(getStart(a, thread), getStart(a, thread + 1), getStart(b, thread), getStart(b, thread + 1));
  return moved;
}

/// Where `buffer` may lie: next to one of those that are `placed`, around the same middle, and at both ends.
static SmallVector<int64_t> getCandidates(const Buffer &buffer, ArrayRef<Buffer *> placed, int64_t arenaBytes) {
  auto alignDown = [](int64_t offset) { return offset < 0 ? -1 : offset - offset % kAlignment; };
  SmallVector<int64_t> offsets = {0, alignDown(arenaBytes - buffer.bytes)};
  for (const Buffer *other : placed) {
    offsets.push_back(llvm::alignTo(other->offset + other->bytes, kAlignment));
    offsets.push_back(alignDown(other->offset - buffer.bytes));
    offsets.push_back(alignDown(other->offset + other->bytes / 2 - buffer.bytes / 2));
  }
  llvm::sort(offsets);
  offsets.erase(llvm::unique(offsets), offsets.end());
  return offsets;
}

/// Places the largest buffers first, each where the fewest bytes move from the cache of one thread to that of another.
/// Returns the offsets; nothing where an arena of `arenaBytes` is too small for that.
static std::optional<SmallVector<int64_t>> assignToThreads(ArrayRef<Buffer> buffers, int64_t arenaBytes,
                                                           int64_t threads) {
  SmallVector<Buffer> moving(buffers);
  SmallVector<Buffer *> order, placed;
  for (Buffer &buffer : moving)
    order.push_back(&buffer);
  llvm::stable_sort(order, [](Buffer *a, Buffer *b) { return a->bytes > b->bytes; });
  for (Buffer *buffer : order) {
    int64_t best = -1, fewest = std::numeric_limits<int64_t>::max();
    for (int64_t offset : getCandidates(*buffer, placed, arenaBytes)) {
      buffer->offset = offset;
      const bool isFree = llvm::none_of(placed, [&](Buffer *other) {
        return buffer->livesWith(*other) && offset < other->offset + other->bytes &&
               other->offset < offset + buffer->bytes;
      });
      if (offset < 0 || offset + buffer->bytes > arenaBytes || !isFree)
        continue;
      int64_t moved = 0;
      for (Buffer *other : placed)
        moved += countMovedBytes(*buffer, *other, threads);
      if (moved < fewest) {
        fewest = moved;
        best = offset;
      }
    }
    if (best < 0)
      return std::nullopt;
    buffer->offset = best;
    placed.push_back(buffer);
  }
  return llvm::map_to_vector(moving, [](const Buffer &buffer) { return buffer.offset; });
}

/// The most bytes that live at once: no arena can be smaller.
static int64_t getLiveBytes(ArrayRef<Buffer> buffers) {
  int64_t most = 0;
  for (const Buffer &start : buffers) {
    int64_t bytes = 0;
    for (const Buffer &buffer : buffers)
      if (buffer.first <= start.first && start.first <= buffer.last)
        bytes += buffer.bytes;
    most = std::max(most, bytes);
  }
  return most;
}

namespace {
struct PlanMemory : lowbit::impl::PlanMemoryBase<PlanMemory> {
  using PlanMemoryBase::PlanMemoryBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    // Calls were inlined: a private function left is dead.
    if (function.isDeclaration() || !function.isPublic() || !function.getBody().hasOneBlock())
      return;
    Block &body = function.getBody().front();
    DenseMap<Operation *, int64_t> number;
    for (auto [index, op] : llvm::enumerate(body))
      number[&op] = index;

    BufferViewFlowAnalysis aliases(function);
    SmallVector<Buffer> buffers;
    WalkResult result = function.walk([&](memref::AllocOp alloc) {
      MemRefType type = alloc.getType();
      if (!type.hasStaticShape() || !type.getLayout().isIdentity() || !type.getElementType().isIntOrFloat()) {
        alloc.emitOpError() << "expected a contiguous buffer of static shape, but got " << type;
        return WalkResult::interrupt();
      }
      Buffer buffer;
      buffer.alloc = alloc;
      buffer.bytes = type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
      buffer.first = buffer.last = number[body.findAncestorOpInBlock(*alloc)];
      for (Value alias : aliases.resolve(alloc))
        for (Operation *user : alias.getUsers())
          if (Operation *ancestor = body.findAncestorOpInBlock(*user))
            buffer.last = std::max(buffer.last, number[ancestor]);
      buffers.push_back(buffer);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    const int64_t arenaBytes = assignOffsets(buffers);
    if (threads > 1)
      if (std::optional<SmallVector<int64_t>> offsets = assignToThreads(buffers, arenaBytes, threads))
        for (auto [buffer, offset] : llvm::zip(buffers, *offsets))
          buffer.offset = offset;
    OpBuilder builder(function.getContext());
    function->setAttr(kArenaBytesAttrName, builder.getI64IntegerAttr(arenaBytes));
    function->setAttr(kLiveBytesAttrName, builder.getI64IntegerAttr(getLiveBytes(buffers)));
    auto arenaType = MemRefType::get({arenaBytes}, builder.getI8Type());
    const unsigned arenaIndex = function.getNumArguments();
    if (failed(function.insertArgument(arenaIndex, arenaType, {}, function.getLoc())))
      return signalPassFailure();
    Value arena = body.getArgument(arenaIndex);

    for (Buffer &buffer : buffers) {
      builder.setInsertionPoint(buffer.alloc);
      Value offset = arith::ConstantIndexOp::create(builder, buffer.alloc.getLoc(), buffer.offset);
      Value view =
          memref::ViewOp::create(builder, buffer.alloc.getLoc(), buffer.alloc.getType(), arena, offset, ValueRange{});
      buffer.alloc.replaceAllUsesWith(view);
      buffer.alloc.erase();
    }
  }
};
} // namespace
