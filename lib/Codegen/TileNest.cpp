#include "TileNest.h"
#include "TileKernel.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Whether the memory never changes.
static bool isConstant(Value memory) {
  auto global = memory ? memory.getDefiningOp<memref::GetGlobalOp>() : memref::GetGlobalOp();
  if (!global)
    return false;
  auto symbol = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(global, global.getNameAttr());
  return symbol && symbol.getConstant();
}

/// Whether `op` computes the same wherever it stands.
static bool canMove(Operation &op) {
  if (isPure(&op))
    return true;
  std::optional<SmallVector<MemoryEffects::EffectInstance>> effects = getEffectsRecursively(&op);
  return effects && llvm::all_of(*effects, [](const MemoryEffects::EffectInstance &effect) {
           return isa<MemoryEffects::Read>(effect.getEffect()) && isConstant(effect.getValue());
         });
}

/// Whether all other ops in the body of `outer` can move.
static bool isOnlyLoop(scf::ForOp inner, scf::ForOp outer) {
  return llvm::all_of(outer.getBody()->without_terminator(),
                      [&](Operation &op) { return &op == inner || canMove(op); });
}

/// Whether iterations are independent, carry nothing, and have one product of tiles.
static bool canTakePart(scf::ForOp loop) {
  if (!loop || !loop->hasAttrOfType<BoolAttr>(kParallelAttrName) || loop.getNumResults() != 0)
    return false;
  unsigned products = 0;
  loop.walk([&](MultiplyTilesOp) { ++products; });
  return products == 1;
}

std::optional<TileNest> TileNest::find(MultiplyTilesOp op) {
  TileNest nest(op);
  auto innermost = dyn_cast<scf::ForOp>(op->getParentOp());
  if (!canTakePart(innermost))
    return std::nullopt;
  BackwardSliceOptions options;
  options.filter = [&](Operation *operand) { return operand->getBlock() == op->getBlock(); };
  if (failed(getBackwardSlice(op.getOperation(), &nest.operands, options)) || !llvm::all_of(nest.operands, isPure))
    return std::nullopt;

  nest.loops = {innermost};
  while (auto outer = dyn_cast<scf::ForOp>(nest.loops.front()->getParentOp())) {
    if (!canTakePart(outer) || !isOnlyLoop(nest.loops.front(), outer))
      break;
    nest.loops.insert(nest.loops.begin(), outer);
  }
  const bool isOneTile = llvm::all_of(nest.loops, [](scf::ForOp loop) {
    std::optional<APInt> trips = loop.getStaticTripCount();
    return trips && *trips == 1;
  });
  if (isOneTile)
    return std::nullopt;
  for (scf::ForOp loop : nest.loops)
    for (Operation &other : loop.getBody()->without_terminator())
      if (&other != op && !llvm::is_contained(nest.loops, &other))
        nest.readers.push_back(&other);
  return nest;
}

TileNest::Position TileNest::getPosition(ValueRange carried) {
  return {carried.front(), llvm::to_vector(carried.drop_front())};
}

void TileNest::carryPositions(RewriterBase &rewriter) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(loops.front());
  SmallVector<Value> none = {arith::ConstantOp::create(rewriter, loc, rewriter.getBoolAttr(false))};
  for (scf::ForOp loop : loops)
    none.push_back(arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(loop.getInductionVar().getType())));
  loops = replaceLoopNestWithNewYields(
      rewriter, loops, none, [&](OpBuilder &builder, Location loc, ArrayRef<BlockArgument>) {
        SmallVector<Value> carried = {arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true))};
        for (scf::ForOp loop : loops)
          carried.push_back(loop.getInductionVar());
        return carried;
      });
}

IRMapping TileNest::getMapping(const Position &position) {
  IRMapping mapping;
  for (auto [loop, iv] : llvm::zip_equal(loops, position.ivs))
    mapping.map(loop.getInductionVar(), iv);
  return mapping;
}

void TileNest::eraseReaders() {
  for (Operation *reader : llvm::reverse(readers))
    if (!operands.contains(reader) && reader->use_empty())
      reader->erase();
}
