#include "FoldConstants.h"
#include "OpStatus.h"
#include "lowbit/Analysis/AccumulatorRange.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Fuse/Passes.h"
#include "lowbit/OpModels/StorageClamp.h"
#include "lowbit/Support/GroupMultipliers.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_FUSE
#include "lowbit/Fuse/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// Turns the ops of one function into quantized ops.
class Fuser {
public:
  /// Replaces `op` by its quantized form, or says in `reason` why it stays float.
  LogicalResult fuse(QuantizableOpInterface op, std::string &reason);
  /// Stores as integers the quantized constants that float ops read dequantized: weights of floats.
  void storeConstants(func::FuncOp function);

private:
  /// Where the result, or that of `clamp` where there is one, is quantized.
  LogicalResult fuseRounded(QuantizableOpInterface op, QuantizableOpInterface clamp, std::string &reason);
  /// Where nothing but float ops reads the result: the accumulators become floats without being rounded before.
  LogicalResult fuseUnrounded(QuantizableOpInterface op, QuantizableOpInterface clamp, std::string &reason);
  /// Where the scales of the activation are found at run time: the accumulators become floats in them.
  LogicalResult fuseDynamic(QuantizableOpInterface op, DynamicDequantizeOp activation, std::string &reason);
  LogicalResult collectOperands(QuantizableOpInterface op, QuantizedParts &parts, std::string &reason);
  LogicalResult collectBias(QuantizableOpInterface op, QuantizedParts &parts, std::string &reason);

  ConstantFolder constants;
};

} // namespace

/// The clamp that can be computed inside `op`; null where there is none.
static QuantizableOpInterface getFusedClamp(QuantizableOpInterface op) {
  if (!op.acceptsClamp() || !op->getResult(0).hasOneUse())
    return {};
  auto clamp = dyn_cast<QuantizableOpInterface>(*op->getResult(0).user_begin());
  return clamp && clamp.getClampBounds() && !clamp->hasAttr(kFloatAttrName) ? clamp : QuantizableOpInterface();
}

/// Whether anything quantizes `value`.
static bool isQuantizedAnywhere(Value value) { return llvm::any_of(value.getUsers(), llvm::IsaPred<QuantizeOp>); }

/// The quantizations of `value`, of one type, which are all that reads it.
static FailureOr<SmallVector<QuantizeOp>> getQuantizations(Value value, std::string &reason) {
  SmallVector<QuantizeOp> quantizations;
  for (Operation *user : value.getUsers()) {
    if (isa<ObserveOp>(user))
      continue;
    auto quantize = dyn_cast<QuantizeOp>(user);
    if (!quantize) {
      reason = ("its float result is read by '" + user->getName().getStringRef() + "'").str();
      return failure();
    }
    if (!quantizations.empty() && quantizations.front().getType() != quantize.getType()) {
      reason = "its result is quantized to different types";
      return failure();
    }
    quantizations.push_back(quantize);
  }
  if (!quantizations.empty())
    return quantizations;
  reason = "its result is not quantized";
  return failure();
}

/// Success where a kernel can read an operand of that role and type: an activation has one scale, a weight one in all,
/// one for each output channel, or where the op takes such, those of groups.
static LogicalResult verifyOperandType(OperandRole role, quant::QuantizedType type, std::string &reason) {
  if (isa<quant::UniformQuantizedType>(type))
    return success();
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  auto groups = dyn_cast<quant::UniformQuantizedSubChannelType>(type);
  if (role.kind == OperandRole::Kind::Activation)
    reason = "an activation has more than one scale";
  else if (groups && role.takesGroups)
    return GroupMultipliers::get(groups, role.channelAxis, reason);
  else if (!perAxis || perAxis.getQuantizedDimension() != role.channelAxis)
    reason = "a weight has scales of something else than its output channels";
  return success(reason.empty());
}

/// The integers of either kind of scales that `value` is the floats of; null where it is none.
static Value getIntegers(Value value) {
  if (DynamicDequantizeOp dequantize = getDynamicDequantization(value))
    return dequantize.getInput();
  return getQuantized(value);
}

