#include "Layers.h"
#include "lowbit/Analysis/ScaleConstraints.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Analysis/VaryingResults.h"

using namespace mlir;
using namespace mlir::lowbit;

/// True where `op` is about to become an integer op, and `value`, its result, only goes to the clamp computed in it.
static bool goesToFusedClamp(QuantizableOpInterface op, Value value) {
  if (!op.acceptsClamp() || !value.hasOneUse() || op->hasAttr(kFloatAttrName))
    return false;
  auto clamp = dyn_cast<QuantizableOpInterface>(*value.user_begin());
  OpOperand *activation = getFirstOperand(op, OperandRole::Kind::Activation);
  return clamp && clamp.getClampBounds() && !clamp->hasAttr(kFloatAttrName) && activation &&
         getQuantized(activation->get());
}

SmallVector<Layer, 0> lowbit::getLayers(func::FuncOp function) {
  SmallVector<Layer, 0> layers;
  const TensorNames names(function);
  const DenseSet<Value> varying = findVaryingResults(function);
  DenseMap<Operation *, std::string> producers;
  for (const auto &[value, name] : names.getNames()) {
    auto op = value.getDefiningOp<QuantizableOpInterface>();
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!op || !isa<func::FuncOp>(op->getParentOp()) || !varying.contains(value) || !type || !type.hasStaticShape() ||
        !type.getElementType().isF32())
      continue;
    if (goesToFusedClamp(op, value))
      producers[*value.user_begin()] = name;
    else
      layers.push_back({value, name, producers.lookup(op)});
  }
  return layers;
}

Value lowbit::getReadValue(Value result) {
  QuantizeOp quantize = getOnlyQuantization(result);
  if (!quantize)
    return result;
  for (Operation *user : quantize->getUsers())
    if (auto dequantize = dyn_cast<DequantizeOp>(user))
      return dequantize.getResult();
  OpBuilder builder(quantize);
  builder.setInsertionPointAfter(quantize);
  return DequantizeOp::create(builder, quantize.getLoc(), result.getType(), quantize.getResult());
}

void lowbit::returnValues(func::FuncOp function, ArrayRef<Layer> layers, ArrayRef<Value> values) {
  Builder builder(function.getContext());
  SmallVector<Attribute> attributes = llvm::map_to_vector(layers, [&](const Layer &layer) -> Attribute {
    return builder.getDictionaryAttr(builder.getNamedAttr(kNameAttrName, builder.getStringAttr(layer.name)));
  });
  function.setType(builder.getFunctionType(function.getArgumentTypes(), ValueRange(values).getTypes()));
  function.setAllResultAttrs(attributes);
  function.getBody().front().getTerminator()->setOperands(values);
}
