#include "BiasCorrection.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::lowbit;

bool lowbit::hasCorrectableBias(QuantizableOpInterface op) {
  OpOperand *bias = op.getBiasOperand();
  return bias && getConstantValues<float>(bias->get());
}

void lowbit::correctBias(QuantizableOpInterface op, ArrayRef<double> shifts) {
  OpOperand *bias = op.getBiasOperand();
  auto values = getConstantValues<float>(bias->get());
  if (!values || values->get().size() != shifts.size() ||
      llvm::all_of(shifts, [](double shift) { return shift == 0.0; }))
    return;
  SmallVector<float, 0> corrected;
  for (auto [value, shift] : llvm::zip_equal(values->get(), shifts))
    corrected.push_back(static_cast<float>(static_cast<double>(value) - shift));
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfterValue(bias->get());
  auto type = cast<RankedTensorType>(bias->get().getType());
  Value constant = createConstant<float>(builder, bias->get().getLoc(), type, corrected, getConstantName(bias->get()));
  Operation *owner = bias->getOwner();
  if (owner == op.getOperation())
    return bias->set(constant);
  // What broadcasts the bias may do so for other ops too.
  builder.setInsertionPoint(op);
  Operation *clone = builder.clone(*owner);
  clone->setOperand(bias->getOperandNumber(), constant);
  op->replaceUsesOfWith(owner->getResult(0), clone->getResult(0));
  if (isOpTriviallyDead(owner))
    owner->erase();
}
