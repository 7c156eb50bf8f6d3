#include "Contractions.h"
#include "Utils.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<int64_t> lowbit::getChannelDim(Operation *op) {
  if (auto matmul = dyn_cast<linalg::MatmulOp>(op))
    return matmul.hasUserDefinedMaps() ? std::nullopt : std::optional<int64_t>(1);
  if (auto matmul = dyn_cast<linalg::BatchMatmulOp>(op))
    return matmul.hasUserDefinedMaps() ? std::nullopt : std::optional<int64_t>(2);
  if (isa<linalg::Conv2DNhwcFhwcOp>(op))
    return 0;
  if (isa<linalg::DepthwiseConv2DNhwcHwcOp>(op))
    return 2;
  return std::nullopt;
}

std::optional<Channels> lowbit::getChannelConstant(Value value, AffineMap map, int64_t count) {
  if (std::optional<float> uniform = getUniformConstant(value))
    return Channels(count, *uniform);
  if (auto broadcast = value.getDefiningOp<linalg::BroadcastOp>()) {
    value = broadcast.getInput();
    auto maps = broadcast.getIndexingMapsArray();
    map = maps.front().compose(map);
  }
  RankedTensorType type = getStaticTensorType(value);
  std::optional<ConstantValues<float>> values = getConstantValues<float>(value);
  if (!type || !values || type.getNumElements() != count)
    return std::nullopt;
  AffineExpr channel = getAffineDimExpr(map.getNumDims() - 1, map.getContext());
  for (auto [expr, size] : llvm::zip_equal(map.getResults(), type.getShape()))
    if (size != 1 && expr != channel)
      return std::nullopt;
  return Channels(values->get().begin(), values->get().end());
}

std::optional<Channels> lowbit::getBias(linalg::LinalgOp contraction) {
  Value init = contraction.getDpsInits().front();
  RankedTensorType type = getStaticTensorType(init);
  if (!type || type.getRank() == 0 || !type.getElementType().isF32())
    return std::nullopt;
  return getChannelConstant(init, AffineMap::getMultiDimIdentityMap(type.getRank(), type.getContext()),
                            type.getShape().back());
}

Value lowbit::createBias(OpBuilder &builder, Location loc, RankedTensorType type, ArrayRef<double> bias) {
  if (llvm::all_of(bias, [](double value) { return value == 0.0; }))
    return createFilled(builder, loc, type, builder.getF32FloatAttr(0.0f));
  SmallVector<float, 0> values = llvm::map_to_vector<0>(bias, [](double value) { return static_cast<float>(value); });
  auto biasType = RankedTensorType::get({static_cast<int64_t>(values.size())}, type.getElementType());
  Value constant = createConstant<float>(builder, loc, biasType, values, "bias");
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank() - 1));
  return linalg::BroadcastOp::create(builder, loc, constant, init, dims)->getResult(0);
}
