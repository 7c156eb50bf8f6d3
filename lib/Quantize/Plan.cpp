#include "Plan.h"
#include "LimitSums.h"
#include "lowbit/OpModels/StorageClamp.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The operands of that role.
static SmallVector<OpOperand *> getOperands(QuantizableOpInterface op, OperandRole::Kind kind) {
  SmallVector<OpOperand *> operands;
  for (auto [role, operand] : llvm::zip(op.getOperandRoles(), op->getOpOperands()))
    if (role.kind == kind)
      operands.push_back(&operand);
  return operands;
}

/// True where `value` is what an op with weights computed, or made of such tensors element by element.
static bool isMadeWithWeights(Value value) {
  auto producer = value.getDefiningOp<QuantizableOpInterface>();
  if (!producer)
    return false;
  SmallVector<Value> sources;
  for (auto [role, operand] : llvm::zip_equal(producer.getOperandRoles(), producer->getOperands())) {
    if (role.kind == OperandRole::Kind::Weight)
      return true;
    if (role.kind == OperandRole::Kind::Activation)
      sources.push_back(operand);
  }
  auto isSameSize = [&](Value source) {
    auto type = cast<ShapedType>(value.getType()), sourceType = cast<ShapedType>(source.getType());
    return type.hasStaticShape() && sourceType.hasStaticShape() && type.getNumElements() == sourceType.getNumElements();
  };
  return !sources.empty() &&
         llvm::all_of(sources, [&](Value source) { return isSameSize(source) && isMadeWithWeights(source); });
}

/// Success where the scales of what `op` reads may be found at run time: they must come out of its sums, which they do
/// where all other factors are weights.
static LogicalResult verifyDynamic(QuantizableOpInterface op, std::string &reason) {
  if (op.returnsAccumulators() && getOperands(op, OperandRole::Kind::Activation).size() == 1 &&
      !getOperands(op, OperandRole::Kind::Weight).empty())
    return success();
  reason = "ranges are found at run time for products with constant weights alone";
  return failure();
}

namespace {

class Planner {
public:
  Planner(FunctionOpInterface function, const Recipe &recipe, const CalibrationTable &table, const Moments *moments)
      : function(function), recipe(recipe), names(function), ranges(names, table), moments(moments) {}

  FailureOr<QuantizePlan> run() {
    selectOps();
    keepIsolatedFloat();
    // An op whose tensor has no range stays float, which may leave others without a reason to be integer.
    while (true) {
      const size_t count = plan.ops.size();
      if (failed(chooseActivations()))
        return failure();
      if (plan.ops.size() == count)
        break;
      keepIsolatedFloat();
    }
    return std::move(plan);
  }

private:
  void keepFloat(QuantizableOpInterface op, std::string reason) {
    plan.ops.erase(op);
    plan.floatReasons[op] = std::move(reason);
  }

  void selectOps();
  void select(QuantizableOpInterface op, const RecipeRule &rule, std::string &reason);
  LogicalResult chooseWeights(QuantizableOpInterface op, const RecipeRule &rule, std::string &reason);
  void keepIsolatedFloat();
  void keepIsolatedMovesFloat();
  bool hasIntegerNeighbors(QuantizableOpInterface op) const;
  bool keepIsolatedCombinationsFloat();
  LogicalResult chooseActivations();
  LogicalResult chooseActivation(Value value, QuantizableOpInterface user, std::string &reason);
  bool isFusedEdge(Value value) const;
  bool isReadByInteger(Value value) const;
  bool isUnrounded(Value value) const;

  FunctionOpInterface function;
  const Recipe &recipe;
  TensorNames names;
  RangeChooser ranges;
  const Moments *moments;
  QuantizePlan plan;
};

} // namespace

void Planner::selectOps() {
  function.walk([&](QuantizableOpInterface op) {
    if (op->getNumResults() != 1 || !isa<RankedTensorType>(op->getResult(0).getType()))
      return;
    // A repeated constant is what reads it decides: the bias of a contraction.
    if (op.repeatsValues() && matchPattern(op->getOperand(0), m_Constant()))
      return;
    std::string reason;
    const RecipeRule *rule = recipe.find(getKindName(op), op->getName().getStringRef(), names.lookup(op->getResult(0)));
    if (rule)
      plan.matchedRules.insert(rule);
    if (!rule)
      reason = "no rule of the recipe matches it";
    else if (rule->isFloat)
      reason = "the recipe keeps it float";
    // What layers repeat beside that are the means, variances and maxima of normalizations, whose rows one scale can't
    // tell apart, and masks of values without bounds.
    else if (op.repeatsValues() && !isMadeWithWeights(op->getOperand(0)))
      reason = "it repeats what no op with weights computed, as a normalization or a mask does: that takes floats";
    else
      select(op, *rule, reason);
    if (!plan.ops.contains(op) && !plan.dynamicOps.contains(op))
      plan.floatReasons[op] = reason;
  });
}

