#include "Evaluator.h"
#include "lowbit/Dialect/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

/// From the most particular to the most general: the direct loops of contractions come before the walk of any
/// structured op.
static constexpr Evaluation (*kEvaluators[])(Operation *, const Scope &) = {
    evaluateCast,         evaluateContraction,      evaluateElementwise, evaluatePool,
    evaluateDataMovement, evaluateFloatContraction, evaluateStructured,  evaluateScalarOp};

/// Programs have no conditions, so that one that calls more deeply calls itself for ever.
static constexpr unsigned kMaxCallDepth = 64;

static FailureOr<SmallVector<Tensor>> run(func::FuncOp function, ArrayRef<Tensor> inputs, unsigned depth);

static FailureOr<Results> evaluateCall(func::CallOp call, const Scope &scope, unsigned depth) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  if (!callee || callee.isExternal())
    return call.emitError() << "calls a function without a body";
  if (depth == kMaxCallDepth)
    return call.emitError() << "calls are nested deeper than " << kMaxCallDepth;
  SmallVector<Tensor> inputs;
  for (Value operand : call.getOperands())
    inputs.push_back(scope.get(operand));
  FailureOr<SmallVector<Tensor>> outputs = run(callee, inputs, depth + 1);
  if (failed(outputs))
    return failure();
  return Results(outputs->begin(), outputs->end());
}

/// Evaluates one op and adds its results to `scope`.
static LogicalResult evaluate(Operation *op, Scope &scope, unsigned depth) {
  for (Value operand : op->getOperands())
    if (!scope.lookup(operand))
      return op->emitError() << "uses a value the interpreter has not computed";
  if (auto call = dyn_cast<func::CallOp>(op)) {
    FailureOr<Results> results = evaluateCall(call, scope, depth);
    if (failed(results))
      return failure();
    for (auto [result, tensor] : llvm::zip_equal(op->getResults(), *results))
      scope.set(result, std::move(tensor));
    return success();
  }
  for (auto evaluator : kEvaluators) {
    Evaluation evaluation = evaluator(op, scope);
    if (!evaluation)
      continue;
    if (failed(*evaluation))
      return failure();
    for (auto [result, tensor] : llvm::zip_equal(op->getResults(), **evaluation))
      scope.set(result, std::move(tensor));
    return success();
  }
  return op->emitError() << "the interpreter does not know this op";
}

/// `depth`: how many calls led to this function.
static FailureOr<SmallVector<Tensor>> run(func::FuncOp function, ArrayRef<Tensor> inputs, unsigned depth) {
  if (!function.getBody().hasOneBlock())
    return function.emitError() << "expected a function of one block";
  if (inputs.size() != function.getNumArguments())
    return function.emitError() << "expected " << function.getNumArguments() << " inputs, but got " << inputs.size();
  Scope scope;
  for (auto [argument, input] : llvm::zip_equal(function.getArguments(), inputs)) {
    FailureOr<Tensor> expected = createTensor(function, argument.getType());
    if (failed(expected))
      return failure();
    if (expected->shape != input.shape || expected->kind != input.kind || expected->bytes.size() != input.bytes.size())
      return function.emitError() << "expected input " << argument.getArgNumber() << " of type " << argument.getType()
                                  << ", but got one of another shape or element type";
    scope.set(argument, input);
  }
  for (Operation &op : function.getBody().front().without_terminator())
    if (!isa<ObserveOp>(op) && failed(evaluate(&op, scope, depth)))
      return failure();

  SmallVector<Tensor> results;
  Operation *terminator = function.getBody().front().getTerminator();
  for (Value value : terminator->getOperands()) {
    const Tensor *tensor = scope.lookup(value);
    if (!tensor)
      return terminator->emitError() << "returns a value the interpreter has not computed";
    results.push_back(*tensor);
  }
  return results;
}

FailureOr<SmallVector<Tensor>> reference::interpret(func::FuncOp function, ArrayRef<Tensor> inputs) {
  return run(function, inputs, /*depth=*/0);
}
