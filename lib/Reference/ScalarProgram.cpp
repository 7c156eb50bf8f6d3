#include "ScalarProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

FailureOr<ScalarProgram> ScalarProgram::create(Block &body, const Scope &scope) {
  ScalarProgram program;
  DenseMap<Value, unsigned> slotOf;
  program.slots.resize(body.getNumArguments());
  for (BlockArgument argument : body.getArguments())
    slotOf[argument] = argument.getArgNumber();
  for (Operation &op : body.without_terminator())
    if (failed(program.add(&op, scope, slotOf)))
      return failure();
  Operation *terminator = body.getTerminator();
  for (Value value : terminator->getOperands()) {
    auto slot = slotOf.find(value);
    if (slot != slotOf.end()) {
      program.results.push_back(slot->second);
      continue;
    }
    const Tensor *tensor = scope.lookup(value);
    if (!tensor || !tensor->shape.empty())
      return terminator->emitError() << "yields a value the interpreter has not computed";
    program.results.push_back(program.slots.size());
    program.slots.push_back(readScalar(*tensor, 0));
  }
  return program;
}

bool reference::isScalarProgram(Block &body) {
  return llvm::all_of(body.without_terminator(), [](Operation &op) {
    return isa<arith::ConstantOp>(op) ? !isa<ShapedType>(op.getResult(0).getType()) : getScalarStep(&op).has_value();
  });
}

LogicalResult ScalarProgram::add(Operation *op, const Scope &scope, DenseMap<Value, unsigned> &slotOf) {
  if (op->getNumResults() != 1)
    return op->emitError() << "the interpreter does not know this op in the body of a structured op";
  // Constants and values from outside the body fill their slots once.
  auto addSlot = [&](Value value, Scalar scalar) {
    slots.push_back(scalar);
    return slotOf[value] = slots.size() - 1;
  };
  if (isa<arith::ConstantOp>(op)) {
    Evaluation constant = evaluateDataMovement(op, scope);
    if (!constant || failed(*constant))
      return failure();
    if (!(**constant)[0].shape.empty())
      return op->emitError() << "expected a scalar constant in the body of a structured op";
    addSlot(op->getResult(0), readScalar((**constant)[0], 0));
    return success();
  }

  std::optional<Step> step = getScalarStep(op);
  OperandRange operands = op->getOperands();
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    step.emplace();
    step->dim = index.getDim();
  } else if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    step.emplace();
    step->source = scope.lookup(extract.getTensor());
    if (!step->source)
      return op->emitError() << "reads a tensor the interpreter has not computed";
    operands = extract.getIndices();
  }
  if (!step)
    return op->emitError() << "the interpreter does not know this op in the body of a structured op";
  step->op = op;
  for (Value operand : operands) {
    auto slot = slotOf.find(operand);
    if (slot == slotOf.end()) {
      const Tensor *tensor = scope.lookup(operand);
      if (!tensor || !tensor->shape.empty())
        return op->emitError() << "uses a value the interpreter has not computed";
      step->operands.push_back(addSlot(operand, readScalar(*tensor, 0)));
    } else {
      step->operands.push_back(slot->second);
    }
  }
  step->result = addSlot(op->getResult(0), Scalar());
  steps.push_back(std::move(*step));
  return success();
}

LogicalResult ScalarProgram::run(ArrayRef<Scalar> arguments, ArrayRef<int64_t> indices) {
  llvm::copy(arguments, slots.begin());
  SmallVector<Scalar, 4> operands;
  for (const Step &step : steps) {
    operands.clear();
    for (unsigned operand : step.operands)
      operands.push_back(slots[operand]);
    if (step.function) {
      slots[step.result] = (*step.function)(step, operands);
      continue;
    }
    if (!step.source) {
      slots[step.result].i = indices[step.dim];
      continue;
    }
    int64_t position = 0;
    for (auto [size, index] : llvm::zip_equal(step.source->shape, operands)) {
      if (index.i < 0 || index.i >= size)
        return step.op->emitError() << "index " << index.i << " is outside a dimension of size " << size;
      position = position * size + index.i;
    }
    slots[step.result] = readScalar(*step.source, position);
  }
  return success();
}
