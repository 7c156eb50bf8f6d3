#include "BiasQuantization.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Propagate/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PROPAGATESCALES
#include "lowbit/Propagate/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static RankedTensorType withElementType(Value value, Type elementType) {
  return cast<RankedTensorType>(value.getType()).clone(elementType);
}

namespace {

/// Writes a solution into the program.
class Materializer {
public:
  Materializer(const ScaleConstraints &constraints, const ScaleSolution &solution)
      : constraints(constraints), solution(solution) {}

  void run() {
    for (auto [value, type] : llvm::zip_equal(constraints.getVariables(), solution.variables))
      Value(value).setType(withElementType(value, type));
    for (auto [group, type] : llvm::zip_equal(constraints.getGroups(), solution.groups))
      for (const ScaleEdge &edge : group.edges)
        if (solution.variables[edge.variable] != type)
          cut(edge, type);
  }

private:
  /// Puts a requantization on `edge`, whose group has elements of `type`.
  void cut(const ScaleEdge &edge, Type type) {
    Value variable = constraints.getVariables()[edge.variable];
    if (edge.operand) {
      edge.operand->set(getRequantized(variable, type));
      return;
    }
    // The op computes in the type of its group; what reads the result reads it requantized.
    OpBuilder builder(variable.getContext());
    builder.setInsertionPointAfterValue(variable);
    auto requantize = RequantizeOp::create(builder, variable.getLoc(), variable.getType(), variable);
    variable.replaceAllUsesExcept(requantize, requantize);
    variable.setType(withElementType(variable, type));
  }

  /// `variable` as a float tensor of `type`'s values.
  Value getRequantized(Value variable, Type type) {
    Value &requantized = cache[{variable, type}];
    if (requantized)
      return requantized;
    OpBuilder builder(variable.getContext());
    builder.setInsertionPointAfterValue(variable);
    Value quantized = RequantizeOp::create(builder, variable.getLoc(), withElementType(variable, type), variable);
    return requantized = DequantizeOp::create(builder, variable.getLoc(),
                                              withElementType(variable, builder.getF32Type()), quantized);
  }

  const ScaleConstraints &constraints;
  const ScaleSolution &solution;
  llvm::DenseMap<std::pair<Value, Type>, Value> cache;
};

} // namespace

/// Removes quantizations of dequantizations of the same type, and casts that nothing reads.
static void removeRedundantCasts(FunctionOpInterface function) {
  SmallVector<Operation *> casts;
  function.walk([&](Operation *op) {
    if (isa<QuantizeOp, DequantizeOp, RequantizeOp>(op))
      casts.push_back(op);
  });
  for (Operation *op : casts)
    if (auto quantize = dyn_cast<QuantizeOp>(op))
      if (Value source = getQuantized(quantize.getInput()); source && source.getType() == quantize.getType())
        quantize.getResult().replaceAllUsesWith(source);
  for (Operation *op : llvm::reverse(casts))
    if (op->use_empty())
      op->erase();
}

namespace {

struct PropagateScalesPass : lowbit::impl::PropagateScalesBase<PropagateScalesPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    // A pair that does nothing would hide that the tensors around it are one.
    removeRedundantCasts(function);
    ScaleConstraints constraints(function);
    ScaleSolution solution = solveScales(constraints.getProblem());
    Materializer(constraints, solution).run();
    function.walk([](QuantizableOpInterface op) { quantizeBias(op); });
    removeRedundantCasts(function);
  }
};

} // namespace
