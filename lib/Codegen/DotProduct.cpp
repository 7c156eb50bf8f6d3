#include "TileKernel.h"
#include "lowbit/Dialect/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

Value lowbit::widenActivations(OpBuilder &builder, Location loc, Value bytes, ActivationForm form) {
  auto type = cast<VectorType>(bytes.getType());
  auto wideType = VectorType::get(type.getShape(), builder.getI32Type());
  if (form == ActivationForm::OffsetInLoop) {
    Value splat = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, APInt(8, 128)));
    bytes = arith::XOrIOp::create(builder, loc, bytes, splat);
  }
  if (form == ActivationForm::Signed)
    return arith::ExtSIOp::create(builder, loc, wideType, bytes);
  return arith::ExtUIOp::create(builder, loc, wideType, bytes);
}

void lowbit::subtractOffset(MutableArrayRef<int32_t> start, ArrayRef<int8_t> weights) {
  for (auto [index, weight] : llvm::enumerate(weights)) {
    int32_t &value = start[index % start.size()];
    // Wraps as the accumulator does: the sum of both is the exact value.
    value = static_cast<int32_t>(static_cast<uint32_t>(value) - 128u * static_cast<uint32_t>(int32_t(weight)));
  }
}

Value lowbit::createDotProduct(OpBuilder &builder, Location loc, StringRef instruction, Value activations,
                               Value weights, Value accumulator, bool hasUnsignedWeights) {
  const int64_t depth = cast<VectorType>(activations.getType()).getNumElements();
  const int64_t lanes = cast<VectorType>(accumulator.getType()).getNumElements();
  weights = vector::ShapeCastOp::create(builder, loc, VectorType::get({lanes, depth}, builder.getI8Type()), weights);
  auto wideType = VectorType::get({lanes, depth}, builder.getI32Type());
  if (hasUnsignedWeights)
    weights = arith::ExtUIOp::create(builder, loc, wideType, weights);
  else
    weights = arith::ExtSIOp::create(builder, loc, wideType, weights);
  // (lane, k): sum over k of activation[k] * weights[lane, k].
  AffineExpr lane = builder.getAffineDimExpr(0), k = builder.getAffineDimExpr(1);
  MLIRContext *context = builder.getContext();
  auto maps =
      builder.getAffineMapArrayAttr({AffineMap::get(2, 0, {k}, context), AffineMap::get(2, 0, {lane, k}, context),
                                     AffineMap::get(2, 0, {lane}, context)});
  auto iterators = builder.getArrayAttr({vector::IteratorTypeAttr::get(context, vector::IteratorType::parallel),
                                         vector::IteratorTypeAttr::get(context, vector::IteratorType::reduction)});
  auto contract = vector::ContractionOp::create(builder, loc, activations, weights, accumulator, maps, iterators);
  contract->setAttr(kInstructionAttrName, builder.getStringAttr(instruction));
  return contract;
}

Value lowbit::createElementwiseDotProduct(OpBuilder &builder, Location loc, const DotInstruction &instruction,
                                          Value activations, Value weights, Value accumulator) {
  MLIRContext *context = builder.getContext();
  const int64_t lanes = instruction.lanes, depth = instruction.depth;
  auto byteType = VectorType::get({lanes, depth}, builder.getI8Type());
  auto wideType = VectorType::get({lanes, depth}, builder.getI32Type());
  activations = vector::ShapeCastOp::create(builder, loc, byteType, activations);
  weights = vector::ShapeCastOp::create(builder, loc, byteType, weights);
  Value wideActivations = instruction.offsetsActivations
                              ? arith::ExtUIOp::create(builder, loc, wideType, activations).getResult()
                              : arith::ExtSIOp::create(builder, loc, wideType, activations).getResult();
  Value wideWeights = instruction.complementsActivations
                          ? arith::ExtUIOp::create(builder, loc, wideType, weights).getResult()
                          : arith::ExtSIOp::create(builder, loc, wideType, weights).getResult();
  AffineExpr lane, k;
  bindDims(context, lane, k);
  AffineMap elements = AffineMap::get(2, 0, {lane, k}, context);
  auto maps = builder.getAffineMapArrayAttr({elements, elements, AffineMap::get(2, 0, {lane}, context)});
  auto iterators = builder.getArrayAttr({vector::IteratorTypeAttr::get(context, vector::IteratorType::parallel),
                                         vector::IteratorTypeAttr::get(context, vector::IteratorType::reduction)});
  auto contract =
      vector::ContractionOp::create(builder, loc, wideActivations, wideWeights, accumulator, maps, iterators);
  contract->setAttr(kInstructionAttrName, builder.getStringAttr(instruction.name));
  return contract;
}

Value lowbit::createComplementedDotProduct(OpBuilder &builder, Location loc, const DotInstruction &instruction,
                                           Value activations, Value magnitudes, Value flippedBits, Value accumulator) {
  auto type = VectorType::get({instruction.lanes, instruction.depth}, builder.getI8Type());
  Value all = vector::BroadcastOp::create(builder, loc, type, activations);
  Value flips = vector::ShapeCastOp::create(builder, loc, type, flippedBits);
  Value complemented = arith::XOrIOp::create(builder, loc, all, flips);
  return createElementwiseDotProduct(builder, loc, instruction, complemented, magnitudes, accumulator);
}

Value lowbit::offsetBytes(OpBuilder &builder, Location loc, Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  auto wordType = VectorType::get({type.getNumElements() / 4}, builder.getI32Type());
  Value words = vector::BitCastOp::create(builder, loc, wordType, bytes);
  Value offset = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(wordType, APInt(32, 0x80808080)));
  words = arith::XOrIOp::create(builder, loc, words, offset);
  return vector::BitCastOp::create(builder, loc, type, words);
}
