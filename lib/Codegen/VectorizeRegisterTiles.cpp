#include "ConstantWeights.h"
#include "DequantizedWeights.h"
#include "LaneKernel.h"
#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Support/FastFloat.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_VECTORIZEREGISTERTILES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The narrowest element of the inputs and the output sets the number of lanes of an elementwise op, so that a vector
/// of it is a whole register; a reduction counts by its accumulator.
static int64_t getLanes(linalg::LinalgOp op, unsigned vectorBits) {
  auto getBits = [](Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isIndex() ? 64u : std::max(8u, element.getIntOrFloatBitWidth());
  };
  unsigned bits = getBits(op.getDpsInits().front().getType());
  if (op.getNumReductionLoops() == 0)
    for (Value input : op.getDpsInputs())
      bits = std::min(bits, getBits(input.getType()));
  return vectorBits / bits;
}

/// An elementwise op whose operands all have the output's shape, on tensors of rank 1; the op itself where it is not
/// such an op, or asks where in the output it is.
static linalg::LinalgOp flatten(RewriterBase &rewriter, linalg::LinalgOp op) {
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic || generic.getNumLoops() != generic.getNumParallelLoops() || generic.getNumLoops() < 2 ||
      generic.hasIndexSemantics() ||
      !llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }) ||
      !llvm::all_of(generic->getOperandTypes(), [](Type type) {
        auto tensor = dyn_cast<RankedTensorType>(type);
        return tensor && tensor.hasStaticShape();
      }))
    return op;
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  const int64_t rank = generic.getNumLoops();
  SmallVector<ReassociationIndices> all(1, llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  SmallVector<Value> inputs;
  for (Value input : generic.getDpsInputs())
    inputs.push_back(tensor::CollapseShapeOp::create(rewriter, loc, input, all));
  auto type = cast<RankedTensorType>(generic.getResult(0).getType());
  auto flatType = RankedTensorType::get({type.getNumElements()}, type.getElementType());
  Value init = tensor::CollapseShapeOp::create(rewriter, loc, generic.getDpsInits().front(), all);
  SmallVector<AffineMap> maps(inputs.size() + 1, rewriter.getMultiDimIdentityMap(1));
  auto flat = linalg::GenericOp::create(rewriter, loc, TypeRange{flatType}, inputs, ValueRange{init}, maps,
                                        SmallVector<utils::IteratorType>{utils::IteratorType::parallel});
  rewriter.inlineRegionBefore(generic.getRegion(), flat.getRegion(), flat.getRegion().begin());
  flat->setAttr(kTileAttrName, generic->getAttr(kTileAttrName));
  rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(generic, type, flat.getResult(0), all);
  return cast<linalg::LinalgOp>(flat.getOperation());
}

namespace {
struct VectorizeRegisterTiles : lowbit::impl::VectorizeRegisterTilesBase<VectorizeRegisterTiles> {
  using VectorizeRegisterTilesBase::VectorizeRegisterTilesBase;

  void runOnOperation() override {
    FailureOr<Target> target = Target::get(getOperation()->getParentOfType<ModuleOp>());
    if (failed(target))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    // Reductions first: each takes the elementwise ops behind it along, and reads the constants that its weights are
    // expanded from.
    for (bool reductions : {true, false}) {
      if (!reductions)
        foldExpandedWeights(rewriter);
      SmallVector<linalg::LinalgOp> ops;
      getOperation().walk([&](linalg::LinalgOp op) {
        if (op->hasAttrOfType<TileAttr>(kTileAttrName) && (op.getNumReductionLoops() > 0) == reductions)
          ops.push_back(op);
      });
      for (linalg::LinalgOp op : ops)
        if (op->getBlock() && failed(vectorize(rewriter, op, *target, reductions)))
          return signalPassFailure();
    }
    WalkResult result = getOperation().walk(verifyOperands);
    if (result.wasInterrupted())
      signalPassFailure();
  }

