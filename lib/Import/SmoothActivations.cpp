#include "ChannelScaling.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Calibrate/ProgramHash.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_SMOOTHACTIVATIONS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Raises `largest` to the magnitudes of the channels that `reader` found in its patches; failure where they were not
/// measured.
static LogicalResult addLargest(const ChannelReader &reader, const PatchMoments *moments, Channels &largest) {
  linalg::LinalgOp op = reader.op;
  std::optional<ContractionPatches> patches = ContractionPatches::get(op);
  if (!moments || !patches || patches->elements.getCount() != moments->size)
    return failure();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(op->getOperand(1).getType()).getShape();
  const int64_t step = computeProduct(shape.drop_front(reader.weightDim + 1)), size = shape[reader.weightDim];
  for (auto [element, magnitude] : llvm::enumerate(moments->largest)) {
    const int64_t index = patches->weights.getOffset(element) / step % size;
    double &channel = largest[index / reader.stride % static_cast<int64_t>(largest.size())];
    channel = std::max<double>(channel, magnitude);
  }
  return success();
}

/// activations^alpha / weights^(1 - alpha), by which a channel is divided; 1 for a channel of zeros on either side.
static Channels getSmoothingScales(ArrayRef<double> activations, ArrayRef<double> weights, double alpha) {
  Channels scales;
  for (auto [activation, weight] : llvm::zip_equal(activations, weights)) {
    const double scale = std::pow(activation, alpha) / std::pow(weight, 1.0 - alpha);
    scales.push_back(activation > 0.0 && weight > 0.0 && scale > 0x1p-20 && scale < 0x1p20 ? scale : 1.0);
  }
  return scales;
}

namespace {
struct SmoothActivations : lowbit::impl::SmoothActivationsBase<SmoothActivations> {
  using SmoothActivationsBase::SmoothActivationsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!(alpha >= 0.0 && alpha <= 1.0)) {
      emitError(module.getLoc()) << "expected the option 'alpha' to be from 0 to 1, but got " << alpha.getValue();
      return signalPassFailure();
    }
    llvm::Expected<Moments> read = Moments::read(moments);
    if (!read) {
      emitError(module.getLoc()) << llvm::toString(read.takeError());
      return signalPassFailure();
    }
    if (std::string hash = computeProgramHash(module); hash != read->getProgramHash()) {
      emitError(module.getLoc()) << "moments '" << moments << "' are of program " << read->getProgramHash()
                                 << ", but this is program " << hash;
      return signalPassFailure();
    }
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal())
        smooth(function, *read);
  }

  void smooth(func::FuncOp function, const Moments &measured);
};
} // namespace

void SmoothActivations::smooth(func::FuncOp function, const Moments &measured) {
  auto refuse = [](Operation *op, const std::string &reason) {
    op->emitRemark() << "keeps the scales of its channels: " << reason;
  };
  SmallVector<ChannelGroup, 0> groups = findChannelGroups(function, refuse);
  const TensorNames names(function);
  ScaledWeights weights(groups);
  // Scales are chosen from the weights as they were: a contraction may be a reader here and a producer there.
  SmallVector<Channels, 0> scales;
  for (const ChannelGroup &group : groups) {
    Channels largest(group.channels, 0.0);
    const bool areMeasured = llvm::all_of(group.readers, [&](const ChannelReader &reader) {
      linalg::LinalgOp op = reader.op;
      return succeeded(addLargest(reader, measured.lookup(names.lookup(op->getResult(0))), largest));
    });
    if (!areMeasured)
      refuse(group.producer, "there are no moments of all that reads them");
    scales.push_back(areMeasured ? getSmoothingScales(largest, weights.getRead(group), alpha)
                                 : Channels(group.channels, 1.0));
    if (areMeasured)
      group.producer->emitRemark() << "smooths " << group.channels << " channels for " << group.readers.size()
                                   << (group.readers.size() == 1 ? " reader" : " readers");
  }
  for (auto [group, groupScales] : llvm::zip_equal(groups, scales))
    weights.apply(group, groupScales);
  weights.commit();
}
