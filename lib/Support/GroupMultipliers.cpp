#include "lowbit/Support/GroupMultipliers.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// `factor * 2^exponent`; the factor is odd, or 0 for the number 0.
struct Dyadic {
  uint32_t factor = 0;
  int exponent = 0;

  /// Of a positive, finite f32: a factor of at most 24 bits.
  static Dyadic get(double value) {
    constexpr int kBits = std::numeric_limits<float>::digits;
    int exponent;
    const auto significand = static_cast<uint32_t>(std::ldexp(std::frexp(value, &exponent), kBits));
    const int zeros = llvm::countr_zero(significand);
    return {significand >> zeros, exponent - kBits + zeros};
  }

  double getValue() const { return std::ldexp(static_cast<double>(factor), exponent); }
};
} // namespace

static Dyadic getGreatestCommonDivisor(Dyadic a, Dyadic b) {
  if (a.factor == 0)
    return b;
  return {std::gcd(a.factor, b.factor), std::min(a.exponent, b.exponent)};
}

/// How many times `divisor` is `value`; at least 2^31 where that is no i32.
static int64_t getMultiple(Dyadic value, Dyadic divisor) {
  const int shift = std::min(value.exponent - divisor.exponent, 31);
  return static_cast<int64_t>(value.factor / divisor.factor) << shift;
}

/// The largest magnitude of `q - zeroPoint` for the integers that the storage of `type` can hold, whatever range it is
/// said to use: nothing checks constants against that.
static int64_t getLargestDifference(quant::QuantizedType type, int64_t zeroPoint) {
  const unsigned bits = type.getStorageTypeIntegralWidth();
  const int64_t min = type.isSigned() ? -(int64_t(1) << (bits - 1)) : 0;
  const int64_t max = min + (int64_t(1) << bits) - 1;
  return std::max(std::abs(min - zeroPoint), std::abs(max - zeroPoint));
}

FailureOr<GroupMultipliers> GroupMultipliers::get(quant::UniformQuantizedSubChannelType type, int64_t channelAxis,
                                                  std::string &reason) {
  const int64_t rank = type.getScales().getType().getRank();
  const int64_t groupAxis = getGroupAxis(rank, channelAxis);
  auto refuse = [&](std::string text) {
    reason = std::move(text);
    return failure();
  };
  if (type.getStorageTypeIntegralWidth() > 8)
    return refuse("weights in groups have more than 8 bits");
  if (rank < 2 || channelAxis < 0 || channelAxis >= rank)
    return refuse("weights in groups have no output channels");
  SmallVector<bool> isSingle(rank, false);
  for (auto [dim, size] : llvm::zip_equal(type.getQuantizedDimensions(), type.getBlockSizes()))
    if (dim >= 0 && dim < rank)
      isSingle[dim] = size == 1 || dim == groupAxis;
  if (!llvm::all_of(isSingle, [](bool single) { return single; }))
    return refuse("groups of weights extend along another dimension than " + std::to_string(groupAxis));

  GroupMultipliers result;
  result.parameters = *ElementParameters::get(type, rank);
  ArrayRef<double> scales = result.parameters.scales;
  const int64_t channels = result.parameters.shape[channelAxis];
  const int64_t stride = computeProduct(ArrayRef<int64_t>(result.parameters.shape).drop_front(channelAxis + 1));
  auto getChannel = [&](int64_t index) { return index / stride % channels; };
  SmallVector<Dyadic> divisors(channels);
  for (auto [index, scale] : llvm::enumerate(scales)) {
    if (!(scale > 0.0) || !std::isfinite(scale))
      return refuse("the scale of a group of weights is no positive, finite f32");
    Dyadic &divisor = divisors[getChannel(index)];
    divisor = getGreatestCommonDivisor(divisor, Dyadic::get(scale));
  }
  for (auto [index, scale, zeroPoint] : llvm::enumerate(scales, result.parameters.zeroPoints)) {
    const int64_t channel = getChannel(index), multiplier = getMultiple(Dyadic::get(scale), divisors[channel]);
    const int64_t magnitude = multiplier * getLargestDifference(type, zeroPoint);
    if (magnitude > kLargestMagnitude)
      return refuse(
          "the groups of weights of output channel " + std::to_string(channel) +
          " have scales that are too large multiples of their common divisor: an effective weight may reach " +
          std::to_string(magnitude) + ", more than " + std::to_string(kLargestMagnitude));
    result.largestMagnitude = std::max(result.largestMagnitude, magnitude);
    result.multipliers.push_back(static_cast<int8_t>(multiplier));
  }
  result.channelScales = llvm::map_to_vector(divisors, [](Dyadic divisor) { return divisor.getValue(); });
  if (llvm::any_of(result.channelScales, [](double scale) { return scale < std::numeric_limits<float>::min(); }))
    return refuse("the common divisor of the scales of groups of weights is subnormal");
  return result;
}

