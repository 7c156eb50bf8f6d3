#include "ShortSums.h"
#include "lowbit/Support/Constants.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

std::optional<GroupedWeights> GroupedWeights::get(const ContractionShape &shape, ArrayRef<int8_t> weights,
                                                  int64_t width, int64_t lanes) {
  // Weights that differ by batch are packed at run time.
  if (shape.hasBatch || shape.run < kGroup || width < lanes || width % lanes != 0 ||
      (width > lanes && width > shape.channels))
    return std::nullopt;
  return GroupedWeights(shape, weights, width);
}

int8_t GroupedWeights::get(int64_t panel, int64_t group, int64_t lane, int64_t k) const {
  const int64_t channel = getPanelStart(panel) + lane, element = getElement(group) + k;
  if (channel >= shape.channels || element < group % getGroupsOfRun() * kGroup)
    return 0;
  return weights[shape.getWeightIndex(channel, getStep(group), element)];
}

LaneSums LaneSums::of(const GroupedWeights &weights, int64_t panel, int64_t group) {
  LaneSums sums;
  sums.groups.push_back(static_cast<int32_t>(group));
  sums.up.resize(weights.getWidth() * 2, 0);
  sums.down.resize(weights.getWidth() * 2, 0);
  for (int64_t lane = 0; lane < weights.getWidth(); ++lane)
    for (int64_t k = 0; k < GroupedWeights::kGroup; ++k) {
      const int16_t weight = weights.get(panel, group, lane, k);
      (weight > 0 ? sums.up : sums.down)[lane * 2 + k / 2] += weight > 0 ? weight : -weight;
    }
  return sums;
}

LaneSums LaneSums::operator+(const LaneSums &other) const {
  LaneSums sums = *this;
  sums.groups.append(other.groups);
  for (size_t lane = 0; lane < up.size(); ++lane) {
    sums.up[lane] += other.up[lane];
    sums.down[lane] += other.down[lane];
  }
  return sums;
}

std::pair<int32_t, int32_t> LaneSums::getBounds(const DotInstruction &instruction) const {
  if (!instruction.needsProof)
    return {0, 0};
  int32_t least = 0, greatest = 0;
  for (size_t lane = 0; lane < up.size(); ++lane) {
    // Activations of 0 to 255; otherwise of -128 to 127, times magnitudes.
    const int32_t both = up[lane] + down[lane];
    least = std::min(least, instruction.offsetsActivations ? -255 * down[lane] : -128 * both);
    greatest = std::max(greatest, instruction.offsetsActivations ? 255 * up[lane] : 127 * both);
  }
  return {least, greatest};
}

bool LaneSums::fits(const DotInstruction &instruction) const {
  auto [least, greatest] = getBounds(instruction);
  return least >= std::numeric_limits<int16_t>::min() && greatest <= std::numeric_limits<int16_t>::max();
}

SmallVector<const DotInstruction *> lowbit::getSharingInstructions(const Target &target,
                                                                   const DotInstruction &instruction) {
  SmallVector<const DotInstruction *> sharing;
  if (instruction.cost == 0)
    return sharing;
  for (const DotInstruction *other : target.getDotInstructions())
    if (other->cost != 0 && other->lanes == instruction.lanes)
      sharing.push_back(other);
  llvm::sort(sharing, [](const DotInstruction *a, const DotInstruction *b) {
    return std::pair(a->cost, a->groups) < std::pair(b->cost, b->groups);
  });
  return sharing;
}

/// Whether `a` and `b` fit together; as `(a + b).fits(instruction)`, without making the sum.
static bool fitTogether(const LaneSums &a, const LaneSums &b, const DotInstruction &instruction) {
  // 255 * 128 and -128 * 256 both fit; one more does not.
  const int limit = instruction.offsetsActivations ? 128 : 256;
  int worst = 0;
  for (size_t lane = 0; lane < a.up.size(); ++lane) {
    const int up = a.up[lane] + b.up[lane], down = a.down[lane] + b.down[lane];
    worst = std::max(worst, instruction.offsetsActivations ? std::max(up, down) : up + down);
  }
  return worst <= limit;
}

