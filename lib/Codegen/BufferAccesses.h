#ifndef LOWBIT_LIB_CODEGEN_BUFFERACCESSES_H
#define LOWBIT_LIB_CODEGEN_BUFFERACCESSES_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"

namespace mlir::lowbit {

/// Part of a buffer: what may be read or written through a memref.
struct BufferPart {
  /// The argument of the function, or the result of the allocation, that holds it. Null where that is not known.
  Value allocation;
  /// Its bytes in the allocation, the last excluded.
  int64_t firstByte = 0;
  int64_t endByte = 0;
  /// The memref of the whole buffer: a view of the arena, or the allocation itself.
  Value buffer;
  /// A box in the shape of the buffer, beyond which nothing is touched; empty for the whole buffer.
  SmallVector<int64_t> first;
  SmallVector<int64_t> end;

  /// The part that `memref` gives access to.
  static BufferPart get(Value memref);

  /// False where this and `other` are proven to have no byte in common. Arguments of a function don't overlap.
  bool mayOverlap(const BufferPart &other) const;
};

/// What operations read and write of memory that other threads see.
class BufferAccesses {
public:
  /// Adds what `op` and all in it access. Memory that is allocated in `op` is its own, and constants are not written.
  void add(Operation *op);

  /// Whether there are none.
  bool empty() const { return reads.empty() && writes.empty(); }

  /// Whether one of both may write what the other one reads or writes.
  bool conflictsWith(const BufferAccesses &other) const;

private:
  void addEffects(Operation *op, Operation *root);

  SmallVector<BufferPart> reads;
  SmallVector<BufferPart> writes;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_BUFFERACCESSES_H
