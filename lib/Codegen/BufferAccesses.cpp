#include "BufferAccesses.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

/// Takes the box of `subview` in its source; false where it isn't constant.
static bool setBox(memref::SubViewOp subview, BufferPart &part) {
  SmallVector<int64_t> first, end;
  for (auto [offset, size, stride] :
       llvm::zip(subview.getStaticOffsets(), subview.getStaticSizes(), subview.getStaticStrides())) {
    if (ShapedType::isDynamic(offset) || ShapedType::isDynamic(size) || ShapedType::isDynamic(stride) || size < 1 ||
        stride < 1)
      return false;
    first.push_back(offset);
    end.push_back(offset + (size - 1) * stride + 1);
  }
  part.first = std::move(first);
  part.end = std::move(end);
  return true;
}

/// Takes the bytes of `view`, whose source is the allocation; false where they are not constant.
static bool setBytes(memref::ViewOp view, BufferPart &part) {
  MemRefType type = view.getType();
  std::optional<int64_t> shift = getConstantIntValue(view.getByteShift());
  if (!shift || !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return false;
  part.firstByte = *shift;
  part.endByte = *shift + type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  return true;
}

BufferPart BufferPart::get(Value memref) {
  BufferPart part;
  part.endByte = std::numeric_limits<int64_t>::max();
  part.buffer = memref;
  while (auto view = part.buffer.getDefiningOp<ViewLikeOpInterface>()) {
    if (isa<memref::ViewOp>(view))
      break;
    part.first.clear();
    part.end.clear();
    if (auto subview = dyn_cast<memref::SubViewOp>(*view))
      setBox(subview, part);
    part.buffer = view.getViewSource();
  }
  Value allocation = part.buffer;
  if (auto view = allocation.getDefiningOp<memref::ViewOp>()) {
    allocation = view.getSource();
    setBytes(view, part);
  }
  auto argument = dyn_cast<BlockArgument>(allocation);
  const bool isKnown =
      argument ? isa<func::FuncOp>(argument.getOwner()->getParentOp()) && argument.getOwner()->isEntryBlock()
               : isa<memref::AllocOp, memref::AllocaOp, memref::GetGlobalOp>(allocation.getDefiningOp());
  if (isKnown)
    part.allocation = allocation;
  return part;
}

bool BufferPart::mayOverlap(const BufferPart &other) const {
  if (!allocation || !other.allocation)
    return true;
  if (allocation != other.allocation || endByte <= other.firstByte || other.endByte <= firstByte)
    return false;
  if (buffer != other.buffer)
    return true;
  // No dimension is looked at where one of both is the whole buffer.
  return llvm::all_of(llvm::zip(first, end, other.first, other.end), [](auto dimension) {
    auto [first, end, otherFirst, otherEnd] = dimension;
    return first < otherEnd && otherFirst < end;
  });
}

/// Arithmetic on values, which doesn't say that it has no effect.
static bool isArithmetic(Operation *op) {
  return isa<LLVM::CallIntrinsicOp>(op) && llvm::none_of(op->getOperandTypes(), llvm::IsaPred<LLVM::LLVMPointerType>);
}

void BufferAccesses::addEffects(Operation *op, Operation *root) {
  // Reads nothing that matters.
  if (isa<memref::PrefetchOp>(op))
    return;
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  if (!effects) {
    const bool isTransparent = op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() || isa<omp::WsloopOp>(op);
    if (!isTransparent && !isMemoryEffectFree(op) && !isArithmetic(op))
      writes.push_back(BufferPart());
    return;
  }
  SmallVector<MemoryEffects::EffectInstance> instances;
  effects.getEffects(instances);
  for (const MemoryEffects::EffectInstance &instance : instances) {
    if (isa<MemoryEffects::Allocate>(instance.getEffect()))
      continue;
    const bool isRead = isa<MemoryEffects::Read>(instance.getEffect());
    BufferPart part;
    if (Value memref = instance.getValue())
      part = BufferPart::get(memref);
    Operation *owner = part.allocation ? part.allocation.getDefiningOp() : nullptr;
    const bool isOwn = owner && root->isAncestor(owner);
    auto global = dyn_cast_or_null<memref::GetGlobalOp>(owner);
    if (isOwn && !global)
      continue;
    if (global) {
      auto symbol = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(global, global.getNameAttr());
      if (isRead && symbol && symbol.getConstant())
        continue;
      // Others may name the same variable.
      part.allocation = {};
    }
    (isRead ? reads : writes).push_back(part);
  }
}

void BufferAccesses::add(Operation *op) {
  op->walk([&](Operation *inner) { addEffects(inner, op); });
}

bool BufferAccesses::conflictsWith(const BufferAccesses &other) const {
  auto mayOverlap = [](ArrayRef<BufferPart> parts, ArrayRef<BufferPart> others) {
    return llvm::any_of(parts, [&](const BufferPart &part) {
      return llvm::any_of(others, [&](const BufferPart &other) { return part.mayOverlap(other); });
    });
  };
  return mayOverlap(writes, other.reads) || mayOverlap(writes, other.writes) || mayOverlap(reads, other.writes);
}
