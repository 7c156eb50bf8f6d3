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
