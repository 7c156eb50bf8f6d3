#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

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

namespace {
struct CheckIndices : lowbit::impl::CheckIndicesBase<CheckIndices> {
  void runOnOperation() override {
    SmallVector<tensor::ExtractOp> extracts;
    getOperation().walk([&](tensor::ExtractOp extract) { extracts.push_back(extract); });
    if (extracts.empty())
      return;
    DataFlowSolver solver;
    dataflow::loadBaselineAnalyses(solver);
    solver.load<dataflow::IntegerRangeAnalysis>();
    if (failed(solver.initializeAndRun(getOperation())))
      return signalPassFailure();
    for (tensor::ExtractOp extract : extracts) {
      OpBuilder builder(extract);
      for (auto [dim, operand] : llvm::enumerate(extract.getIndicesMutable())) {
        const int64_t size = extract.getTensor().getType().getDimSize(dim);
        if (isInside(operand.get(), size, solver))
          continue;
        Location loc = extract.getLoc();
        Value bound = builder.createOrFold<tensor::DimOp>(loc, extract.getTensor(), dim);
        operand.set(CheckIndexOp::create(builder, loc, operand.get(), bound));
      }
    }
  }
};
} // namespace
