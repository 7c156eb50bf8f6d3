#include "lowbit/Quantize/WeightHistograms.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/ElementParameters.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// The values of constant weights, as their quantization leaves them where there is one; nothing for other operands.
static std::optional<SmallVector<float, 0>> getValues(Value weight) {
  Value quantized = getQuantized(weight);
  Value source = weight;
  if (quantized) {
    auto quantize = quantized.getDefiningOp<QuantizeOp>();
    source = quantize ? quantize.getInput() : Value();
  }
  auto constant = source ? getConstantValues<float>(source) : std::nullopt;
  if (!constant)
    return std::nullopt;
  SmallVector<float, 0> values(constant->get());
  if (!quantized)
    return values;
  auto tensor = cast<RankedTensorType>(quantized.getType());
  auto type = cast<quant::QuantizedType>(tensor.getElementType());
  auto parameters = ElementParameters::get(type, tensor.getRank());
  if (!parameters)
    return std::nullopt;
  for (auto [value, index] : llvm::zip_equal(values, parameters->getIndices(tensor.getShape()))) {
    const float scale = static_cast<float>(parameters->scales[index]);
    const int64_t zeroPoint = parameters->zeroPoints[index];
    value = reference::dequantize(
        reference::quantize(value, scale, zeroPoint, {type.getStorageTypeMin(), type.getStorageTypeMax()}), scale,
        zeroPoint);
  }
  return values;
}

static std::optional<WeightHistogram> buildHistogram(ArrayRef<float> values, std::string name) {
  WeightHistogram histogram{std::move(name), 0.0f, SmallVector<int64_t, 0>(WeightHistogram::kBins, 0)};
  for (float value : values) {
    if (!std::isfinite(value))
      return std::nullopt;
    histogram.largest = std::max(histogram.largest, std::fabs(value));
  }
  const double width = 2.0 * histogram.largest / WeightHistogram::kBins;
  for (float value : values) {
    const double place = width > 0.0 ? (static_cast<double>(value) + histogram.largest) / width : 0.0;
    ++histogram.counts[std::min(static_cast<int64_t>(place), WeightHistogram::kBins - 1)];
  }
  return histogram;
}

SmallVector<WeightHistogram, 0> lowbit::getWeightHistograms(FunctionOpInterface function) {
  SmallVector<WeightHistogram, 0> histograms;
  const TensorNames names(function);
  function.walk([&](QuantizableOpInterface op) {
    for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOperands())) {
      auto values = role.kind == OperandRole::Kind::Weight ? getValues(operand) : std::nullopt;
      if (!values)
        continue;
      if (auto histogram = buildHistogram(*values, names.lookup(op->getResult(0)).str()))
        histograms.push_back(std::move(*histogram));
    }
  });
  return histograms;
}
