#include "lowbit/Support/FastFloat.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

arith::FastMathFlags lowbit::getFloatFlags(Operation *op) {
  auto module = isa<ModuleOp>(op) ? cast<ModuleOp>(op) : op->getParentOfType<ModuleOp>();
  return module && module->hasAttr(kFastFloatAttrName) ? arith::FastMathFlags::contract : arith::FastMathFlags::none;
}

void lowbit::setFloatFlags(Operation *root, arith::FastMathFlags flags) {
  root->walk([&](arith::ArithFastMathInterface op) {
    const bool isContractible = isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(op.getOperation());
    op->setAttr(op.getFastMathAttrName(),
                arith::FastMathFlagsAttr::get(op.getContext(), isContractible ? flags : arith::FastMathFlags::none));
  });
}

void lowbit::setFloatFlagsOfNamedOp(linalg::LinalgOp op) {
  if (!isa<linalg::GenericOp>(op.getOperation()))
    setFloatFlags(op, getFloatFlags(op));
}