SmallVector<int8_t, 0> GroupMultipliers::expand(ArrayRef<int8_t> weights, ArrayRef<int64_t> shape) const {
  SmallVector<int8_t, 0> expanded;
  expanded.reserve(weights.size());
  // Unsigned storage is given as the bytes that hold it: modulo 256 all this is the same.
  for (auto [weight, group] : llvm::zip_equal(weights, parameters.getIndices(shape)))
    expanded.push_back(static_cast<int8_t>(multipliers[group] * (weight - parameters.zeroPoints[group])));
  return expanded;
}

float lowbit::roundChannelScale(float scale) {
  constexpr int kBits = std::numeric_limits<float>::digits, kMultiplierBits = 7;
  int exponent;
  const float significand = std::frexp(scale, &exponent);
  return std::ldexp(std::ceil(std::ldexp(significand, kBits - kMultiplierBits)), exponent - kBits + kMultiplierBits);
}

quant::UniformQuantizedSubChannelType lowbit::withChannelScales(quant::UniformQuantizedSubChannelType type,
                                                                int64_t channelAxis, ArrayRef<float> scales) {
  std::string reason;
  FailureOr<GroupMultipliers> multipliers = GroupMultipliers::get(type, channelAxis, reason);
  if (failed(multipliers))
    return {};
  const ElementParameters &groups = multipliers->getParameters();
  const int64_t stride = computeProduct(ArrayRef<int64_t>(groups.shape).drop_front(channelAxis + 1));
  SmallVector<float, 0> groupScales;
  for (auto [index, multiplier] : llvm::enumerate(multipliers->getMultipliers())) {
    const int64_t channel = index / stride % groups.shape[channelAxis];
    const bool isKept = scales[channel] == static_cast<float>(multipliers->getChannelScales()[channel]);
    groupScales.push_back(multiplier * (isKept ? scales[channel] : roundChannelScale(scales[channel])));
    if (!std::isfinite(groupScales.back()))
      return {};
  }
  return quant::UniformQuantizedSubChannelType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(),
      DenseElementsAttr::get(type.getScales().getType(), ArrayRef<float>(groupScales)), type.getZeroPoints(),
      type.getQuantizedDimensions(), type.getBlockSizes(), type.getStorageTypeMin(), type.getStorageTypeMax());
}

ElementParameters lowbit::getGroupPlaces(MLIRContext *context, ArrayRef<int64_t> shape, int64_t channelAxis,
                                         int64_t group) {
  const int64_t rank = shape.size(), groupAxis = GroupMultipliers::getGroupAxis(rank, channelAxis);
  ElementParameters places;
  places.shape.assign(shape.begin(), shape.end());
  places.shape[groupAxis] /= group;
  SmallVector<AffineExpr> indices;
  for (int64_t dim = 0; dim < rank; ++dim)
    indices.push_back(getAffineDimExpr(dim, context));
  indices[groupAxis] = indices[groupAxis].floorDiv(group);
  places.map = AffineMap::get(rank, 0, indices, context);
  return places;
}

quant::UniformQuantizedSubChannelType lowbit::getGroupType(MLIRContext *context, const QuantScheme &scheme,
                                                           ArrayRef<float> scales, ArrayRef<int64_t> shape,
                                                           int64_t channelAxis, int64_t group,
                                                           ArrayRef<int64_t> zeroPoints) {
  const int64_t rank = shape.size();
  Type storage = IntegerType::get(context, scheme.bits), expressed = Float32Type::get(context);
  auto type = RankedTensorType::get(getGroupPlaces(context, shape, channelAxis, group).shape, expressed);
  SmallVector<int32_t> dimensions = llvm::to_vector(llvm::seq<int32_t>(0, static_cast<int32_t>(rank)));
  SmallVector<int64_t> blocks(rank, 1);
  blocks[GroupMultipliers::getGroupAxis(rank, channelAxis)] = group;
  SmallVector<APInt> zeros(scales.size(), APInt::getZero(scheme.bits));
  for (auto [zero, zeroPoint] : llvm::zip(zeros, zeroPoints))
    zero = APInt(scheme.bits, zeroPoint, /*isSigned=*/true);
  return quant::UniformQuantizedSubChannelType::get(
      quant::QuantizationFlags::Signed, storage, expressed, DenseElementsAttr::get(type, scales),
      DenseElementsAttr::get(type.clone(storage), zeros), dimensions, blocks, scheme.weights.min, scheme.weights.max);
}

std::optional<SmallVector<double>> lowbit::getChannelScales(quant::QuantizedType type, int64_t channelAxis) {
  if (auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(type)) {
    std::string reason;
    FailureOr<GroupMultipliers> multipliers = GroupMultipliers::get(groups, channelAxis, reason);
    if (failed(multipliers))
      return std::nullopt;
    return SmallVector<double>(multipliers->getChannelScales());
  }
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (!isa<quant::UniformQuantizedType>(type) && !(perAxis && perAxis.getQuantizedDimension() == channelAxis))
    return std::nullopt;
  return ElementParameters::get(type, /*rank=*/channelAxis + 1)->scales;
}
