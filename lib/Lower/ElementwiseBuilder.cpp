#include "ElementwiseBuilder.h"
#include "Patterns.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

Storage lowbit::getStorage(quant::QuantizedType type, std::optional<ArrayRef<int64_t>> clamp) {
  Storage storage;
  storage.type = getContainer(type);
  storage.isSigned = type.isSigned();
  storage.bounds = {type.getStorageTypeMin(), type.getStorageTypeMax()};
  if (clamp)
    storage.bounds = {std::max(storage.bounds.min, clamp->front()), std::min(storage.bounds.max, clamp->back())};
  return storage;
}

ElementwiseBuilder::ElementwiseBuilder(OpBuilder &builder, Location loc, RankedTensorType resultType)
    : builder(builder), loc(loc), resultType(resultType) {}

unsigned ElementwiseBuilder::addInput(Value value) {
  return addInput(value, builder.getMultiDimIdentityMap(resultType.getRank()));
}

unsigned ElementwiseBuilder::addInput(Value value, AffineMap map) {
  inputs.push_back(value);
  maps.push_back(map);
  return inputs.size() - 1;
}

template <typename T>
ElementwiseBuilder::Parameter ElementwiseBuilder::addParameter(ArrayRef<T> values, ArrayRef<int64_t> shape,
                                                               AffineMap map, StringRef name) {
  Parameter parameter;
  Type type = std::is_same_v<T, float> ? Type(builder.getF32Type()) : Type(builder.getI32Type());
  if (!values.empty() && llvm::all_equal(values)) {
    if constexpr (std::is_same_v<T, float>)
      parameter.constant = builder.getF32FloatAttr(values.front());
    else
      parameter.constant = builder.getI32IntegerAttr(values.front());
    return parameter;
  }
  parameter.input = addInput(createConstant<T>(builder, loc, RankedTensorType::get(shape, type), values, name), map);
  return parameter;
}

template ElementwiseBuilder::Parameter ElementwiseBuilder::addParameter<float>(ArrayRef<float>, ArrayRef<int64_t>,
                                                                               AffineMap, StringRef);
template ElementwiseBuilder::Parameter ElementwiseBuilder::addParameter<int32_t>(ArrayRef<int32_t>, ArrayRef<int64_t>,
                                                                                 AffineMap, StringRef);

ElementwiseBuilder::Parameter ElementwiseBuilder::addScales(const ElementParameters &parameters) {
  SmallVector<float> scales =
      llvm::map_to_vector(parameters.scales, [](double scale) { return static_cast<float>(scale); });
  return addParameter<float>(scales, parameters.shape, parameters.map, "scales");
}

ElementwiseBuilder::Parameter ElementwiseBuilder::addZeroPoints(const ElementParameters &parameters) {
  SmallVector<int32_t> zeroPoints =
      llvm::map_to_vector(parameters.zeroPoints, [](int64_t zeroPoint) { return static_cast<int32_t>(zeroPoint); });
  return addParameter<int32_t>(zeroPoints, parameters.shape, parameters.map, "zero_points");
}

Value ElementwiseBuilder::materialize(BodyBuilder b, const Parameter &parameter, ValueRange args) {
  if (parameter.constant)
    return arith::ConstantOp::create(b.builder, b.loc, parameter.constant);
  return args[parameter.input];
}

ZeroPoint ElementwiseBuilder::getZeroPoint(const Parameter &parameter, ValueRange args) {
  if (parameter.constant)
    return {cast<IntegerAttr>(parameter.constant).getInt(), Value()};
  return {0, args[parameter.input]};
}

Value ElementwiseBuilder::build(Body body) {
  maps.push_back(builder.getMultiDimIdentityMap(resultType.getRank()));
  SmallVector<utils::IteratorType> iterators(resultType.getRank(), utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(builder, loc, resultType.getShape(), resultType.getElementType());
  return linalg::GenericOp::create(builder, loc, resultType, inputs, empty, maps, iterators,
                                   [&](OpBuilder &builder, Location loc, ValueRange args) {
                                     linalg::YieldOp::create(builder, loc, body({builder, loc}, args));
                                   })
      ->getResult(0);
}
