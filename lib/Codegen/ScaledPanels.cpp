#include "ScaledPanels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

ScaledPanels::ScaledPanels(OpBuilder &builder, Location loc, const DequantizedWeights &weights,
                           const PanelLayout &layout, const TileShape &shape)
    : shape(shape), bits(weights.getBits()) {
  findBlocks(weights, layout);
  packWords(builder, loc, weights, layout);
  packParameters(builder, loc, weights, layout);
}

/// The largest blocks, all of one size, in which no run of any channel has more than one scale and zero point.
void ScaledPanels::findBlocks(const DequantizedWeights &weights, const PanelLayout &layout) {
  const ContractionShape &contraction = layout.contraction;
  auto haveSameParameters = [&](int64_t left, int64_t right) {
    return weights.getScale(left) == weights.getScale(right) &&
           weights.getZeroPoint(left) == weights.getZeroPoint(right);
  };
  int64_t size = contraction.run;
  for (int64_t channel = 0; channel < contraction.channels; ++channel)
    for (int64_t step = 0; step < contraction.getStepCount(); ++step) {
      const int64_t first = contraction.getWeightIndex(channel, step, 0);
      isPerChannel &= haveSameParameters(first, contraction.getWeightIndex(channel, 0, 0));
      for (int64_t element = 1; element < contraction.run; ++element)
        if (!haveSameParameters(contraction.getWeightIndex(channel, step, element - 1),
                                contraction.getWeightIndex(channel, step, element)))
          size = std::gcd(size, element);
    }
  groupsOfBlock = size;
  blockCount = contraction.run / size;
  isPerChannel &= blockCount == 1;
}

void ScaledPanels::packWords(OpBuilder &builder, Location loc, const DequantizedWeights &weights,
                             const PanelLayout &layout) {
  const ContractionShape &contraction = layout.contraction;
  const int64_t ofWord = getGroupsOfUnit(), wordCount = llvm::divideCeil(groupsOfBlock, ofWord);
  SmallVector<int64_t> packedShape = {layout.getPanelCount()};
  llvm::append_range(packedShape, contraction.steps);
  packedShape.append({blockCount, wordCount, shape.vectors, shape.lanes});
  SmallVector<int32_t, 0> packed;
  packed.reserve(llvm::product_of(packedShape));
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t step = 0; step < contraction.getStepCount(); ++step)
      for (int64_t block = 0; block < blockCount; ++block)
        for (int64_t start = 0; start < groupsOfBlock; start += ofWord)
          for (int64_t lane = 0; lane < layout.width; ++lane) {
            uint32_t word = 0;
            for (int64_t k = start; k < std::min(start + ofWord, groupsOfBlock); ++k)
              if (auto index = layout.getWeightIndex(panel, step, block * groupsOfBlock + k, lane, 0)) {
                const uint32_t code = static_cast<uint32_t>(weights.getCode(*index)) & ((1u << bits) - 1);
                word |= code << ((k - start) * bits);
              }
            packed.push_back(static_cast<int32_t>(word));
          }
  words = createConstant<int32_t>(builder, loc, RankedTensorType::get(packedShape, builder.getI32Type()), packed,
                                  "packed_weights");
}

void ScaledPanels::packParameters(OpBuilder &builder, Location loc, const DequantizedWeights &weights,
                                  const PanelLayout &layout) {
  const ContractionShape &contraction = layout.contraction;
  SmallVector<float, 0> packedScales;
  SmallVector<int32_t, 0> packedZeroPoints;
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t step = 0; step < (isPerChannel ? 1 : contraction.getStepCount()); ++step)
      for (int64_t block = 0; block < blockCount; ++block)
        for (int64_t lane = 0; lane < layout.width; ++lane) {
          auto index = layout.getWeightIndex(panel, step, block * groupsOfBlock, lane, 0);
          packedScales.push_back(index ? weights.getScale(*index) : 0.0f);
          packedZeroPoints.push_back(index ? weights.getZeroPoint(*index) : 0);
        }
  SmallVector<int64_t> packedShape = {layout.getPanelCount()};
  if (!isPerChannel) {
    llvm::append_range(packedShape, contraction.steps);
    packedShape.push_back(blockCount);
  }
  packedShape.append({shape.vectors, shape.lanes});
  scales = createConstant<float>(builder, loc, RankedTensorType::get(packedShape, builder.getF32Type()), packedScales,
                                 "packed_scales");
  if (weights.hasZeroPoints())
    zeroPoints = createConstant<int32_t>(builder, loc, RankedTensorType::get(packedShape, builder.getI32Type()),
                                         packedZeroPoints, "packed_zero_points");
}

ScaledPanels::Parameters ScaledPanels::loadParameters(OpBuilder &builder, Location loc,
                                                      ArrayRef<OpFoldResult> indices) const {
  Parameters parameters;
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    SmallVector<OpFoldResult> place(isPerChannel ? indices.take_front() : indices);
    place.push_back(builder.getIndexAttr(vector));
    parameters.scales.push_back(loadLast(builder, loc, scales, place));
    if (zeroPoints)
      parameters.zeroPoints.push_back(loadLast(builder, loc, zeroPoints, place));
  }
  return parameters;
}

ScaledPanels::Groups ScaledPanels::loadUnit(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices,
                                            OpFoldResult unit, int64_t count, const Parameters &parameters) const {
  auto type = VectorType::get({shape.lanes}, builder.getI32Type());
  auto floatType = VectorType::get({shape.lanes}, builder.getF32Type());
  auto createShift = [&](int64_t distance) -> Value {
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, APInt(32, distance)));
  };
  SmallVector<Value> vectors;
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    SmallVector<OpFoldResult> place(indices);
    place.append({unit, builder.getIndexAttr(vector)});
    vectors.push_back(loadLast(builder, loc, words, place));
  }
  Groups groups(count);
  for (auto [number, group] : llvm::enumerate(groups))
    for (auto [vector, loaded] : llvm::enumerate(vectors)) {
      Value codes = loaded;
      // The highest bit of the code becomes that of the word, whose sign a shift to the right repeats.
      if (const int64_t above = 32 - static_cast<int64_t>(number + 1) * bits; above > 0)
        codes = arith::ShLIOp::create(builder, loc, codes, createShift(above));
      codes = arith::ShRSIOp::create(builder, loc, codes, createShift(32 - bits));
      if (!parameters.zeroPoints.empty())
        codes = arith::SubIOp::create(builder, loc, codes, parameters.zeroPoints[vector]);
      Value steps = arith::SIToFPOp::create(builder, loc, floatType, codes);
      group.push_back(arith::MulFOp::create(builder, loc, steps, parameters.scales[vector]));
    }
  return groups;
}
