#include "ChannelScaling.h"
#include "Utils.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/FloatForm.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Where the channels are in a tensor: index i of `dim` is the channel `i / stride % channels`.
struct ChannelPlace {
  int64_t dim;
  int64_t stride;
};

/// Follows the channels of one contraction to whoever reads them.
class ChannelFollower {
public:
  explicit ChannelFollower(SmallVectorImpl<ChannelReader> &readers) : readers(readers) {}

  /// Success where all that reads `value` leads to contractions; the reason it does not is in `reason`.
  LogicalResult follow(Value value, ChannelPlace place);
  std::string reason;

private:
  LogicalResult followUse(OpOperand &use, ChannelPlace place);
  LogicalResult addReader(linalg::LinalgOp op, ChannelPlace place);
  LogicalResult refuse(Operation *op, const Twine &why) {
    reason = ("'" + op->getName().getStringRef() + "' " + why).str();
    return failure();
  }

  SmallVectorImpl<ChannelReader> &readers;
};
} // namespace

LogicalResult ChannelFollower::follow(Value value, ChannelPlace place) {
  for (OpOperand &use : value.getUses())
    if (failed(followUse(use, place)))
      return failure();
  return success();
}

/// Constants of f32 that can be written anew.
static bool hasConstantWeights(linalg::LinalgOp op) {
  return getStaticTensorType(op->getOperand(1)) && getConstantValues<float>(op->getOperand(1));
}

LogicalResult ChannelFollower::addReader(linalg::LinalgOp op, ChannelPlace place) {
  if (!hasConstantWeights(op))
    return refuse(op, "reads them with weights that are no constants");
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineExpr channel = maps[0].getResult(place.dim);
  for (auto [dim, expr] : llvm::enumerate(maps[1].getResults()))
    if (isa<AffineDimExpr>(channel) && expr == channel) {
      readers.push_back({op, static_cast<int64_t>(dim), place.stride});
      return success();
    }
  return refuse(op, "does not read them one by one");
}

/// True for what a clamp keeps the proportion of: a half-line that begins at 0.
static bool isScaleInvariant(FloatRange bounds) {
  return (bounds.min == 0.0f || std::isinf(bounds.min)) && (bounds.max == 0.0f || std::isinf(bounds.max));
}

/// Where the channels are after a mean; nothing where it averages over them.
static std::optional<ChannelPlace> getPlaceAfter(const MeanForm &mean, ChannelPlace place) {
  if (mean.isWindowed())
    return place.dim == 3 ? std::optional(place) : std::nullopt;
  if (llvm::is_contained(mean.dims, place.dim))
    return std::nullopt;
  return ChannelPlace{place.dim - llvm::count_if(mean.dims, [&](int64_t dim) { return dim < place.dim; }),
                      place.stride};
}

static std::optional<ChannelPlace> getPlaceAfter(tensor::CollapseShapeOp op, ChannelPlace place) {
  for (auto [index, group] : llvm::enumerate(op.getReassociationIndices())) {
    if (!llvm::is_contained(group, place.dim))
      continue;
    int64_t stride = place.stride;
    for (int64_t dim : group)
      if (dim > place.dim)
        stride *= op.getSrcType().getDimSize(dim);
    return ChannelPlace{static_cast<int64_t>(index), stride};
  }
  return std::nullopt;
}

/// A dimension that only gets others of size 1 beside it.
static std::optional<ChannelPlace> getPlaceAfter(tensor::ExpandShapeOp op, ChannelPlace place) {
  for (int64_t dim : op.getReassociationIndices()[place.dim])
    if (op.getResultType().getDimSize(dim) == op.getSrcType().getDimSize(place.dim))
      return ChannelPlace{dim, place.stride};
  return std::nullopt;
}

/// True where what `pad` adds is the same at any scale, and is no channel.
static bool isScaleInvariant(tensor::PadOp pad, ChannelPlace place) {
  Value padding = pad.getConstantPaddingValue();
  FloatAttr constant;
  return padding && matchPattern(padding, m_Constant(&constant)) &&
         (constant.getValue().isZero() || constant.getValue().isInfinity()) && pad.getStaticLow()[place.dim] == 0 &&
         pad.getStaticHigh()[place.dim] == 0;
}

/// Where the channels that `op` reads in its first operand are in its result; nothing where a multiple of a channel
/// gives anything but that multiple.
static std::optional<ChannelPlace> getPlaceAfter(Operation *op, ChannelPlace place) {
  return TypeSwitch<Operation *, std::optional<ChannelPlace>>(op)
      .Case([&](linalg::GenericOp generic) -> std::optional<ChannelPlace> {
        if (std::optional<FloatRange> bounds = matchClamp(generic))
          return isScaleInvariant(*bounds) ? std::optional(place) : std::nullopt;
        std::optional<MeanForm> mean = matchMean(generic);
        return mean ? getPlaceAfter(*mean, place) : std::nullopt;
      })
      .Case([&](linalg::PoolingNhwcMaxOp) { return place.dim == 3 ? std::optional(place) : std::nullopt; })
      .Case([&](linalg::TransposeOp transpose) {
        const auto *found = llvm::find(transpose.getPermutation(), place.dim);
        return std::optional(ChannelPlace{found - transpose.getPermutation().begin(), place.stride});
      })
      .Case([&](tensor::PadOp pad) { return isScaleInvariant(pad, place) ? std::optional(place) : std::nullopt; })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>([&](auto shape) { return getPlaceAfter(shape, place); })
      .Default([](Operation *) { return std::nullopt; });
}

