#include "TileKernel.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_BUFFERIZE
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Makes each reader of a reshaped tensor reshape it for itself, so that where it reads is where it stands.
static void sinkReshapes(Operation *root) {
  IRRewriter rewriter(root->getContext());
  SmallVector<Operation *> reshapes;
  root->walk([&](Operation *op) {
    if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      reshapes.push_back(op);
  });
  for (Operation *reshape : llvm::reverse(reshapes)) {
    for (OpOperand &use : llvm::make_early_inc_range(reshape->getUses())) {
      Operation *user = reshape->getBlock()->findAncestorOpInBlock(*use.getOwner());
      if (!user)
        continue;
      rewriter.setInsertionPoint(user);
      use.set(rewriter.clone(*reshape)->getResult(0));
    }
    if (reshape->use_empty())
      rewriter.eraseOp(reshape);
  }
}

static bool isStatic(tensor::ConcatOp concat) {
  auto hasStaticShape = [](Type type) { return cast<RankedTensorType>(type).hasStaticShape(); };
  return llvm::all_of(concat->getOperandTypes(), hasStaticShape) && hasStaticShape(concat.getResultType());
}

/// Lets what reads `source` after `insertion` put it into a larger tensor read it there: then one buffer is enough.
static void readFromDestination(IRRewriter &rewriter, Value source, tensor::InsertSliceOp insertion) {
  Operation *producer = source.getDefiningOp();
  if (!producer || isa<bufferization::ToTensorOp>(producer) || producer->hasTrait<OpTrait::ConstantLike>())
    return;
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : source.getUses()) {
    Operation *user = insertion->getBlock()->findAncestorOpInBlock(*use.getOwner());
    if (user && insertion->isBeforeInBlock(user))
      uses.push_back(&use);
  }
  if (uses.empty())
    return;
  rewriter.setInsertionPointAfter(insertion);
  Value slice = tensor::ExtractSliceOp::create(rewriter, insertion.getLoc(), cast<RankedTensorType>(source.getType()),
                                               insertion.getResult(), insertion.getMixedOffsets(),
                                               insertion.getMixedSizes(), insertion.getMixedStrides());
  for (OpOperand *use : uses)
    rewriter.modifyOpInPlace(use->getOwner(), [&] { use->set(slice); });
}

/// Inserts the parts of `concat` into `destination`, the first at `offsets`, in the order in which they are computed: a
/// part can be computed in its place where those that are inserted before it exist. Returns the last insertion.
static Value insertParts(IRRewriter &rewriter, tensor::ConcatOp concat, Value destination,
                         SmallVector<OpFoldResult> offsets) {
  Location loc = concat.getLoc();
  const uint64_t dim = concat.getDim();
  SmallVector<std::pair<Value, OpFoldResult>> parts;
  for (Value input : concat.getInputs()) {
    parts.emplace_back(input, offsets[dim]);
    offsets[dim] = addIndex(rewriter, loc, offsets[dim], cast<RankedTensorType>(input.getType()).getDimSize(dim));
  }
  // Null for what is computed before this block.
  auto getProducer = [&](Value part) {
    Operation *producer = part.getDefiningOp();
    return producer && producer->getBlock() == concat->getBlock() ? producer : nullptr;
  };
  llvm::stable_sort(parts, [&](const auto &a, const auto &b) {
    Operation *first = getProducer(a.first), *second = getProducer(b.first);
    return first && second ? first->isBeforeInBlock(second) : !first && second;
  });
  SmallVector<OpFoldResult> strides(offsets.size(), rewriter.getIndexAttr(1));
  for (auto [part, offset] : parts) {
    offsets[dim] = offset;
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, part);
    destination = tensor::InsertSliceOp::create(rewriter, loc, part, destination, offsets, sizes, strides);
  }
  return destination;
}

