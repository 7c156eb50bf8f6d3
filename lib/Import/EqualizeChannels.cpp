#include "ChannelScaling.h"
#include "lowbit/Import/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

namespace mlir::lowbit {
#define GEN_PASS_DEF_EQUALIZECHANNELS
#include "lowbit/Import/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// A contraction is often in two groups, as producer and as reader, which pull at each other.
static constexpr int kMaxSweeps = 100;
/// The largest change of a scale, as a power of e, at which the sweeps end.
static constexpr double kConverged = 1e-4;

/// The scales with which the largest weights of the producer and the readers are equal in each channel:
/// sqrt(produced / read). 1 where one of them is 0 or they are too far apart to be anything but an accident.
static Channels getEqualizingScales(ArrayRef<double> produced, ArrayRef<double> read) {
  Channels scales;
  for (auto [mine, theirs] : llvm::zip_equal(produced, read)) {
    const double scale = std::sqrt(mine / theirs);
    scales.push_back(std::isfinite(scale) && scale > 0x1p-20 && scale < 0x1p20 ? scale : 1.0);
  }
  return scales;
}

namespace {
struct EqualizeChannels : lowbit::impl::EqualizeChannelsBase<EqualizeChannels> {
  void runOnOperation() override {
    SmallVector<ChannelGroup, 0> groups =
        findChannelGroups(getOperation(), [](Operation *op, const std::string &reason) {
          op->emitRemark() << "keeps the scales of its channels: " << reason;
        });
    ScaledWeights weights(groups);
    double change = HUGE_VAL;
    for (int sweep = 0; sweep < kMaxSweeps && change > kConverged; ++sweep) {
      change = 0.0;
      for (const ChannelGroup &group : groups) {
        const Channels scales = getEqualizingScales(weights.getProduced(group), weights.getRead(group));
        for (double scale : scales)
          change = std::max(change, std::fabs(std::log(scale)));
        weights.apply(group, scales);
      }
    }
    weights.commit();
    for (const ChannelGroup &group : groups)
      group.producer->emitRemark() << "equalizes " << group.channels << " channels with " << group.readers.size()
                                   << (group.readers.size() == 1 ? " reader" : " readers");
  }
};
} // namespace
