#include "ShortSums.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Support/Constants.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PLANSHORTSUMS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Of what a reduction by one instruction costs, as much as a plan may: looking up where groups lie takes time too.
static constexpr double kMostCost = 0.95;

/// The cost of a group, on average.
static double getCost(ShortSumsAttr sums, const Target &target) {
  int64_t groups = 0, cost = 0;
  for (auto [index, count] : llvm::enumerate(sums.getCounts().getValues<int32_t>())) {
    StringAttr name = sums.getInstructions()[index % sums.getInstructions().size()];
    const DotInstruction *instruction = target.getDotInstruction(name);
    const int64_t ofInstruction = int64_t(count) * instruction->groups;
    groups += ofInstruction;
    cost += ofInstruction * instruction->cost;
  }
  return double(cost) / groups;
}

static void plan(linalg::LinalgOp op, const Target &target) {
  auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
  const DotInstruction *instruction =
      tile && tile.getInstruction() ? target.getDotInstruction(tile.getInstruction()) : nullptr;
  std::optional<ContractionShape> shape = ContractionShape::get(op);
  if (!instruction || !shape || !getElementTypeOrSelf(op->getOperand(1).getType()).isInteger(8))
    return;
  SmallVector<const DotInstruction *> instructions = getSharingInstructions(target, *instruction);
  auto outputType = cast<RankedTensorType>(op->getResult(0).getType());
  // One row reads every weight once: memory is the limit, and wide tiles reach it.
  if (instructions.empty() || outputType.getDimSize(outputType.getRank() - 2) == 1)
    return;
  auto values = getConstantValues<int8_t>(op->getOperand(1));
  if (!values)
    return;
  const int64_t lanes = instruction->lanes;
  auto weights = GroupedWeights::get(*shape, values->get(), tile.getVectors() * lanes, lanes);
  if (!weights)
    return;
  ShortSumsAttr sums = planShortSums(op.getContext(), *weights, instructions);
  if (getCost(sums, target) < kMostCost * instruction->cost)
    op->setAttr(kShortSumsAttrName, sums);
}

namespace {
struct PlanShortSums : lowbit::impl::PlanShortSumsBase<PlanShortSums> {
  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    WalkResult result = getOperation().walk([&](Operation *op) {
      if (op->hasAttr(kShortSumsAttrName))
        return WalkResult(checkShortSums(op, *target));
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
        plan(linalgOp, *target);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
