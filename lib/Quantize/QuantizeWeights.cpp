#include "QuantizeWeights.h"
#include "Methods/BiasCorrection.h"
#include "Methods/GroupScales.h"
#include "Methods/Methods.h"
#include "RoundWeights.h"
#include "WeightGrid.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/ElementParameters.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

/// The part of the mean of the diagonal that is added to the diagonal of a Hessian. Without it elements that never vary
/// would leave its factor undefined, and weights would fit the few samples more than what they are samples of.
static constexpr double kDamping = 0.1;

namespace {
/// Rounds the weights of one op.
class WeightRounder {
public:
  WeightRounder(QuantizableOpInterface op, OpOperand &operand, quant::QuantizedType type, const QuantizePlan &plan)
      : op(op), weight(operand.get()), type(type), rule(*plan.getRule(op)), moments(plan.moments.lookup(op)),
        channelAxis(op.getOperandRoles()[operand.getOperandNumber()].channelAxis) {
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op.getOperation()))
      patches = ContractionPatches::get(linalgOp);
    if (patches && moments && moments->size != patches->elements.getCount())
      moments = nullptr;
  }

  /// The type that `round` leaves the weights in.
  quant::QuantizedType getType() const { return type; }

  /// The constant `weight`, rounded, to be quantized without further change.
  Value round() {
    auto values = getConstantValues<float>(weight);
    if (!values)
      return weight;
    const bool usesMoments = patches && moments;
    SmallVector<float, 0> rounded;
    if (usesMoments && rule.usesMoments())
      rounded = roundByMoments(values->get());
    else if (rule.rounding != WeightRounding::Nearest && channelAxis >= 0)
      rounded = roundPreservingSums(values->get(), getShape(), channelAxis, WeightGrid(type, getShape()));
    else if ((usesMoments && rule.correctsBias) || isHalfStepType(type))
      rounded = roundToNearest(values->get());
    else
      return weight;
    if (usesMoments && rule.correctsBias && hasCorrectableBias(op))
      correctBias(op, getShifts(values->get(), rounded));
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfterValue(weight);
    return createConstant<float>(builder, weight.getLoc(), cast<RankedTensorType>(weight.getType()), rounded,
                                 getConstantName(weight));
  }