void Planner::select(QuantizableOpInterface op, const RecipeRule &rule, std::string &reason) {
  if (rule.isDynamic && failed(verifyDynamic(op, reason)))
    return;
  if (rule.activations == 0 && getOperands(op, OperandRole::Kind::Weight).empty()) {
    reason = "the recipe keeps activations float, and it has no weights";
    return;
  }
  if (failed(op.verifyQuantizable(rule.getWidths(), reason)) || failed(chooseWeights(op, rule, reason)))
    return;
  if (rule.activations == 0) {
    plan.weightOnlyOps[op] = &rule;
    reason = "the recipe asks for that";
    return;
  }
  (rule.isDynamic ? plan.dynamicOps : plan.ops)[op] = &rule;
}

LogicalResult Planner::chooseWeights(QuantizableOpInterface op, const RecipeRule &rule, std::string &reason) {
  const PatchMoments *patches = moments ? moments->lookup(names.lookup(op->getResult(0))) : nullptr;
  if (patches)
    plan.moments[op] = patches;
  for (auto [role, operand] : llvm::zip(op.getOperandRoles(), op->getOpOperands())) {
    if (role.kind != OperandRole::Kind::Weight)
      continue;
    auto type = ranges.chooseWeight(operand, role, rule, patches, reason);
    if (failed(type))
      return failure();
    plan.weights[&operand] = *type;
  }
  return success();
}

/// A chain of ops that only move values gains nothing from integers where all its neighbours compute with floats.
void Planner::keepIsolatedMovesFloat() {
  llvm::DenseSet<Value> integers;
  llvm::SetVector<QuantizableOpInterface> moves;
  auto addTensors = [&](QuantizableOpInterface op) {
    integers.insert(op->getResult(0));
    for (OpOperand *operand : getOperands(op, OperandRole::Kind::Activation))
      integers.insert(operand->get());
  };
  for (auto [op, rule] : plan.ops) {
    QuantizableOpInterface model = op;
    if (model.sharesScale())
      moves.insert(model);
    else
      addTensors(model);
  }
  auto touchesInteger = [&](QuantizableOpInterface op) {
    return integers.contains(op->getResult(0)) ||
           llvm::any_of(getOperands(op, OperandRole::Kind::Activation),
                        [&](OpOperand *operand) { return integers.contains(operand->get()); });
  };
  for (bool changed = true; changed;) {
    changed = moves.remove_if([&](QuantizableOpInterface op) {
      if (!touchesInteger(op))
        return false;
      addTensors(op);
      return true;
    });
  }
  for (QuantizableOpInterface op : moves)
    keepFloat(op, "it only moves values between float ops");
}

/// True where `value` goes from an op to the clamp that will be computed inside it.
bool Planner::isFusedEdge(Value value) const {
  auto producer = value.getDefiningOp<QuantizableOpInterface>();
  if (!producer || !producer.acceptsClamp() || !plan.ops.contains(producer) || !value.hasOneUse())
    return false;
  auto clamp = dyn_cast<QuantizableOpInterface>(*value.user_begin());
  return clamp && clamp.getClampBounds() && plan.ops.contains(clamp);
}

/// True where the tensors that `op`, which needs integers around it, reads and gives are integers anyway. Arguments are
/// for an op that combines several tensors; a function of one alone is better quantized after it. What such an op gives
/// may be the end of the program; a function that float ops read, or exact sums, are floats as well.
bool Planner::hasIntegerNeighbors(QuantizableOpInterface op) const {
  const SmallVector<OpOperand *> operands = getOperands(op, OperandRole::Kind::Activation);
  const bool combines = operands.size() > 1;
  auto isInteger = [&](OpOperand *operand) {
    Value value = operand->get();
    auto producer = value.getDefiningOp<QuantizableOpInterface>();
    if (producer && plan.ops.contains(producer))
      return true;
    return isa<BlockArgument>(value) ? combines || op.returnsAccumulators() : ranges.isConstant(value);
  };
  return llvm::all_of(operands, isInteger) &&
         (combines || op.returnsAccumulators() || isReadByInteger(op->getResult(0)));
}

