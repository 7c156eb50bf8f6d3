#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERINDEXCHECKS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// A comparison, and a write to `status` where an index lies outside.
static void lowerCheck(CheckIndexOp op, Value status) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Type type = op.getType();
  // Unsigned: a negative index is larger than any size.
  Value isOutside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge, op.getIndex(), op.getSize());
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  Value inside = arith::SelectOp::create(builder, loc, isOutside, zero, op.getIndex());
  if (isa<VectorType>(type))
    isOutside = vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, isOutside);
  scf::IfOp::create(builder, loc, isOutside, [&](OpBuilder &builder, Location loc) {
    Value one = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(1));
    memref::AtomicRMWOp::create(builder, loc, arith::AtomicRMWKind::ori, one, status, ValueRange());
    scf::YieldOp::create(builder, loc);
  });
  op.replaceAllUsesWith(inside);
  op.erase();
}

namespace {
struct LowerIndexChecks : lowbit::impl::LowerIndexChecksBase<LowerIndexChecks> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    SmallVector<CheckIndexOp> checks;
    function.walk([&](CheckIndexOp op) { checks.push_back(op); });
    if (checks.empty())
      return;
    OpBuilder builder(&getContext());
    Type word = builder.getI32Type();
    if (function.getResultTypes() != ArrayRef<Type>{word} || !function.getBody().hasOneBlock()) {
      checks.front().emitOpError() << "expected a function of one block that returns an i32, as "
                                      "lowbit-export-signatures leaves it, but got "
                                   << function.getFunctionType();
      return signalPassFailure();
    }
    Location loc = function.getLoc();
    builder.setInsertionPointToStart(&function.getBody().front());
    Value status = memref::AllocaOp::create(builder, loc, MemRefType::get({}, word));
    Value none = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
    memref::StoreOp::create(builder, loc, none, status);
    for (CheckIndexOp op : checks)
      lowerCheck(op, status);
    auto returnOp = cast<func::ReturnOp>(function.getBody().front().getTerminator());
    builder.setInsertionPoint(returnOp);
    returnOp->setOperands(memref::LoadOp::create(builder, loc, status).getResult());
  }
};
} // namespace