/// tensor.pad as a fill and an insertion; of a concatenation that nothing else reads, as insertions of its parts.
static LogicalResult lowerPad(IRRewriter &rewriter, tensor::PadOp pad) {
  Value source = pad.getSource();
  rewriter.setInsertionPoint(pad);
  FailureOr<Operation *> lowered = linalg::rewriteInDestinationPassingStyle(rewriter, pad);
  if (failed(lowered))
    return pad.emitOpError() << "can't be written into a buffer";
  auto insertion = dyn_cast<tensor::InsertSliceOp>(*lowered);
  if (!insertion)
    return success();
  readFromDestination(rewriter, source, insertion);
  auto concat = source.getDefiningOp<tensor::ConcatOp>();
  if (!concat || !concat->hasOneUse() || !isStatic(concat))
    return success();
  rewriter.setInsertionPoint(insertion);
  rewriter.replaceOp(insertion,
                     insertParts(rewriter, concat, insertion.getDest(), insertion.getMixedOffsets()));
  rewriter.eraseOp(concat);
  return success();
}

/// tensor.concat as insertions into an empty tensor.
static void lowerConcat(IRRewriter &rewriter, tensor::ConcatOp concat) {
  RankedTensorType type = concat.getResultType();
  rewriter.setInsertionPoint(concat);
  Value empty = tensor::EmptyOp::create(rewriter, concat.getLoc(), type.getShape(), type.getElementType());
  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0));
  rewriter.replaceOp(concat, insertParts(rewriter, concat, empty, offsets));
}

/// Computes what is inserted somewhere in the place where it ends up.
static LogicalResult eliminateEmptyTensors(ModuleOp module, const bufferization::OneShotBufferizationOptions &options) {
  IRRewriter rewriter(module.getContext());
  bufferization::OneShotAnalysisState state(module, options);
  if (failed(bufferization::analyzeOp(module, state)))
    return failure();
  return bufferization::eliminateEmptyTensors(rewriter, module, state);
}

template <typename OpTy>
static SmallVector<OpTy> collect(Operation *root) {
  SmallVector<OpTy> ops;
  root->walk([&](OpTy op) { ops.push_back(op); });
  return ops;
}

/// Writes what is reshaped in the shape it has before, into the buffer reshaped the other way: then it can be computed
/// in place.
static void foldReshapesIntoDestinations(Operation *root) {
  IRRewriter rewriter(root->getContext());
  root->walk([&](bufferization::MaterializeInDestinationOp write) {
    while (auto type = dyn_cast<MemRefType>(write.getDest().getType())) {
      if (!type.hasStaticShape() || !type.getLayout().isIdentity())
        return;
      Location loc = write.getLoc();
      rewriter.setInsertionPoint(write);
      Value dest;
      if (auto expand = write.getSource().getDefiningOp<tensor::ExpandShapeOp>()) {
        dest = memref::CollapseShapeOp::create(rewriter, loc, write.getDest(), expand.getReassociationIndices());
        write.getSourceMutable().assign(expand.getSrc());
      } else if (auto collapse = write.getSource().getDefiningOp<tensor::CollapseShapeOp>()) {
        dest = memref::ExpandShapeOp::create(rewriter, loc, collapse.getSrcType().getShape(), write.getDest(),
                                             collapse.getReassociationIndices());
        write.getSourceMutable().assign(collapse.getSrc());
      } else {
        return;
      }
      write.getDestMutable().assign(dest);
    }
  });
}

namespace {
struct Bufferize : lowbit::impl::BufferizeBase<Bufferize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    IRRewriter rewriter(&getContext());
    foldReshapesIntoDestinations(module);
    sinkReshapes(module);
    for (auto pad : collect<tensor::PadOp>(module))
      if (failed(lowerPad(rewriter, pad)))
        return signalPassFailure();
    for (auto concat : collect<tensor::ConcatOp>(module))
      if (isStatic(concat))
        lowerConcat(rewriter, concat);

    bufferization::OneShotBufferizationOptions options;
    options.allowUnknownOps = true;
    options.bufferAlignment = 64;
    options.memCpyFn = [](OpBuilder &builder, Location loc, Value from, Value to) {
      linalg::CopyOp::create(builder, loc, from, to);
      return success();
    };
    if (failed(eliminateEmptyTensors(module, options)))
      return signalPassFailure();
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotBufferize(module, options, state)))
      signalPassFailure();
  }
};
} // namespace