/// The widths of the quantized operands of `op`; the default where it has none.
static QuantWidths getWidths(QuantizableOpInterface op) {
  QuantWidths widths;
  for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOperands())) {
    Value quantized = getIntegers(operand);
    if (!quantized)
      continue;
    const unsigned width =
        cast<quant::QuantizedType>(getElementTypeOrSelf(quantized.getType())).getStorageTypeIntegralWidth();
    if (role.kind == OperandRole::Kind::Activation)
      widths.activation = width;
    else if (role.kind == OperandRole::Kind::Weight)
      widths.weight = width;
  }
  return widths;
}

LogicalResult Fuser::collectOperands(QuantizableOpInterface op, QuantizedParts &parts, std::string &reason) {
  for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOpOperands())) {
    if (role.kind != OperandRole::Kind::Activation && role.kind != OperandRole::Kind::Weight) {
      parts.operands.push_back(operand.get());
      continue;
    }
    Value quantized = getIntegers(operand.get());
    if (!quantized) {
      reason = "its operand " + std::to_string(operand.getOperandNumber()) + " is not quantized";
      return failure();
    }
    if (failed(verifyOperandType(role, cast<quant::QuantizedType>(getElementTypeOrSelf(quantized.getType())), reason)))
      return failure();
    parts.operands.push_back(constants.fold(quantized));
  }
  return success();
}

LogicalResult Fuser::collectBias(QuantizableOpInterface op, QuantizedParts &parts, std::string &reason) {
  OpOperand *bias = op.getBiasOperand();
  if (!bias)
    return success();
  Value quantized = getQuantized(bias->get());
  parts.bias = quantized ? constants.foldBias(quantized) : Value();
  if (parts.bias)
    return success();
  reason = "its bias is not quantized to 32 bits";
  return failure();
}

/// Success where all tensors of an op that only moves values are of one type.
static LogicalResult verifySharedType(QuantizableOpInterface op, const QuantizedParts &parts, std::string &reason) {
  for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), parts.operands))
    if (role.kind == OperandRole::Kind::Activation &&
        getElementTypeOrSelf(operand.getType()) != parts.resultType.getElementType()) {
      reason = "its tensors have different scales, which scale propagation would settle";
      return failure();
    }
  return success();
}

/// The quantized form of `op`, whose accumulator is proved to hold. It has the name of `last`, whose result it gives.
static FailureOr<Value> build(QuantizableOpInterface op, const QuantizedParts &parts, Operation *last,
                              std::string &reason) {
  OpBuilder builder(op);
  FailureOr<Value> result = op.buildQuantized(builder, parts, reason);
  if (failed(result))
    return failure();
  Operation *built = result->getDefiningOp();
  if (!built)
    return result;
  if (Attribute name = last->getAttr(kNameAttrName))
    built->setAttr(kNameAttrName, name);
  if (succeeded(verifyAccumulator(built, reason)))
    return result;
  built->erase();
  return failure();
}

LogicalResult Fuser::fuse(QuantizableOpInterface op, std::string &reason) {
  if (auto attr = op->getAttrOfType<StringAttr>(kFloatAttrName)) {
    reason = attr.str();
    return failure();
  }
  if (failed(op.verifyQuantizable(getWidths(op), reason)))
    return failure();
  if (OpOperand *activation = getFirstOperand(op, OperandRole::Kind::Activation))
    if (DynamicDequantizeOp dequantize = getDynamicDequantization(activation->get()))
      return fuseDynamic(op, dequantize, reason);
  QuantizableOpInterface clamp = getFusedClamp(op);
  if (op.returnsAccumulators() && !isQuantizedAnywhere((clamp ? clamp : op)->getResult(0)))
    return fuseUnrounded(op, clamp, reason);
  return fuseRounded(op, clamp, reason);
}