/// True where an op that needs integers around it lost them; it is kept float.
bool Planner::keepIsolatedCombinationsFloat() {
  SmallVector<QuantizableOpInterface> isolated;
  for (auto [op, rule] : plan.ops) {
    QuantizableOpInterface model = op;
    if (model.needsIntegerNeighbors() && !hasIntegerNeighbors(model))
      isolated.push_back(model);
  }
  for (QuantizableOpInterface op : isolated)
    keepFloat(op, "it is not between integer ops");
  return !isolated.empty();
}

/// Keeps float what gains nothing from integers: that may leave others without an integer op beside them.
void Planner::keepIsolatedFloat() {
  do
    keepIsolatedMovesFloat();
  while (keepIsolatedCombinationsFloat());
}

/// True where an op that will compute with integers takes them from `value`.
bool Planner::isReadByInteger(Value value) const {
  return llvm::any_of(value.getUses(), [&](OpOperand &use) {
    auto user = dyn_cast<QuantizableOpInterface>(use.getOwner());
    return user && plan.ops.contains(user) &&
           user.getOperandRoles()[use.getOperandNumber()].kind == OperandRole::Kind::Activation;
  });
}

/// True where `value` is made of exact sums that no integer op reads: rounding them to 8 bits would only lose.
bool Planner::isUnrounded(Value value) const {
  auto producer = value.getDefiningOp<QuantizableOpInterface>();
  if (!producer || !plan.ops.contains(producer) || isReadByInteger(value))
    return false;
  std::optional<FloatRange> bounds = producer.getClampBounds();
  if (!bounds)
    return producer.returnsAccumulators();
  Value source = getOperands(producer, OperandRole::Kind::Activation).front()->get();
  return isFusedEdge(source) && getAccumulatorClamp(*bounds) &&
         cast<QuantizableOpInterface>(source.getDefiningOp()).returnsAccumulators();
}

LogicalResult Planner::chooseActivation(Value value, QuantizableOpInterface user, std::string &reason) {
  if (plan.activations.contains(value) || isFusedEdge(value) || isUnrounded(value))
    return success();
  // The producer's rule decides; where that is no integer op, the first user's.
  auto producer = value.getDefiningOp<QuantizableOpInterface>();
  const RecipeRule *rule = producer ? plan.ops.lookup(producer) : nullptr;
  bool isMissing = false;
  auto type = ranges.choose(value, rule ? *rule : *plan.ops.lookup(user), reason, isMissing);
  if (succeeded(type)) {
    plan.activations[value] = *type;
    return success();
  }
  if (isMissing) {
    reason.clear();
    return emitError(value.getLoc()) << "the calibration table has no tensor '" << names.lookup(value) << "'";
  }
  // Values that a move adds, as the infinities that pad a maximum, are no reason to keep it float.
  if (value.getDefiningOp() == user.getOperation() && user.sharesScale())
    for (OpOperand *operand : getOperands(user, OperandRole::Kind::Activation))
      if (auto type = plan.activations.lookup(operand->get())) {
        plan.activations[value] = type;
        return success();
      }
  return failure();
}

/// Gives every tensor of the integer ops its type. Removes ops that can't be integer; fails after an error.
LogicalResult Planner::chooseActivations() {
  plan.activations.clear();
  SmallVector<QuantizableOpInterface> ops = llvm::map_to_vector(plan.ops, [](auto &entry) { return entry.first; });
  for (QuantizableOpInterface op : ops) {
    SmallVector<Value> values =
        llvm::map_to_vector(getOperands(op, OperandRole::Kind::Activation), [](OpOperand *use) { return use->get(); });
    values.push_back(op->getResult(0));
    for (Value value : values) {
      std::string reason;
      if (succeeded(chooseActivation(value, op, reason)))
        continue;
      if (reason.empty())
        return failure();
      keepFloat(op, reason);
      break;
    }
  }
  return success();
}

FailureOr<QuantizePlan> lowbit::planQuantization(FunctionOpInterface function, const Recipe &recipe,
                                                 const CalibrationTable &table, const Moments *moments) {
  FailureOr<QuantizePlan> plan = Planner(function, recipe, table, moments).run();
  if (succeeded(plan))
    limitSums(*plan);
  return plan;
}
