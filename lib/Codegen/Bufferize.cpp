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

/// Whether `user` joins dimensions of what `insertion` inserts that do not follow each other in the larger tensor.
static bool joinsRows(Operation *user, tensor::InsertSliceOp insertion) {
  auto collapse = dyn_cast<tensor::CollapseShapeOp>(user);
  if (!collapse)
    return false;
  ArrayRef<int64_t> sizes = insertion.getSourceType().getShape(), larger = insertion.getDestType().getShape();
  return llvm::any_of(collapse.getReassociationIndices(), [&](const ReassociationIndices &joined) {
    bool isOne = true;
    for (int64_t dim : joined) {
      if (!isOne && sizes[dim] != larger[dim])
        return true;
      isOne &= sizes[dim] == 1;
    }
    return false;
  });
}

/// Keeps what `insertion` inserts in a buffer of its own, where some reader joins rows that would lie apart in the
/// larger tensor: each of these readers would copy all of it, where one copy into the larger tensor is enough. Returns
/// whether it does.
static bool keepJoinedRows(IRRewriter &rewriter, tensor::InsertSliceOp insertion) {
  auto result = dyn_cast<OpResult>(insertion.getSource());
  if (!result || !insertion.getSourceType().hasStaticShape() || !insertion.getDestType().hasStaticShape() ||
      insertion.getSourceType().getRank() != insertion.getDestType().getRank() ||
      llvm::none_of(result.getUsers(), [&](Operation *user) { return joinsRows(user, insertion); }))
    return false;
  OpOperand *init = nullptr;
  if (auto loop = dyn_cast<LoopLikeOpInterface>(result.getOwner()))
    init = loop.getTiedLoopInit(result);
  else if (auto op = dyn_cast<DestinationStyleOpInterface>(result.getOwner()))
    init = op.getTiedOpOperand(result);
  // An empty tensor might become a part of the larger one.
  if (init && init->get().getDefiningOp<tensor::EmptyOp>()) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(result.getOwner());
    Value buffer = bufferization::AllocTensorOp::create(rewriter, insertion.getLoc(), insertion.getSourceType(),
                                                        /*dynamicSizes=*/ValueRange());
    rewriter.modifyOpInPlace(result.getOwner(), [&] { init->set(buffer); });
  }
  return true;
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
    auto insertion = tensor::InsertSliceOp::create(rewriter, loc, part, destination, offsets, sizes, strides);
    keepJoinedRows(rewriter, insertion);
    destination = insertion;
  }
  return destination;
}

/// `filled`, all of one value, with only what lies around the part that `insertion` writes filled: a strip before and
/// after it along each dimension. The tensor itself where sizes are dynamic.
static Value fillAround(IRRewriter &rewriter, linalg::FillOp filled, tensor::InsertSliceOp insertion) {
  auto type = cast<RankedTensorType>(filled.getResult(0).getType());
  ArrayRef<int64_t> inner = insertion.getStaticSizes(), start = insertion.getStaticOffsets();
  if (!type.hasStaticShape() || llvm::any_of(inner, ShapedType::isDynamic) ||
      llvm::any_of(start, ShapedType::isDynamic))
    return filled.getResult(0);
  Location loc = filled.getLoc();
  Value result = filled.getOutputs().front();
  // Strips are as long as the tensor along the dimensions that follow theirs, and as the part along those before.
  SmallVector<int64_t> offsets(type.getRank(), 0), sizes(type.getShape()), strides(type.getRank(), 1);
  auto fillStrip = [&](int64_t dim, int64_t offset, int64_t size) {
    if (size == 0)
      return;
    offsets[dim] = offset;
    sizes[dim] = size;
    auto stripType = RankedTensorType::get(sizes, type.getElementType());
    Value strip = tensor::ExtractSliceOp::create(rewriter, loc, stripType, result, ValueRange(), ValueRange(),
                                                 ValueRange(), offsets, sizes, strides);
    strip = linalg::FillOp::create(rewriter, loc, filled.getInputs(), strip).getResult(0);
    result = tensor::InsertSliceOp::create(rewriter, loc, strip, result, ValueRange(), ValueRange(), ValueRange(),
                                           offsets, sizes, strides);
  };
  for (auto [dim, size] : llvm::enumerate(type.getShape())) {
    const int64_t end = start[dim] + inner[dim];
    fillStrip(dim, 0, start[dim]);
    fillStrip(dim, end, size - end);
    offsets[dim] = start[dim];
    sizes[dim] = inner[dim];
  }
  return result;
}

/// tensor.pad as a fill and an insertion; of a concatenation that nothing else reads, as insertions of its parts.
static LogicalResult lowerPad(IRRewriter &rewriter, tensor::PadOp pad) {
  Value source = pad.getSource();
  // What is written into another buffer as a whole is one destination, which strips would hide.
  const bool isWhole = llvm::any_of(pad->getUsers(), [](Operation *user) {
    return isa<bufferization::MaterializeInDestinationOp, tensor::ConcatOp, tensor::InsertSliceOp, tensor::PadOp>(user);
  });
  rewriter.setInsertionPoint(pad);
  FailureOr<Operation *> lowered = linalg::rewriteInDestinationPassingStyle(rewriter, pad);
  if (failed(lowered))
    return pad.emitOpError() << "can't be written into a buffer";
  auto insertion = dyn_cast<tensor::InsertSliceOp>(*lowered);
  if (!insertion)
    return success();
  auto filled = insertion.getDest().getDefiningOp<linalg::FillOp>();
  if (filled && filled->hasOneUse() && !isWhole) {
    rewriter.setInsertionPoint(insertion);
    Value around = fillAround(rewriter, filled, insertion);
    rewriter.modifyOpInPlace(insertion, [&] { insertion.getDestMutable().assign(around); });
    if (filled->use_empty())
      rewriter.eraseOp(filled);
  }
  if (keepJoinedRows(rewriter, insertion))
    return success();
  readFromDestination(rewriter, source, insertion);
  auto concat = source.getDefiningOp<tensor::ConcatOp>();
  if (!concat || !concat->hasOneUse() || !isStatic(concat))
    return success();
  rewriter.setInsertionPoint(insertion);
  rewriter.replaceOp(insertion, insertParts(rewriter, concat, insertion.getDest(), insertion.getMixedOffsets()));
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

template <typename OpTy> static SmallVector<OpTy> collect(Operation *root) {
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