/// Joins sums in twos that fit `instruction`: the largest first, each with the largest one left that fits. A matching
/// that is not the greatest possible, but found fast. What found no partner stays in `sums`, and what is looking for
/// none: those that `alone`, unless that is null, is exact for.
static SmallVector<LaneSums> joinTwos(SmallVectorImpl<LaneSums> &sums, const DotInstruction &instruction,
                                      const DotInstruction *alone) {
  // Groups of equal size stay in their order: the plan is a function of the weights alone.
  auto getKey = [&](const LaneSums &s) {
    auto [least, greatest] = s.getBounds(instruction);
    return std::pair(-std::max(-least, greatest), s.groups.front());
  };
  llvm::sort(sums, [&](const LaneSums &a, const LaneSums &b) { return getKey(a) < getKey(b); });
  SmallVector<LaneSums> joined, left;
  std::vector<bool> isTaken(sums.size());
  for (size_t i = 0; i < sums.size(); ++i) {
    if (isTaken[i])
      continue;
    size_t partner = alone && sums[i].fits(*alone) ? sums.size() : i + 1;
    while (partner < sums.size() && (isTaken[partner] || !fitTogether(sums[i], sums[partner], instruction)))
      ++partner;
    if (partner == sums.size()) {
      left.push_back(std::move(sums[i]));
      continue;
    }
    isTaken[partner] = true;
    joined.push_back(sums[i] + sums[partner]);
  }
  sums = std::move(left);
  return joined;
}

namespace {
/// The sums of one panel, by instruction.
using PanelPlan = SmallVector<SmallVector<LaneSums>>;
} // namespace

static PanelPlan planPanel(const GroupedWeights &weights, int64_t panel,
                           ArrayRef<const DotInstruction *> instructions) {
  PanelPlan plan(instructions.size());
  SmallVector<LaneSums> rest;
  for (int64_t group = 0; group < weights.getGroupCount(); ++group)
    rest.push_back(LaneSums::of(weights, panel, group));
  for (bool offsets : {true, false}) {
    // Twos of groups, then twos of those: as far as there are instructions for them.
    SmallVector<LaneSums> *level = &rest;
    for (unsigned groups = 2;; groups *= 2) {
      const auto *found = llvm::find_if(instructions, [&](const DotInstruction *instruction) {
        return instruction->offsetsActivations == offsets && instruction->groups == groups;
      });
      if (found == instructions.end())
        break;
      // The instructions are ordered by their costs.
      const auto *alone = std::find_if(instructions.begin(), found,
                                       [](const DotInstruction *instruction) { return instruction->groups == 1; });
      SmallVector<LaneSums> &joined = plan[found - instructions.begin()];
      joined = joinTwos(*level, **found, alone == found ? nullptr : *alone);
      level = &joined;
    }
  }
  for (LaneSums &sums : rest)
    for (auto [index, instruction] : llvm::enumerate(instructions))
      if (instruction->groups == 1 && sums.fits(*instruction)) {
        plan[index].push_back(std::move(sums));
        break;
      }
  return plan;
}

ShortSumsAttr lowbit::planShortSums(MLIRContext *context, const GroupedWeights &weights,
                                    ArrayRef<const DotInstruction *> instructions) {
  SmallVector<PanelPlan> plans;
  for (int64_t panel = 0; panel < weights.getPanelCount(); ++panel)
    plans.push_back(planPanel(weights, panel, instructions));
  Builder builder(context);
  SmallVector<StringAttr> names;
  SmallVector<size_t> used;
  for (size_t index = 0; index < instructions.size(); ++index)
    if (llvm::any_of(plans, [&](const PanelPlan &plan) { return !plan[index].empty(); })) {
      used.push_back(index);
      names.push_back(builder.getStringAttr(instructions[index]->name));
    }
  SmallVector<int32_t> counts, order, bounds;
  for (const PanelPlan &plan : plans)
    for (size_t index : used) {
      int32_t least = 0, greatest = 0;
      counts.push_back(plan[index].size());
      for (const LaneSums &sums : plan[index]) {
        llvm::append_range(order, sums.groups);
        auto [low, high] = sums.getBounds(*instructions[index]);
        least = std::min(least, low);
        greatest = std::max(greatest, high);
      }
      bounds.append({least, greatest});
    }
  const int64_t panels = weights.getPanelCount(), number = used.size();
  auto makeAttr = [&](ArrayRef<int64_t> shape, ArrayRef<int32_t> values) {
    return DenseIntElementsAttr::get(RankedTensorType::get(shape, builder.getI32Type()), values);
  };
  return ShortSumsAttr::get(context, weights.getWidth(), names, makeAttr({panels, number}, counts),
                            makeAttr({panels, weights.getGroupCount()}, order), makeAttr({panels, number, 2}, bounds));
}

