#include "lowbit/Quantize/WeightErrors.h"
#include "Methods/Methods.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// ||E|| / ||W|| at that width; nothing where a weight is not finite. 0 for weights of zeros alone, which stay.
static std::optional<double> getRelativeError(ArrayRef<float> weights, ArrayRef<int64_t> shape, int64_t channelAxis,
                                              const QuantScheme &scheme) {
  const int64_t channels = shape[channelAxis], stride = computeProduct(shape.drop_front(channelAxis + 1));
  auto getChannel = [&](int64_t index) { return index / stride % channels; };
  std::optional<SmallVector<float>> scales = scheme.bits >= 8
                                                 ? chooseWeightScales(weights, shape, channelAxis, scheme.weights)
                                                 : chooseMSEScales(weights, {}, getChannel, channels, scheme.weights);
  if (!scales)
    return std::nullopt;
  double error = 0.0, power = 0.0;
  for (auto [index, weight] : llvm::enumerate(weights)) {
    const double value = weight, scale = (*scales)[getChannel(index)];
    const double rounded = std::clamp<double>(std::nearbyint(value / scale), scheme.weights.min, scheme.weights.max);
    error += std::pow(rounded * scale - value, 2);
    power += value * value;
  }
  return power == 0.0 ? 0.0 : std::sqrt(error / power);
}

SmallVector<WeightErrors, 0> lowbit::getWeightErrors(FunctionOpInterface function) {
  SmallVector<WeightErrors, 0> found;
  const TensorNames names(function);
  function.walk([&](QuantizableOpInterface op) {
    for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOperands())) {
      auto values = role.kind == OperandRole::Kind::Weight ? getConstantValues<float>(operand) : std::nullopt;
      if (!values || role.channelAxis < 0)
        continue;
      WeightErrors errors{names.lookup(op->getResult(0)).str(), {}};
      ArrayRef<int64_t> shape = cast<RankedTensorType>(operand.getType()).getShape();
      for (unsigned bits : {8u, 4u, 2u})
        if (const QuantScheme *scheme = QuantScheme::get(bits))
          if (std::optional<double> error = getRelativeError(values->get(), shape, role.channelAxis, *scheme))
            errors.relative[bits] = *error;
      found.push_back(std::move(errors));
    }
  });
  return found;
}
