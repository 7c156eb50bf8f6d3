#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWEROBSERVERS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kRecorderName = "lowbit_observe";

namespace {
struct LowerObservers : lowbit::impl::LowerObserversBase<LowerObservers> {
  void runOnOperation() override {
    SmallVector<ObserveOp> observers;
    getOperation().walk([&](ObserveOp op) { observers.push_back(op); });
    if (observers.empty())
      return;
    OpBuilder builder = OpBuilder::atBlockBegin(getOperation().getBody());
    Type i64 = builder.getI64Type(), pointer = LLVM::LLVMPointerType::get(&getContext());
    auto recorder = func::FuncOp::create(builder, getOperation().getLoc(), kRecorderName,
                                         builder.getFunctionType({i64, pointer, i64}, {}));
    recorder.setPrivate();

    SmallVector<Attribute> names;
    for (ObserveOp op : observers) {
      auto type = dyn_cast<MemRefType>(op.getInput().getType());
      if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity()) {
        op.emitOpError() << "expected a contiguous buffer of static shape, but got " << op.getInput().getType();
        return signalPassFailure();
      }
      Location loc = op.getLoc();
      builder.setInsertionPoint(op);
      Value index = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(names.size()));
      Value count = arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(type.getNumElements()));
      Value address = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, op.getInput());
      address = arith::IndexCastOp::create(builder, loc, i64, address);
      Value data = LLVM::IntToPtrOp::create(builder, loc, pointer, address);
      func::CallOp::create(builder, loc, recorder, ValueRange{index, data, count});
      names.push_back(op.getNameAttr());
      op.erase();
    }
    getOperation()->setAttr(kObservedAttrName, builder.getArrayAttr(names));
  }
};
} // namespace
