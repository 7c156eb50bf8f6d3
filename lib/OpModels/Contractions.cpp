// Matrix products and convolutions.

#include "Models.h"
#include "lowbit/Dialect/AccumulatorType.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// What is known of a contraction by its op alone.
template <typename OpTy> struct Traits;
template <> struct Traits<linalg::MatmulOp> {
  static constexpr int64_t channelAxis = 1;
  /// Leading dimensions of the activation that number rows, or images.
  static constexpr int64_t rowRank = 1;
  static constexpr bool takesBias = true;
  /// Weights of less than 8 bits.
  static constexpr bool takesNarrowWeights = true;
  /// Weights with a scale for each group along the reduction.
  static constexpr bool takesGroups = true;
};
template <> struct Traits<linalg::BatchMatmulOp> {
  static constexpr int64_t channelAxis = -1;
  static constexpr int64_t rowRank = 2;
  static constexpr bool takesBias = false;
  static constexpr bool takesNarrowWeights = false;
  static constexpr bool takesGroups = false;
};
template <> struct Traits<linalg::Conv2DNhwcFhwcOp> {
  static constexpr int64_t channelAxis = 0;
  static constexpr int64_t rowRank = 1;
  static constexpr bool takesBias = true;
  static constexpr bool takesNarrowWeights = true;
  static constexpr bool takesGroups = true;
};
template <> struct Traits<linalg::DepthwiseConv2DNhwcHwcOp> {
  static constexpr int64_t channelAxis = 2;
  static constexpr int64_t rowRank = 1;
  static constexpr bool takesBias = true;
  static constexpr bool takesNarrowWeights = false;
  static constexpr bool takesGroups = false;
};

} // namespace

/// The operand of the bias vector, where the destination is broadcast along all dimensions but the last.
static OpOperand *getBroadcastBias(linalg::LinalgOp op) {
  auto broadcast = op.getDpsInits().front().getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast)
    return nullptr;
  auto type = dyn_cast<RankedTensorType>(broadcast.getInput().getType());
  const int64_t resultRank = cast<ShapedType>(broadcast.getInit().getType()).getRank();
  ArrayRef<int64_t> dimensions = broadcast.getDimensions();
  if (!type || type.getRank() != 1 || llvm::is_contained(dimensions, resultRank - 1) ||
      !isQuantizableConstant(broadcast.getInput()))
    return nullptr;
  return &broadcast->getOpOperand(0);
}

static SmallVector<int64_t> getInts(DenseIntElementsAttr attr) { return llvm::to_vector(attr.getValues<int64_t>()); }

/// `kernelAxis` is the dimension of the filter that is the window's height; its width follows.
template <typename QuantizedOp, typename OpTy>
static Value buildConvolution(OpBuilder &builder, OpTy op, const QuantizedParts &parts, int64_t kernelAxis) {
  auto inputType = cast<quant::UniformQuantizedType>(getElementTypeOrSelf(parts.operands[0].getType()));
  auto filter = cast<RankedTensorType>(parts.operands[1].getType());
  Window window{llvm::to_vector(filter.getShape().slice(kernelAxis, 2)), getInts(op.getStrides()),
                getInts(op.getDilations())};
  WindowInput input =
      getWindowInput(builder, parts.operands[0], inputType.getZeroPoint(), window, parts.resultType.getShape());
  return QuantizedOp::create(builder, op.getLoc(), parts.resultType, input.source, parts.operands[1], parts.bias,
                             builder.getDenseI64ArrayAttr(window.strides),
                             builder.getDenseI64ArrayAttr(window.dilations), builder.getDenseI64ArrayAttr(input.pad),
                             getClampAttr(builder, parts.clamp), RequantizeMode::F32);
}

static Value build(OpBuilder &builder, linalg::Conv2DNhwcFhwcOp op, const QuantizedParts &parts) {
  return buildConvolution<Conv2DOp>(builder, op, parts, /*kernelAxis=*/1);
}

static Value build(OpBuilder &builder, linalg::DepthwiseConv2DNhwcHwcOp op, const QuantizedParts &parts) {
  return buildConvolution<DepthwiseConv2DOp>(builder, op, parts, /*kernelAxis=*/0);
}