  /// What computes weights from constants goes where kernels have made code for it. What still expands integers becomes
  /// a constant.
  void foldExpandedWeights(IRRewriter &rewriter) {
    SmallVector<linalg::GenericOp> generics;
    getOperation().walk([&](linalg::GenericOp generic) { generics.push_back(generic); });
    for (linalg::GenericOp generic : generics) {
      if (generic.use_empty() && generic->getNumResults() == 1 && DequantizedWeights::get(generic.getResult(0))) {
        rewriter.eraseOp(generic);
        continue;
      }
      auto weights = generic->getNumResults() == 1 ? ConstantWeights::get(generic.getResult(0)) : std::nullopt;
      if (!weights)
        continue;
      rewriter.setInsertionPoint(generic);
      if (!generic.getResult(0).use_empty())
        rewriter.replaceAllUsesWith(generic.getResult(0),
                                    createConstant<int8_t>(rewriter, generic.getLoc(),
                                                           cast<RankedTensorType>(generic.getResult(0).getType()),
                                                           weights->get(), "expanded_weights"));
      rewriter.eraseOp(generic);
    }
  }

  /// Scalar loops would read integers of less than 8 bits from bytes, and vectors of them from fewer.
  static WalkResult verifyOperands(linalg::LinalgOp op) {
    for (Type type : op->getOperandTypes()) {
      Type elementType = getElementTypeOrSelf(type);
      if (!elementType.isInteger() || elementType.getIntOrFloatBitWidth() >= 8 || elementType.isInteger(1))
        continue;
      op->emitOpError() << "reads integers of " << elementType.getIntOrFloatBitWidth()
                        << " bits, for which there is no kernel";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  }

  LogicalResult vectorize(IRRewriter &rewriter, linalg::LinalgOp op, const Target &target, bool isReduction) {
    auto tile = op->getAttrOfType<TileAttr>(kTileAttrName);
    setFloatFlagsOfNamedOp(op);
    SmallVector<linalg::GenericOp> epilogue;
    if (isReduction)
      epilogue = collectEpilogue(op);
    else
      op = flatten(rewriter, op);
    auto makeShape = [&] { return TileShape{tile.getRows(), tile.getVectors(), getLanes(op, target.getVectorBits())}; };
    TileShape shape = makeShape();
    std::unique_ptr<TileKernel> kernel = createShortSumKernel(rewriter, op, shape);
    if (!kernel && op->hasAttr(kShortSumsAttrName))
      return failure();
    if (!kernel)
      kernel = createTileRegisterKernel(rewriter, op, shape);
    if (!kernel)
      kernel = createContractionKernel(rewriter, op, shape);
    SmallVector<std::unique_ptr<LaneKernel>> laneKernels;
    if (!kernel)
      laneKernels = createDepthwiseLanesKernels(rewriter, op);
    if (!kernel && laneKernels.empty()) {
      shape = makeShape();
      kernel = createDepthwiseKernel(rewriter, op, shape);
    }
    // What kernels take from contractions, no other op has.
    for (linalg::GenericOp reader : epilogue)
      if (verifyOperands(reader).wasInterrupted())
        return failure();
    if (!kernel && laneKernels.empty()) {
      if (verifyOperands(op).wasInterrupted())
        return failure();
      shape = makeShape();
      kernel = createMaxPoolKernel(rewriter, op, shape);
    }
    if (!kernel && laneKernels.empty()) {
      shape = makeShape();
      kernel = createBodyKernel(rewriter, op, shape);
    }
    Operation *init = op.getDpsInits().front().getDefiningOp();
    if (kernel)
      emitTileLoops(rewriter, op, epilogue, shape, *kernel);
    else if (!laneKernels.empty())
      emitLaneLoops(rewriter, op, epilogue, laneKernels);
    else // An op that is left is lowered to scalar loops, which lowbit-report-scalar-loops remarks.
      return success();
    // Computed in the tiles.
    if (init && isOpTriviallyDead(init))
      rewriter.eraseOp(init);
    return success();
  }
};
} // namespace
