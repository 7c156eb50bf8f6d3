#include "InstructionLowering.h"
#include "IntrinsicBuilder.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERLOOKUPS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Emits the intrinsics of one table instruction on vectors of `bytes` bytes.
struct TableBuilder : IntrinsicBuilder {
  int64_t bytes;

  VectorType getType() const { return IntrinsicBuilder::getType(bytes, 8); }
  /// `entries` as a constant vector, repeated to the width of the instruction.
  Value constant(ArrayRef<int8_t> entries) const {
    SmallVector<int8_t> repeated;
    while (static_cast<int64_t>(repeated.size()) < bytes)
      llvm::append_range(repeated, entries);
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(getType(), ArrayRef<int8_t>(repeated)));
  }
};
} // namespace

/// Rows of 16 entries. A shuffle gives 0 where the highest bit is set, that is from the row of the byte down, as the
/// byte less 16 times the number of the row is negative there: each row up to that of the byte contributes. So a row
/// holds its difference to the row before it, and the exclusive or of all that contribute is the entry.
static Value emitPshufb(const TableBuilder &table, ArrayRef<int8_t> entries, Value bytes) {
  constexpr int64_t kRowSize = 16, kHalf = 128;
  const bool isWide = table.bytes == 32;
  const std::string subtract = "llvm.ssub.sat.v" + std::to_string(table.bytes) + "i8";
  Value result;
  for (int64_t half = 0; half < 2; ++half) {
    Value offset = bytes;
    // Bytes of the other half are negative, and stay so: the subtraction saturates.
    if (half == 1)
      offset = arith::XOrIOp::create(table.builder, table.loc, bytes, table.splat(table.getType(), -kHalf));
    for (int64_t start = 0; start < kHalf; start += kRowSize) {
      SmallVector<int8_t> row(entries.slice(half * kHalf + start, kRowSize));
      if (start > 0) {
        for (auto [entry, before] : llvm::zip_equal(row, entries.slice(half * kHalf + start - kRowSize, kRowSize)))
          entry ^= before;
        offset = table.call(subtract, table.getType(), {offset, table.splat(table.getType(), kRowSize)});
      }
      Value part = table.call(isWide ? "llvm.x86.avx2.pshuf.b" : "llvm.x86.ssse3.pshuf.b.128", table.getType(),
                              {table.constant(row), offset});
      result = result ? arith::XOrIOp::create(table.builder, table.loc, result, part) : part;
    }
  }
  return result;
}

/// The instruction reads the low 7 bits of a byte.
static Value emitVpermi2b(const TableBuilder &table, ArrayRef<int8_t> entries, Value bytes) {
  auto readHalf = [&](int64_t first) {
    return table.call("llvm.x86.avx512.vpermi2var.qi.512", table.getType(),
                      {table.constant(entries.slice(first, 64)), bytes, table.constant(entries.slice(first + 64, 64))});
  };
  Value low = readHalf(0), high = readHalf(128);
  Value isUpper = arith::CmpIOp::create(table.builder, table.loc, arith::CmpIPredicate::slt, bytes,
                                        table.splat(table.getType(), 0));
  return arith::SelectOp::create(table.builder, table.loc, isUpper, high, low);
}

static Value emitTbl4(const TableBuilder &table, ArrayRef<int8_t> entries, Value bytes) {
  constexpr int64_t kPart = 64;
  Value result;
  for (int64_t start = 0; start < static_cast<int64_t>(entries.size()); start += kPart) {
    SmallVector<Value> args;
    if (result)
      args.push_back(result);
    for (int64_t row = start; row < start + kPart; row += table.bytes)
      args.push_back(table.constant(entries.slice(row, table.bytes)));
    args.push_back(start == 0 ? bytes
                              : arith::SubIOp::create(table.builder, table.loc, bytes,
                                                      table.splat(table.getType(), static_cast<int8_t>(start))));
    result =
        table.call(result ? "llvm.aarch64.neon.tbx4.v16i8" : "llvm.aarch64.neon.tbl4.v16i8", table.getType(), args);
  }
  return result;
}