LogicalResult Fuser::fuseRounded(QuantizableOpInterface op, QuantizableOpInterface clamp, std::string &reason) {
  Operation *last = clamp ? clamp : op;
  FailureOr<SmallVector<QuantizeOp>> quantizations = getQuantizations(last->getResult(0), reason);
  if (failed(quantizations))
    return failure();

  QuantizedParts parts;
  parts.resultType = cast<RankedTensorType>(quantizations->front().getType());
  auto resultType = dyn_cast<quant::UniformQuantizedType>(parts.resultType.getElementType());
  if (!resultType) {
    reason = "its result has more than one scale";
    return failure();
  }
  if (clamp)
    parts.clamp = getStorageClamp(*clamp.getClampBounds(), resultType);
  if (failed(collectOperands(op, parts, reason)) || failed(collectBias(op, parts, reason)))
    return failure();
  if (op.sharesScale() && failed(verifySharedType(op, parts, reason)))
    return failure();
  FailureOr<Value> result = build(op, parts, last, reason);
  if (failed(result))
    return failure();
  for (QuantizeOp quantize : *quantizations)
    quantize.getResult().replaceAllUsesWith(*result);
  return success();
}

/// Makes the result of the quantized form the exact sums, from the operands that are known by now.
static LogicalResult setAccumulatorType(QuantizableOpInterface op, QuantizedParts &parts, std::string &reason) {
  quant::QuantizedType type = op.getAccumulatorType(parts.operands);
  if (!type) {
    reason = "the scale of its accumulators is no normal f32";
    return failure();
  }
  parts.resultType = cast<RankedTensorType>(op->getResult(0).getType()).clone(type);
  return success();
}

LogicalResult Fuser::fuseUnrounded(QuantizableOpInterface op, QuantizableOpInterface clamp, std::string &reason) {
  QuantizedParts parts;
  if (failed(collectOperands(op, parts, reason)) || failed(collectBias(op, parts, reason)) ||
      failed(setAccumulatorType(op, parts, reason)))
    return failure();
  if (clamp)
    parts.clamp = getAccumulatorClamp(*clamp.getClampBounds());
  Operation *last = parts.clamp ? clamp : op;
  FailureOr<Value> result = build(op, parts, last, reason);
  if (failed(result))
    return failure();
  OpBuilder builder(op);
  Value values = DequantizeOp::create(builder, op->getLoc(), op->getResult(0).getType(), *result);
  last->getResult(0).replaceAllUsesWith(values);
  return success();
}

/// Success where the scales of `activation` come out of the sums of `op`: each of its rows has one, and all else that
/// is multiplied is weights of static scales.
static LogicalResult verifyDynamic(QuantizableOpInterface op, DynamicDequantizeOp activation, std::string &reason) {
  unsigned numActivations = 0, numDynamic = 0;
  for (auto [role, operand] : llvm::zip_equal(op.getOperandRoles(), op->getOperands())) {
    numActivations += role.kind == OperandRole::Kind::Activation;
    numDynamic += static_cast<bool>(getDynamicDequantization(operand));
  }
  if (!op.returnsAccumulators() || activation.getBias() || numActivations != 1 || numDynamic != 1)
    reason = "scales found at run time are those of one activation that is multiplied with weights";
  else if (activation.getScale().getType().getRank() > op.getRowRank())
    reason = "the scales found at run time are not of rows of its activation";
  return success(reason.empty());
}

LogicalResult Fuser::fuseDynamic(QuantizableOpInterface op, DynamicDequantizeOp activation, std::string &reason) {
  QuantizedParts parts;
  if (failed(verifyDynamic(op, activation, reason)) || failed(collectOperands(op, parts, reason)) ||
      failed(setAccumulatorType(op, parts, reason)))
    return failure();
  FailureOr<Value> result = build(op, parts, op, reason);
  if (failed(result))
    return failure();
  OpBuilder builder(op);
  OpOperand *bias = op.getBiasOperand();
  Value values = DynamicDequantizeOp::create(builder, op->getLoc(), op->getResult(0).getType(), *result,
                                             activation.getScale(), bias ? bias->get() : Value());
  op->getResult(0).replaceAllUsesWith(values);
  return success();
}