LogicalResult lowbit::verifyShortSums(ShortSumsAttr sums, const GroupedWeights &weights,
                                      ArrayRef<const DotInstruction *> instructions,
                                      function_ref<InFlightDiagnostic()> emitError) {
  const int64_t panels = weights.getPanelCount(), groups = weights.getGroupCount();
  if (sums.getWidth() != weights.getWidth() ||
      sums.getOrder().getType().getShape() != ArrayRef<int64_t>{panels, groups})
    return emitError() << "expected an order of " << groups << " groups for " << panels << " panels of "
                       << weights.getWidth() << " channels";
  SmallVector<const DotInstruction *> named;
  for (StringAttr name : sums.getInstructions()) {
    const auto *found = llvm::find_if(
        instructions, [&](const DotInstruction *instruction) { return instruction->name == name.getValue(); });
    if (found == instructions.end())
      return emitError() << "names instruction " << name << ", which can't share a reduction on this target";
    named.push_back(*found);
  }
  auto counts = sums.getCounts().getValues<int32_t>();
  auto order = sums.getOrder().getValues<int32_t>();
  auto bounds = sums.getBounds().getValues<int32_t>();
  for (int64_t panel = 0; panel < panels; ++panel) {
    std::vector<bool> isSummed(groups);
    int64_t position = 0;
    for (auto [index, instruction] : llvm::enumerate(named)) {
      const int64_t entry = panel * named.size() + index, count = counts[entry];
      if (count < 0 || count > (groups - position) / instruction->groups)
        return emitError() << "counts more or fewer groups than the " << groups << " of panel " << panel;
      int32_t least = 0, greatest = 0;
      for (int64_t sum = 0; sum < count; ++sum) {
        std::optional<LaneSums> lanes;
        for (unsigned part = 0; part < instruction->groups; ++part, ++position) {
          const int32_t group = order[panel * groups + position];
          if (group < 0 || group >= groups || isSummed[group])
            return emitError() << "expected the order of panel " << panel << " to be a permutation of its groups";
          isSummed[group] = true;
          LaneSums one = LaneSums::of(weights, panel, group);
          lanes = lanes ? *lanes + one : one;
        }
        auto [low, high] = lanes->getBounds(*instruction);
        least = std::min(least, low);
        greatest = std::max(greatest, high);
        if (!lanes->fits(*instruction))
          return emitError() << "has sum " << sum << " of panel " << panel << " by " << sums.getInstructions()[index]
                             << ", which is not exact for these weights: it reaches from " << low << " to " << high;
      }
      if (bounds[entry * 2] != least || bounds[entry * 2 + 1] != greatest)
        return emitError() << "expected the sums of panel " << panel << " by " << sums.getInstructions()[index]
                           << " to be bounded by [" << least << ", " << greatest << "], but got [" << bounds[entry * 2]
                           << ", " << bounds[entry * 2 + 1] << "]";
    }
    if (position != groups)
      return emitError() << "counts more or fewer groups than the " << groups << " of panel " << panel;
  }
  return success();
}

LogicalResult lowbit::checkShortSums(Operation *op, const Target &target) {
  auto sums = op->getAttrOfType<ShortSumsAttr>(kShortSumsAttrName);
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  std::optional<ContractionShape> shape = linalgOp ? ContractionShape::get(linalgOp) : std::nullopt;
  auto isInteger = [&](unsigned operand, unsigned width) {
    return getElementTypeOrSelf(op->getOperand(operand).getType()).isInteger(width);
  };
  auto values = shape && isInteger(0, 8) && isInteger(1, 8) && isInteger(2, 32)
                    ? getConstantValues<int8_t>(op->getOperand(1))
                    : std::nullopt;
  const DotInstruction *instruction =
      tile && tile.getInstruction() ? target.getDotInstruction(tile.getInstruction()) : nullptr;
  if (!sums || !instruction || !values)
    return op->emitOpError() << "has short sums but no constant weights of 8 bits, or no tile with an instruction";
  const int64_t lanes = instruction->lanes;
  std::optional<GroupedWeights> weights = GroupedWeights::get(*shape, values->get(), tile.getVectors() * lanes, lanes);
  if (!weights)
    return op->emitOpError() << "has short sums but runs of fewer than " << GroupedWeights::kGroup
                             << " activations, fewer channels than its tile, or weights that differ by batch";
  return verifyShortSums(sums, *weights, getSharingInstructions(target, *instruction),
                         [&] { return op->emitOpError(); });
}