namespace {
struct TableLowering {
  StringLiteral instruction;
  Value (*emit)(const TableBuilder &, ArrayRef<int8_t> entries, Value bytes);
};
constexpr TableLowering kLowerings[] = {
    {"avx512.vpermi2b", emitVpermi2b},
    {"avx2.vpshufb", emitPshufb},
    {"ssse3.pshufb", emitPshufb},
    {"neon.tbl4", emitTbl4},
};

struct LowerLookup : OpRewritePattern<vector::GatherOp> {
  LowerLookup(MLIRContext *context, const Target &target) : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(vector::GatherOp op, PatternRewriter &rewriter) const override {
    auto name = op->getAttrOfType<StringAttr>(kInstructionAttrName);
    if (!name)
      return rewriter.notifyMatchFailure(op, "names no instruction");
    const TableInstruction *instruction = target.getTableInstruction(name);
    const TableLowering *lowering =
        llvm::find_if(kLowerings, [&](const TableLowering &row) { return row.instruction == name.getValue(); });
    if (!instruction || lowering == std::end(kLowerings))
      return rewriter.notifyMatchFailure(op, "the target has no such instruction");
    std::optional<ConstantValues<int8_t>> entries = getTable(op);
    if (!entries)
      return rewriter.notifyMatchFailure(op, "the base is not a constant table of 256 bytes, read from its start");
    auto indices = op.getIndices().getDefiningOp<arith::IndexCastUIOp>();
    auto type = op.getVectorType();
    if (!indices || !getElementTypeOrSelf(indices.getIn().getType()).isInteger(8) || type.getRank() != 1 ||
        type.isScalable() || !type.getElementType().isInteger(8))
      return rewriter.notifyMatchFailure(op, "the indices are not unsigned bytes");
    if (DenseElementsAttr mask;
        !matchPattern(op.getMask(), m_Constant(&mask)) || !mask.isSplat() || !mask.getSplatValue<bool>())
      return rewriter.notifyMatchFailure(op, "the mask leaves lanes out");

    TableBuilder table{{rewriter, op.getLoc()}, instruction->bytes};
    rewriter.replaceOp(op, emitParts(table, *lowering, entries->get(), indices.getIn()));
    return success();
  }

private:
  /// The bytes of the table of a gather, where they are known.
  static std::optional<ConstantValues<int8_t>> getTable(vector::GatherOp op) {
    auto type = cast<ShapedType>(op.getBase().getType());
    if (type.getRank() != 1 || type.getDimSize(0) != 256 ||
        !llvm::all_of(op.getOffsets(), [](Value offset) { return matchPattern(offset, m_Zero()); }))
      return std::nullopt;
    return getConstantValues<int8_t>(op.getBase());
  }

  /// The lookups of a vector of any size: a call of the instruction for each of its parts, the last one filled up.
  static Value emitParts(const TableBuilder &table, const TableLowering &lowering, ArrayRef<int8_t> entries,
                         Value bytes) {
    OpBuilder &builder = table.builder;
    const int64_t count = cast<VectorType>(bytes.getType()).getNumElements();
    auto slice = [&](Value vector, int64_t start, int64_t size) -> Value {
      if (cast<VectorType>(vector.getType()).getNumElements() == size)
        return vector;
      return vector::ExtractStridedSliceOp::create(builder, table.loc, vector, ArrayRef<int64_t>{start},
                                                   ArrayRef<int64_t>{size}, ArrayRef<int64_t>{1});
    };
    Value result;
    for (int64_t start = 0; start < count; start += table.bytes) {
      const int64_t size = std::min(table.bytes, count - start);
      Value part = slice(bytes, start, size);
      if (size < table.bytes) {
        SmallVector<int64_t> lanes(table.bytes, vector::ShuffleOp::kPoisonIndex);
        std::iota(lanes.begin(), lanes.begin() + size, 0);
        part = vector::ShuffleOp::create(builder, table.loc, part, part, lanes);
      }
      part = slice(lowering.emit(table, entries, part), 0, size);
      if (size == count)
        return part;
      if (!result)
        result = arith::ConstantOp::create(builder, table.loc, builder.getZeroAttr(bytes.getType()));
      result = vector::InsertStridedSliceOp::create(builder, table.loc, part, result, ArrayRef<int64_t>{start},
                                                    ArrayRef<int64_t>{1});
    }
    return result;
  }

  const Target &target;
};

struct LowerLookups : lowbit::impl::LowerLookupsBase<LowerLookups> {
  void runOnOperation() override {
    if (failed(lowerInstructions<vector::GatherOp, LowerLookup>(getOperation())))
      signalPassFailure();
  }
};
} // namespace
