#include "Utils.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

LogicalResult lowbit::applyImportPatterns(Operation *op, const FrozenRewritePatternSet &patterns) {
  // Layouts move one op at a time, so deep networks need as many iterations as they have layers.
  GreedyRewriteConfig config;
  config.setMaxIterations(GreedyRewriteConfig::kNoLimit);
  if (failed(applyPatternsGreedily(op, patterns, config)))
    return op->emitOpError("expected the import's patterns to converge");
  return success();
}

Value lowbit::createTranspose(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> permutation) {
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>())
    if (applyPermutation(transpose.getPermutation(), permutation) ==
        llvm::to_vector(llvm::seq<int64_t>(0, permutation.size())))
      return transpose.getInput();
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape = applyPermutation(type.getShape(), permutation);
  Value init = tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  if (value.getDefiningOp<tensor::EmptyOp>())
    return init;
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return linalg::FillOp::create(builder, loc, fill.getInputs(), init).getResult(0);
  return linalg::TransposeOp::create(builder, loc, value, init, permutation)->getResult(0);
}

Value lowbit::createFilled(OpBuilder &builder, Location loc, RankedTensorType type, TypedAttr value) {
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  Value scalar = arith::ConstantOp::create(builder, loc, value);
  return linalg::FillOp::create(builder, loc, scalar, init).getResult(0);
}

linalg::GenericOp lowbit::createElementwise(OpBuilder &builder, Location loc, Value input,
                                            function_ref<Value(OpBuilder &, Location, Value)> body) {
  auto type = cast<RankedTensorType>(input.getType());
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(builder, loc, TypeRange{type}, ValueRange{input}, ValueRange{init},
                                   ArrayRef<AffineMap>{identity, identity}, iterators,
                                   [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                     linalg::YieldOp::create(builder, loc, body(builder, loc, arguments[0]));
                                   });
}

void lowbit::copyName(Operation *from, Operation *to) {
  if (Attribute name = from->getDiscardableAttr(kNameAttrName))
    to->setDiscardableAttr(kNameAttrName, name);
}

RankedTensorType lowbit::getStaticTensorType(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() ? type : RankedTensorType();
}

bool lowbit::isElementwiseOnTensors(linalg::LinalgOp op) {
  if (isa<linalg::TransposeOp, linalg::BroadcastOp, linalg::FillOp, linalg::CopyOp>(op.getOperation()))
    return false;
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 && op->getNumResults() == 1 &&
         op.getNumParallelLoops() == op.getNumLoops() && !op.hasIndexSemantics() && op.getBlock() &&
         getStaticTensorType(op->getResult(0)) && op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity();
}

std::optional<float> lowbit::getUniformConstant(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return getUniformConstant(fill.getInputs().front());
  if (isa_and_nonnull<linalg::BroadcastOp, linalg::TransposeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
          value.getDefiningOp()))
    return getUniformConstant(value.getDefiningOp()->getOperand(0));
  Attribute attr;
  if (!getElementTypeOrSelf(value.getType()).isF32() || !matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  if (auto scalar = dyn_cast<FloatAttr>(attr))
    return scalar.getValue().convertToFloat();
  std::optional<ConstantValues<float>> values = getConstantValues<float>(attr);
  if (!values || values->get().empty() || !llvm::all_equal(values->get()))
    return std::nullopt;
  return values->get().front();
}