LogicalResult ChannelFollower::followUse(OpOperand &use, ChannelPlace place) {
  Operation *op = use.getOwner();
  if (op->hasTrait<OpTrait::IsTerminator>())
    return refuse(op, "gives them to the outside");
  if (use.getOperandNumber() != 0)
    return refuse(op, "combines them with other values");
  if (getChannelDim(op))
    return addReader(cast<linalg::LinalgOp>(op), place);
  std::optional<ChannelPlace> after = op->getNumResults() == 1 ? getPlaceAfter(op, place) : std::nullopt;
  if (!after)
    return refuse(op, "does not let scales of channels through");
  return follow(op->getResult(0), *after);
}

SmallVector<ChannelGroup, 0> lowbit::findChannelGroups(func::FuncOp function,
                                                       function_ref<void(Operation *, const std::string &)> refuse) {
  SmallVector<ChannelGroup, 0> groups;
  function.walk([&](linalg::LinalgOp op) {
    auto type = op->getNumResults() == 1 ? getStaticTensorType(op->getResult(0)) : RankedTensorType();
    if (!getChannelDim(op) || !type)
      return;
    if (!hasConstantWeights(op) || !getBias(op))
      return refuse(op, "its weights or its bias are no constants of f32");
    ChannelGroup group{op, type.getShape().back(), {}};
    ChannelFollower follower(group.readers);
    if (failed(follower.follow(op->getResult(0), {type.getRank() - 1, 1})))
      return refuse(op, follower.reason);
    if (!group.readers.empty())
      groups.push_back(std::move(group));
  });
  return groups;
}

ScaledWeights::ScaledWeights(ArrayRef<ChannelGroup> groups) {
  auto add = [&](linalg::LinalgOp op) -> Weights & {
    auto [it, isNew] = weights.try_emplace(op);
    if (isNew) {
      auto values = *getConstantValues<float>(op->getOperand(1));
      it->second.type = getStaticTensorType(op->getOperand(1));
      it->second.values.assign(values.get().begin(), values.get().end());
    }
    return it->second;
  };
  for (const ChannelGroup &group : groups) {
    add(group.producer).bias = *getBias(group.producer);
    for (const ChannelReader &reader : group.readers)
      add(reader.op);
  }
}

template <typename WeightsTy, typename Function>
void ScaledWeights::forEach(WeightsTy &weights, int64_t dim, int64_t stride, int64_t channels, Function function) {
  ArrayRef<int64_t> shape = weights.type.getShape();
  const int64_t step = computeProduct(shape.drop_front(dim + 1));
  for (auto [index, value] : llvm::enumerate(weights.values))
    function(static_cast<int64_t>(index) / step % shape[dim] / stride % channels, value);
}

Channels ScaledWeights::getProduced(const ChannelGroup &group) const {
  Channels largest(group.channels, 0.0);
  forEach(weights.find(group.producer)->second, *getChannelDim(group.producer), 1, group.channels,
          [&](int64_t channel, double value) { largest[channel] = std::max(largest[channel], std::fabs(value)); });
  return largest;
}

Channels ScaledWeights::getRead(const ChannelGroup &group) const {
  Channels largest(group.channels, 0.0);
  for (const ChannelReader &reader : group.readers)
    forEach(weights.find(reader.op)->second, reader.weightDim, reader.stride, group.channels,
            [&](int64_t channel, double value) { largest[channel] = std::max(largest[channel], std::fabs(value)); });
  return largest;
}

void ScaledWeights::apply(const ChannelGroup &group, ArrayRef<double> scales) {
  Weights &produced = weights.find(group.producer)->second;
  forEach(produced, *getChannelDim(group.producer), 1, group.channels,
          [&](int64_t channel, double &value) { value /= scales[channel]; });
  for (auto [bias, scale] : llvm::zip_equal(produced.bias, scales))
    bias /= scale;
  for (const ChannelReader &reader : group.readers)
    forEach(weights.find(reader.op)->second, reader.weightDim, reader.stride, group.channels,
            [&](int64_t channel, double &value) { value *= scales[channel]; });
}

void ScaledWeights::commit() {
  for (auto &[op, scaled] : weights) {
    OpBuilder builder(op);
    SmallVector<float, 0> values =
        llvm::map_to_vector<0>(scaled.values, [](double value) { return static_cast<float>(value); });
    op->setOperand(
        1, createConstant<float>(builder, op->getLoc(), scaled.type, values, getConstantName(op->getOperand(1))));
    if (!scaled.bias.empty())
      op->setOperand(2, createBias(builder, op->getLoc(), getStaticTensorType(op->getResult(0)), scaled.bias));
  }
}
