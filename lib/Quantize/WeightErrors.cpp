#include "lowbit/Quantize/WeightErrors.h"
#include "Plan.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/ElementParameters.h"
#include "lowbit/Support/QuantScheme.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// A width, and a size of groups or 0.
struct WeightForm {
  unsigned bits;
  unsigned group;

  std::string getName() const { return std::to_string(bits) + (group ? "-g" + std::to_string(group) : ""); }
};
} // namespace

static constexpr WeightForm kForms[] = {{8, 0}, {4, 0}, {4, 128}, {4, 32}, {4, 16}, {2, 0}};

/// What a recipe would say that asks for weights of that form alone, and leaves the rest to defaults.
static RecipeRule getRule(WeightForm form) {
  RecipeRule rule;
  rule.weights = form.bits;
  rule.scales = form.bits < 8 ? WeightScales::MSE : WeightScales::AbsMax;
  rule.granularity = form.group ? Granularity::Group : Granularity::Axis;
  rule.group = form.group;
  return rule;
}

/// ||E|| / ||W|| of weights rounded to the nearest integers of `type`; 0 for weights of zeros alone, which stay.
static double getRelativeError(ArrayRef<float> weights, ArrayRef<int64_t> shape, quant::QuantizedType type) {
  const ElementParameters parameters = *ElementParameters::get(type, shape.size());
  const SmallVector<unsigned, 0> indices = parameters.getIndices(shape);
  const auto least = static_cast<double>(type.getStorageTypeMin()),
             most = static_cast<double>(type.getStorageTypeMax());
  double error = 0.0, power = 0.0;
  for (auto [index, weight] : llvm::enumerate(weights)) {
    const double value = weight, scale = parameters.scales[indices[index]];
    error += std::pow(std::clamp(std::nearbyint(value / scale), least, most) * scale - value, 2);
    power += value * value;
  }
  return power == 0.0 ? 0.0 : std::sqrt(error / power);
}

SmallVector<WeightErrors, 0> lowbit::getWeightErrors(FunctionOpInterface function) {
  SmallVector<WeightErrors, 0> found;
  const TensorNames names(function);
  const CalibrationTable table;
  const RangeChooser chooser(names, table);
  function.walk([&](QuantizableOpInterface op) {
    for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOpOperands())) {
      auto values = role.kind == OperandRole::Kind::Weight ? getConstantValues<float>(operand.get()) : std::nullopt;
      if (!values || role.channelAxis < 0)
        continue;
      WeightErrors errors{names.lookup(op->getResult(0)).str(), {}};
      ArrayRef<int64_t> shape = cast<RankedTensorType>(operand.get().getType()).getShape();
      for (WeightForm form : kForms) {
        const RecipeRule rule = getRule(form);
        std::string reason;
        if (!QuantScheme::get(form.bits) || (form.group && RangeChooser::chooseGroup(role, shape, rule) != form.group))
          continue;
        if (auto type = chooser.chooseWeight(operand, role, rule, /*moments=*/nullptr, reason); succeeded(type))
          errors.relative[form.getName()] = getRelativeError(values->get(), shape, *type);
      }
      found.push_back(std::move(errors));
    }
  });
  return found;
}