private:
  ArrayRef<int64_t> getShape() const { return cast<RankedTensorType>(weight.getType()).getShape(); }
  int64_t getIndex(int64_t channel, int64_t element) const {
    return patches->channels.getOffset(channel) + patches->weights.getOffset(element);
  }

  SmallVector<float, 0> roundToNearest(ArrayRef<float> values) const {
    const WeightGrid grid(type, getShape());
    SmallVector<float, 0> rounded;
    for (auto [index, value] : llvm::enumerate(values))
      rounded.push_back(grid.getValue(grid.round(value, index), index));
    return rounded;
  }

  /// The Hessian of the squared error: where the bias takes up the mean error, only what varies counts.
  SquareMatrix getHessian() const {
    const bool isCentered = rule.correctsBias && hasCorrectableBias(op);
    SquareMatrix hessian(moments->size);
    for (int64_t i = 0; i < moments->size; ++i)
      for (int64_t j = 0; j < moments->size; ++j)
        hessian.at(i, j) = isCentered ? moments->getCovariance(i, j) : moments->getProduct(i, j);
    double trace = 0.0;
    for (int64_t i = 0; i < moments->size; ++i)
      trace += hessian.at(i, i);
    const double damping = trace > 0.0 ? kDamping * trace / static_cast<double>(moments->size) : 1.0;
    for (int64_t i = 0; i < moments->size; ++i)
      hessian.at(i, i) += damping;
    return hessian;
  }

  /// E[x y'] - E[x x'], less the products of means where the Hessian is; empty where the moments are not paired.
  SquareMatrix getTargetGap() const {
    if (!moments->isPaired())
      return SquareMatrix();
    const bool isCentered = rule.correctsBias && hasCorrectableBias(op);
    SquareMatrix gap(moments->size);
    for (int64_t i = 0; i < gap.size; ++i)
      for (int64_t j = 0; j < gap.size; ++j)
        gap.at(i, j) = isCentered ? moments->getTargetCovariance(i, j) - moments->getCovariance(i, j)
                                  : moments->getTargetProduct(i, j) - moments->getProduct(i, j);
    return gap;
  }

  /// The weights that integers stand for, of those `column` has: where what they are multiplied with is that of a
  /// quantized program, those that bring its sums nearest to the sums of the float program. With the patches x of the
  /// one and y of the other, |v'x - w'y|^2 + damping |v - w|^2 is least at v = w + H^-1 gap w.
  ///
  /// Y. Li et al.: "GPTAQ: Efficient Finetuning-Free Quantization for Asymmetric Calibration", 2025: the target of each
  /// layer is what the float program computes, not what the float layer makes of the input with its errors.
  void setTargets(WeightColumn &column, const GPTQ &gptq, const SquareMatrix &gap) const {
    if (!moments->isPaired())
      return;
    std::vector<double> right(gap.size, 0.0);
    for (int64_t i = 0; i < gap.size; ++i)
      for (auto [factor, weight] : llvm::zip_equal(gap.getRow(i), column.weights))
        right[i] += factor * weight;
    for (auto [weight, change] : llvm::zip_equal(column.weights, gptq.solve(right)))
      weight += change;
  }

  void roundColumn(WeightColumn &column, const GPTQ &gptq, const SquareMatrix &hessian) const {
    const StorageRange storage = WeightGrid::getStorage(type);
    gptq.round(column, storage);
    if (rule.rounding != WeightRounding::GPTQ)
      descend(column, hessian, storage);
  }

  /// Rounds with scales around the one that `column` has, and with those that fit the integers found, and keeps the
  /// best of them.
  void searchScale(WeightColumn &column, const GPTQ &gptq, const SquareMatrix &hessian) const {
    constexpr double kFactors[] = {1.0, 0.85, 1.15, 0.7, 1.3};
    constexpr unsigned kFits = 3;
    const float start = static_cast<float>(column.scales.front());
    WeightColumn best = column;
    double least = std::numeric_limits<double>::infinity();
    auto attempt = [&](float scale) {
      column.setScale(std::max(scale, std::numeric_limits<float>::min()));
      roundColumn(column, gptq, hessian);
      const double error = getSquaredError(column, hessian);
      if (!(error < least))
        return false;
      least = error;
      best = column;
      return true;
    };
    for (double factor : kFactors)
      attempt(static_cast<float>(start * factor));
    for (unsigned fit = 0; fit < kFits; ++fit)
      if (std::optional<float> scale = fitScale(best, hessian); !scale || !attempt(*scale))
        break;
    column = best;
  }

  /// Rounds with the groups' scales around those that `column` has, moves multipliers and the channel's scale to what
  /// fits the integers found, and keeps the best of all.
  void searchGroupScales(GroupedColumn &column, const GPTQ &gptq, const SquareMatrix &hessian) const {
    constexpr double kFactors[] = {1.0, 0.9, 1.1};
    constexpr unsigned kMoves = 3;
    const StorageRange storage = WeightGrid::getStorage(type);
    const GroupScales start = column.groupScales;
    GroupedColumn best = column;
    double least = std::numeric_limits<double>::infinity();
    auto keepIfBest = [&] {
      const double error = getSquaredError(column, hessian);
      if (!(error < least))
        return false;
      least = error;
      best = column;
      return true;
    };
    for (double factor : kFactors) {
      column.groupScales = start;
      column.groupScales.channelScale = roundChannelScale(static_cast<float>(start.channelScale * factor));
      column.applyScales();
      roundColumn(column, gptq, hessian);
      keepIfBest();
    }
    column = best;
    for (unsigned move = 0; move < kMoves; ++move) {
      descendMultipliers(column, hessian, storage);
      fitChannelScale(column, hessian);
      descend(column, hessian, storage);
      if (!keepIfBest())
        break;
    }
    column = best;
  }

  SmallVector<float, 0> roundGroupsByMoments(ArrayRef<float> values, quant::UniformQuantizedSubChannelType groups) {
    std::string reason;
    FailureOr<GroupMultipliers> multipliers = GroupMultipliers::get(groups, channelAxis, reason);
    if (failed(multipliers))
      return roundToNearest(values);
    const SquareMatrix hessian = getHessian();
    const GPTQ gptq(hessian);
    const SquareMatrix gap = getTargetGap();
    const ElementParameters &places = multipliers->getParameters();
    const SmallVector<unsigned, 0> groupOf = places.getIndices(getShape());
    const bool searches = rule.scales == WeightScales::MSE;
    SmallVector<float> scales = llvm::map_to_vector(places.scales, [](double s) { return static_cast<float>(s); });
    SmallVector<float, 0> rounded(values.size());
    for (int64_t channel = 0, end = patches->channels.getCount(); channel < end; ++channel) {
      GroupedColumn column;
      column.groupScales.channelScale = static_cast<float>(multipliers->getChannelScales()[channel]);
      SmallVector<unsigned> numbers;
      for (int64_t k = 0; k < hessian.size; ++k) {
        const int64_t index = getIndex(channel, k);
        auto found = llvm::find(numbers, groupOf[index]);
        column.groups.push_back(found - numbers.begin());
        if (found == numbers.end()) {
          numbers.push_back(groupOf[index]);
          column.groupScales.multipliers.push_back(multipliers->getMultipliers()[groupOf[index]]);
        }
        column.weights.push_back(values[index]);
        column.zeroPoints.push_back(static_cast<double>(places.zeroPoints[groupOf[index]]));
      }
      setTargets(column, gptq, gap);
      column.scales.resize(hessian.size);
      column.applyScales();
      if (searches)
        searchGroupScales(column, gptq, hessian);
      else
        roundColumn(column, gptq, hessian);
      for (int64_t k = 0; k < hessian.size; ++k) {
        const int64_t index = getIndex(channel, k);
        scales[groupOf[index]] = static_cast<float>(column.scales[k]);
        rounded[index] = static_cast<float>(column.getSteps(k)) * static_cast<float>(column.scales[k]);
      }
    }
    type = quant::UniformQuantizedSubChannelType::get(
        type.getFlags(), type.getStorageType(), type.getExpressedType(),
        DenseElementsAttr::get(groups.getScales().getType(), ArrayRef<float>(scales)), groups.getZeroPoints(),
        groups.getQuantizedDimensions(), groups.getBlockSizes(), type.getStorageTypeMin(), type.getStorageTypeMax());
    return rounded;
  }

  SmallVector<float, 0> roundByMoments(ArrayRef<float> values) {
    if (auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(type))
      return roundGroupsByMoments(values, groups);
    const WeightGrid start(type, getShape());
    const SquareMatrix hessian = getHessian();
    const GPTQ gptq(hessian);
    const SquareMatrix gap = getTargetGap();
    auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
    const bool searches = perAxis && rule.scales == WeightScales::MSE;
    SmallVector<double> scales;
    SmallVector<float, 0> rounded(values.size());
    WeightColumn column;
    column.weights.resize(hessian.size);
    column.scales.resize(hessian.size);
    for (int64_t channel = 0, end = patches->channels.getCount(); channel < end; ++channel) {
      for (int64_t k = 0; k < hessian.size; ++k) {
        column.weights[k] = values[getIndex(channel, k)];
        column.scales[k] = start.getScale(getIndex(channel, k));
      }
      column.zeroPoints.assign(hessian.size, start.getZeroPoint(getIndex(channel, 0)));
      setTargets(column, gptq, gap);
      if (searches)
        searchScale(column, gptq, hessian);
      else
        roundColumn(column, gptq, hessian);
      scales.push_back(column.scales.front() * (isHalfStepType(type) ? 0.5 : 1.0));
      for (int64_t k = 0; k < hessian.size; ++k)
        rounded[getIndex(channel, k)] = static_cast<float>(column.getSteps(k)) * static_cast<float>(column.scales[k]);
    }
    if (searches)
      type = quant::UniformQuantizedPerAxisType::get(type.getFlags(), type.getStorageType(), type.getExpressedType(),
                                                     scales, perAxis.getZeroPoints(), perAxis.getQuantizedDimension(),
                                                     type.getStorageTypeMin(), type.getStorageTypeMax());
    return rounded;
  }

  /// What the errors of the weights add to the mean of each output channel.
  SmallVector<double> getShifts(ArrayRef<float> values, ArrayRef<float> rounded) const {
    SmallVector<double> shifts;
    for (int64_t channel = 0, end = patches->channels.getCount(); channel < end; ++channel) {
      double shift = 0.0;
      for (int64_t k = 0; k < moments->size; ++k) {
        const int64_t index = getIndex(channel, k);
        shift += static_cast<double>(rounded[index]) * moments->getMean(k) -
                 static_cast<double>(values[index]) * moments->getTargetMean(k);
      }
      shifts.push_back(shift);
    }
    return shifts;
  }

  QuantizableOpInterface op;
  Value weight;
  quant::QuantizedType type;
  const RecipeRule &rule;
  const PatchMoments *moments;
  std::optional<ContractionPatches> patches;
  int64_t channelAxis;
};
} // namespace

void lowbit::quantizeWeights(const QuantizePlan &plan) {
  // Weights that several ops share are rounded alike where all that rounding depends on is.
  using Key = std::tuple<Value, Type, WeightRounding, const PatchMoments *>;
  llvm::DenseMap<Key, Value> pairs;
  llvm::SetVector<Operation *> replaced;
  for (auto [operand, type] : plan.weights) {
    auto op = cast<QuantizableOpInterface>(operand->getOwner());
    const RecipeRule *rule = plan.getRule(op);
    if (!rule)
      continue;
    Value weight = operand->get();
    Value &pair = pairs[{weight, type, rule->rounding, plan.moments.lookup(op)}];
    if (!pair) {
      WeightRounder rounder(op, *operand, type, plan);
      Value rounded = rounder.round();
      OpBuilder builder(op->getContext());
      builder.setInsertionPointAfterValue(rounded);
      pair = createQuantizedPair(builder, rounded, rounder.getType());
    }
    operand->set(pair);
    replaced.insert(weight.getDefiningOp());
  }
  for (Operation *weight : replaced)
    if (isOpTriviallyDead(weight))
      weight->erase();
}