/// Takes the steps of what is padded with zeros before it is padded: zeros are 0 in any scale and leave it as it is.
static void quantizeBeforePadding(func::FuncOp function) {
  function.walk([](DynamicQuantizeOp quantize) {
    auto pad = quantize.getInput().getDefiningOp<tensor::PadOp>();
    Value padding = pad ? pad.getConstantPaddingValue() : Value();
    auto model = dyn_cast_or_null<QuantizableOpInterface>(pad.getOperation());
    const int64_t rowRank = quantize.getScale().getType().getRank();
    auto isZero = [](int64_t size) { return size == 0; };
    if (!model || !padding || quantize.getZeroPoint() || !matchPattern(padding, m_AnyZeroFloat()) ||
        !llvm::all_of(pad.getStaticLow().take_front(rowRank), isZero) ||
        !llvm::all_of(pad.getStaticHigh().take_front(rowRank), isZero))
      return;
    OpBuilder builder(quantize);
    auto type = cast<RankedTensorType>(quantize.getResult().getType());
    auto source =
        DynamicQuantizeOp::create(builder, quantize.getLoc(), pad.getSourceType().clone(type.getElementType()),
                                  quantize.getScale().getType(), /*zeroPoint=*/Type(), pad.getSource());
    QuantizedParts parts;
    parts.operands = llvm::to_vector(pad->getOperands());
    parts.operands.front() = source.getResult();
    parts.resultType = type;
    std::string reason;
    FailureOr<Value> padded = model.buildQuantized(builder, parts, reason);
    if (failed(padded)) {
      source.erase();
      return;
    }
    quantize.getResult().replaceAllUsesWith(*padded);
    quantize.getScale().replaceAllUsesWith(source.getScale());
  });
}

void Fuser::storeConstants(func::FuncOp function) {
  function.walk([&](DequantizeOp dequantize) {
    if (!dequantize->use_empty())
      dequantize.getInputMutable().assign(constants.fold(dequantize.getInput()));
  });
}

/// Turns the quantization of a dequantized tensor into a requantization.
static void fuseCasts(func::FuncOp function) {
  function.walk([](QuantizeOp quantize) {
    Value source = getQuantized(quantize.getInput());
    if (!source)
      return;
    OpBuilder builder(quantize);
    Value result = source;
    if (source.getType() != quantize.getType())
      result = RequantizeOp::create(builder, quantize.getLoc(), quantize.getType(), source);
    quantize.getResult().replaceAllUsesWith(result);
  });
}

/// Removes what nothing reads. Users come after what they use, so one walk from the end finds everything.
static void removeDeadOps(func::FuncOp function) {
  SmallVector<Operation *> ops;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : llvm::reverse(ops))
    if (isOpTriviallyDead(op))
      op->erase();
}

namespace {

struct FusePass : lowbit::impl::FuseBase<FusePass> {
  using FuseBase::FuseBase;

  void runOnOperation() override;
  LogicalResult reportFloatOps(func::FuncOp function);
};

} // namespace

/// A remark or an error for each op that computes with floats.
LogicalResult FusePass::reportFloatOps(func::FuncOp function) {
  bool isInteger = true;
  for (const OpStatus &status : getOpStatuses(function)) {
    if (status.kind != OpStatus::Kind::Float)
      continue;
    isInteger = false;
    InFlightDiagnostic diagnostic = requireInteger ? emitError(status.op->getLoc()) : emitRemark(status.op->getLoc());
    diagnostic << "'" << status.op->getName() << "' stays float: " << status.text;
  }
  return success(isInteger || !requireInteger);
}

void FusePass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  SmallVector<QuantizableOpInterface> ops;
  function.walk([&](QuantizableOpInterface op) {
    if (op->getNumResults() == 1 && isa<RankedTensorType>(op->getResult(0).getType()) &&
        getElementTypeOrSelf(op->getResult(0).getType()).isF32())
      ops.push_back(op);
  });
  quantizeBeforePadding(function);
  Fuser fuser;
  for (QuantizableOpInterface op : ops) {
    std::string reason;
    if (op->use_empty() || succeeded(fuser.fuse(op, reason)))
      continue;
    op->setAttr(kFloatAttrName, StringAttr::get(&getContext(), reason));
  }
  fuseCasts(function);
  fuser.storeConstants(function);
  removeDeadOps(function);
  if (failed(reportFloatOps(function)))
    signalPassFailure();
}
