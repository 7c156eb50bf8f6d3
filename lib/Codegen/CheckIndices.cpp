#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_CHECKINDICES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Whether `index` is less than `size`, and not negative, whatever the data. `size` is dynamic where it is unknown.
static bool isInside(Value index, int64_t size, DataFlowSolver &solver) {
  if (ShapedType::isDynamic(size))
    return false;
  // The analysis knows no loops of structured ops.
  if (auto loop = index.getDefiningOp<linalg::IndexOp>()) {
    const int64_t range = loop->getParentOfType<linalg::LinalgOp>().getStaticLoopRanges()[loop.getDim()];
    return !ShapedType::isDynamic(range) && range <= size;
  }
  const auto *lattice = solver.lookupState<dataflow::IntegerValueRangeLattice>(index);
  if (!lattice || lattice->getValue().isUninitialized())
    return false;
  const ConstantIntRanges &range = lattice->getValue().getValue();
  return !range.smin().isNegative() && range.smax().slt(size);
}

/// Replaces `index` by what `lowbit.check_index` makes of it with `size`, before `op`, where it may lie outside.
static void check(OpBuilder &builder, OpOperand &index, OpFoldResult size, DataFlowSolver &solver) {
  if (isInside(index.get(), getConstantIntValue(size).value_or(ShapedType::kDynamic), solver))
    return;
  Location loc = index.getOwner()->getLoc();
  Value bound = getValueOrCreateConstantIndexOp(builder, loc, size);
  index.set(CheckIndexOp::create(builder, loc, index.get(), bound));
}

static void checkElement(tensor::ExtractOp extract, DataFlowSolver &solver) {
  OpBuilder builder(extract);
  for (auto [dim, index] : llvm::enumerate(extract.getIndicesMutable()))
    check(builder, index, tensor::getMixedSize(builder, extract.getLoc(), extract.getTensor(), dim), solver);
}

/// The offsets of a slice of `whole` whose sizes and strides are static.
static void checkSlice(OffsetSizeAndStrideOpInterface slice, RankedTensorType whole, MutableOperandRange offsets,
                       DataFlowSolver &solver) {
  OpBuilder builder(slice);
  unsigned position = 0;
  for (int64_t dim = 0; dim < whole.getRank(); ++dim) {
    if (!slice.isDynamicOffset(dim))
      continue;
    OpOperand &offset = offsets[position++];
    if (whole.isDynamicDim(dim) || slice.isDynamicSize(dim) || slice.isDynamicStride(dim))
      continue;
    const int64_t reach = (slice.getStaticSize(dim) - 1) * slice.getStaticStride(dim);
    check(builder, offset, builder.getIndexAttr(whole.getDimSize(dim) - reach), solver);
  }
}

namespace {
struct CheckIndices : lowbit::impl::CheckIndicesBase<CheckIndices> {
  void runOnOperation() override {
    SmallVector<Operation *> reads;
    getOperation().walk([&](Operation *op) {
      if (isa<tensor::ExtractOp, tensor::ExtractSliceOp, tensor::InsertSliceOp>(op))
        reads.push_back(op);
    });
    if (reads.empty())
      return;
    DataFlowSolver solver;
    dataflow::loadBaselineAnalyses(solver);
    solver.load<dataflow::IntegerRangeAnalysis>();
    if (failed(solver.initializeAndRun(getOperation())))
      return signalPassFailure();
    for (Operation *op : reads)
      TypeSwitch<Operation *>(op)
          .Case([&](tensor::ExtractOp extract) { checkElement(extract, solver); })
          .Case([&](tensor::ExtractSliceOp slice) {
            checkSlice(slice, slice.getSourceType(), slice.getOffsetsMutable(), solver);
          })
          .Case([&](tensor::InsertSliceOp slice) {
            checkSlice(slice, slice.getDestType(), slice.getOffsetsMutable(), solver);
          });
  }
};
} // namespace
