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

/// First fit, from the largest buffer down; ties in program order. Returns the size of the arena.
static int64_t assignOffsets(MutableArrayRef<Buffer> buffers) {
  SmallVector<Buffer *> order;
  for (Buffer &buffer : buffers)
    order.push_back(&buffer);
  llvm::stable_sort(order, [](Buffer *a, Buffer *b) { return a->bytes > b->bytes; });
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
    auto arenaType = MemRefType::get({arenaBytes}, builder.getI8Type());
    const unsigned arenaIndex = function.getNumArguments();
    if (failed(function.insertArgument(arenaIndex, arenaType, {}, function.getLoc())))
      return signalPassFailure();
    Value arena = body.getArgument(arenaIndex);

    for (Buffer &buffer : buffers) {
      builder.setInsertionPoint(buffer.alloc);
      Value offset = arith::ConstantIndexOp::create(builder, buffer.alloc.getLoc(), buffer.offset);
      Value view = memref::ViewOp::create(builder, buffer.alloc.getLoc(), buffer.alloc.getType(), arena, offset,
                                          ValueRange{});
      buffer.alloc.replaceAllUsesWith(view);
      buffer.alloc.erase();
    }
  }
};
} // namespace