static Value build(OpBuilder &builder, linalg::MatmulOp op, const QuantizedParts &parts) {
  return MatmulOp::create(builder, op.getLoc(), parts.resultType, parts.operands[0], parts.operands[1], parts.bias,
                          getClampAttr(builder, parts.clamp), RequantizeMode::F32);
}

static Value build(OpBuilder &builder, linalg::BatchMatmulOp op, const QuantizedParts &parts) {
  return BatchMatmulOp::create(builder, op.getLoc(), parts.resultType, parts.operands[0], parts.operands[1],
                               getClampAttr(builder, parts.clamp), RequantizeMode::F32);
}

/// Success where the operands of a matrix product are not transposed.
static LogicalResult verifyMaps(linalg::LinalgOp op, std::string &reason) {
  auto hasUserMaps = [](Operation *op) {
    if (auto matmul = dyn_cast<linalg::MatmulOp>(op))
      return matmul.hasUserDefinedMaps();
    if (auto matmul = dyn_cast<linalg::BatchMatmulOp>(op))
      return matmul.hasUserDefinedMaps();
    return false;
  };
  if (!hasUserMaps(op))
    return success();
  reason = "its operands are transposed or broadcast";
  return failure();
}

namespace {

template <typename OpTy> struct ContractionModel : QuantizableOpInterface::ExternalModel<ContractionModel<OpTy>, OpTy> {
  SmallVector<OperandRole> getOperandRoles(Operation *op) const {
    OperandRole weight = isQuantizableConstant(op->getOperand(1))
                             ? OperandRole::weight(Traits<OpTy>::channelAxis, Traits<OpTy>::takesGroups)
                             : OperandRole::activation();
    return {OperandRole::activation(), weight, getBiasOperand(op) ? OperandRole::bias() : OperandRole::other()};
  }
  bool acceptsClamp(Operation *) const { return true; }
  bool returnsAccumulators(Operation *) const { return true; }
  int64_t getRowRank(Operation *) const { return Traits<OpTy>::rowRank; }
  quant::QuantizedType getAccumulatorType(Operation *op, ValueRange operands) const {
    const int64_t lastDim = cast<RankedTensorType>(op->getResult(0).getType()).getRank() - 1;
    return lowbit::getAccumulatorType(cast<quant::QuantizedType>(getElementTypeOrSelf(operands[0].getType())),
                                      cast<quant::QuantizedType>(getElementTypeOrSelf(operands[1].getType())),
                                      Traits<OpTy>::channelAxis, lastDim);
  }
  OpOperand *getBiasOperand(Operation *op) const {
    return Traits<OpTy>::takesBias ? getBroadcastBias(cast<linalg::LinalgOp>(op)) : nullptr;
  }
  LogicalResult verifyQuantizable(Operation *op, const QuantWidths &widths, std::string &reason) const {
    auto linalgOp = cast<linalg::LinalgOp>(op);
    if (op->getNumOperands() != 3 || op->getNumResults() != 1) {
      reason = "it is not an op on tensors";
      return failure();
    }
    if (failed(verifyTensors(op, widths, reason)) || failed(verifyMaps(linalgOp, reason)))
      return failure();
    if (widths.activation > 8 && !isQuantizableConstant(op->getOperand(1))) {
      reason = "sums of products of two " + std::to_string(widths.activation) + "-bit activations don't fit 32 bits";
      return failure();
    }
    if (!Traits<OpTy>::takesNarrowWeights && widths.weight < 8 && isQuantizableConstant(op->getOperand(1))) {
      reason = "it has no kernel for " + std::to_string(widths.weight) + "-bit weights";
      return failure();
    }
    if (getBiasOperand(op) || isFilledWith(op->getOperand(2), 0.0f))
      return success();
    reason =
        Traits<OpTy>::takesBias ? "its destination is neither zero nor a constant bias" : "its destination is not zero";
    return failure();
  }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts, std::string &) const {
    return build(builder, cast<OpTy>(op), parts);
  }
};

} // namespace

void lowbit::registerContractionModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    auto attach = [&](auto... ops) {
      (decltype(ops)::template attachInterface<ContractionModel<decltype(ops)>>(*context), ...);
    };
    attach(linalg::MatmulOp(), linalg::BatchMatmulOp(), linalg::Conv2DNhwcFhwcOp(), linalg::DepthwiseConv2DNhwcHwcOp());
  });
}
