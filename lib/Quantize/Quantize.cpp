#include "LimitSums.h"
#include "Plan.h"
#include "QuantizeWeights.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/Quantize/Passes.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_QUANTIZE
#include "lowbit/Quantize/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Replaces the uses of `value`: all of them where an integer op computes it, since that op will leave nothing else,
/// those by integer ops otherwise.
static void quantizeActivation(Value value, quant::QuantizedType type, const QuantizePlan &plan) {
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  DequantizeOp dequantize = createQuantizedPair(builder, value, type);
  auto isInteger = [&](Operation *op) {
    auto model = dyn_cast_or_null<QuantizableOpInterface>(op);
    return model && plan.ops.contains(model);
  };
  const bool replacesAll = isInteger(value.getDefiningOp());
  value.replaceUsesWithIf(dequantize.getResult(), [&](OpOperand &use) {
    if (use.getOwner() == dequantize.getInput().getDefiningOp())
      return false;
    if (replacesAll)
      return true;
    if (!isInteger(use.getOwner()))
      return false;
    auto roles = cast<QuantizableOpInterface>(use.getOwner()).getOperandRoles();
    return roles[use.getOperandNumber()].kind == OperandRole::Kind::Activation;
  });
}

/// The type of steps whose products with the weights of `op` are known to add up to 32 bits.
static quant::QuantizedType getStepType(QuantizableOpInterface op, const RecipeRule &rule, const QuantizePlan &plan) {
  QuantScheme scheme = *QuantScheme::get(rule.activations);
  if (std::optional<int64_t> limit = getSumLimit(op, plan); limit && scheme.bits > 8 && *limit < scheme.weights.max)
    scheme.weights = {-*limit, *limit};
  return getWeightType(op->getContext(), scheme, /*scales=*/1.0f, /*channelAxis=*/-1);
}

/// Puts steps in scales that are found at run time on what the ops of such rules read. Ops that read one tensor in the
/// same way share them.
static void quantizeDynamicActivations(const QuantizePlan &plan) {
  llvm::DenseMap<std::tuple<Value, Type, int64_t>, Value> quantized;
  for (auto [op, rule] : plan.dynamicOps) {
    QuantizableOpInterface model = op;
    OpOperand &activation = *getFirstOperand(model, OperandRole::Kind::Activation);
    quant::QuantizedType steps = getStepType(model, *rule, plan);
    Value &result = quantized[{activation.get(), steps, model.getRowRank()}];
    if (!result) {
      OpBuilder builder(op->getContext());
      builder.setInsertionPointAfterValue(activation.get());
      result = createDynamicPair(builder, activation.get(), steps, model.getRowRank());
    }
    activation.set(result);
  }
}

static void applyPlan(const QuantizePlan &plan) {
  // First: what broadcasts a bias goes where that is corrected.
  for (const auto &[op, reason] : plan.floatReasons)
    op->setAttr(kFloatAttrName, StringAttr::get(op->getContext(), reason));
  for (auto [value, type] : plan.activations)
    quantizeActivation(value, type, plan);
  quantizeDynamicActivations(plan);
  quantizeWeights(plan);
}

/// Warns of the tensors whose samples the range leaves out.
static void warnOfNonFinite(const QuantizePlan &plan, const TensorNames &names, const CalibrationTable &table) {
  for (auto [value, type] : plan.activations) {
    auto producer = value.getDefiningOp<QuantizableOpInterface>();
    const Histogram *histogram = table.lookup(names.lookup(value));
    if (!histogram || (producer && producer.sharesScale()))
      continue;
    if (uint64_t count = histogram->getCount() - histogram->getFiniteCount())
      emitWarning(value.getLoc()) << "tensor '" << names.lookup(value) << "' was NaN or infinite in " << count << " of "
                                  << histogram->getCount() << " samples, which its range leaves out";
  }
}

namespace {

struct QuantizePass : lowbit::impl::QuantizeBase<QuantizePass> {
  using QuantizeBase::QuantizeBase;

  /// The calibration table; an empty one where no rule asks it for a range.
  FailureOr<CalibrationTable> readTable(const Recipe &recipe) {
    ModuleOp module = getOperation();
    if (calibration.empty() && !recipe.needsRanges())
      return CalibrationTable();
    if (calibration.empty())
      return emitError(module.getLoc()) << "expected the path of a calibration table in the option 'calibration'";
    llvm::Expected<CalibrationTable> table = CalibrationTable::read(calibration);
    if (!table)
      return emitError(module.getLoc()) << llvm::toString(table.takeError());
    if (std::string hash = computeProgramHash(module); hash != table->getProgramHash())
      return emitError(module.getLoc()) << "calibration table '" << calibration << "' is of program "
                                        << table->getProgramHash() << ", but this is program " << hash;
    return std::move(*table);
  }

  /// The moments; none where the option is empty.
  FailureOr<std::unique_ptr<Moments>> readMoments(const Recipe &recipe) {
    ModuleOp module = getOperation();
    if (moments.empty()) {
      for (const RecipeRule &rule : recipe.rules)
        if (rule.needsMoments())
          return emitError(FileLineColLoc::get(&getContext(), recipe.path, rule.line, rule.column))
                 << "recipe: " << rule.describe() << ": expected the path of moments in the option 'moments'";
      return std::unique_ptr<Moments>();
    }
    llvm::Expected<Moments> read = Moments::read(moments);
    if (!read)
      return emitError(module.getLoc()) << llvm::toString(read.takeError());
    if (std::string hash = computeProgramHash(module); hash != read->getProgramHash())
      return emitError(module.getLoc()) << "moments '" << moments << "' are of program " << read->getProgramHash()
                                        << ", but this is program " << hash;
    return std::make_unique<Moments>(std::move(*read));
  }

  LogicalResult verifyMethods(const Recipe &recipe) {
    for (const RecipeRule &rule : recipe.rules)
      if (!rule.isFloat && !getRangeMethod(rule.method)) {
        InFlightDiagnostic error = emitError(getOperation().getLoc())
                                   << "recipe: unknown method '" << rule.method << "', expected one of";
        for (const RangeMethod &method : getRangeMethods())
          error << " '" << method.name << "'";
        return error;
      }
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<Recipe> loaded = Recipe::load(recipe, module.getLoc());
    if (failed(loaded) || failed(verifyMethods(*loaded)))
      return signalPassFailure();
    FailureOr<CalibrationTable> table = readTable(*loaded);
    if (failed(table))
      return signalPassFailure();
    FailureOr<std::unique_ptr<Moments>> loadedMoments = readMoments(*loaded);
    if (failed(loadedMoments))
      return signalPassFailure();
    llvm::SmallPtrSet<const RecipeRule *, 4> matchedRules;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      FailureOr<QuantizePlan> plan = planQuantization(function, *loaded, *table, loadedMoments->get());
      if (failed(plan))
        return signalPassFailure();
      matchedRules.insert(plan->matchedRules.begin(), plan->matchedRules.end());
      warnOfNonFinite(*plan, TensorNames(function), *table);
      applyPlan(*plan);
    }
    if (failed(loaded->verifyMatched(matchedRules, &getContext())))
      signalPassFailure();
  }
};

} // namespace
