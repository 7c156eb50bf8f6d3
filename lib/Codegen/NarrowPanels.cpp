#include "NarrowPanels.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include <limits>
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

static Value createSplat(OpBuilder &builder, Location loc, VectorType type, uint64_t value) {
  const APInt bits(type.getElementTypeBitWidth(), value);
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, bits));
}

int64_t NarrowPanels::getBlockSize(const ConstantWeights &weights, const ContractionShape &contraction) {
  return weights.variesOnlyAlong(contraction.channelDim) ? contraction.run
                                                         : weights.getGroupSize(contraction.elementDim);
}

bool NarrowPanels::canPack(const ConstantWeights &weights, const ContractionShape &contraction, int64_t depth) {
  const unsigned bits = weights.getBits();
  if (bits != 4 && bits != 2)
    return false;
  if (!weights.isExpanded())
    return true;
  const int64_t largest = 255 / (weights.getStep() * ((1 << bits) - 1)), block = getBlockSize(weights, contraction);
  // What is multiplied together has one multiplier and zero point; what fills up the last group is a zero point.
  const bool isFilled = block % depth != 0;
  if (isFilled && (block != contraction.run || weights.getStep() != 1))
    return false;
  return llvm::all_of(llvm::seq<int64_t>(0, weights.get().size()), [&](int64_t index) {
    const int multiplier = weights.getMultiplier(index), zeroPoint = weights.getZeroPoint(index);
    return multiplier >= 0 && multiplier <= largest && (!isFilled || llvm::isIntN(bits, zeroPoint));
  });
}

int64_t NarrowPanels::getGroupsOfShortSum(const ConstantWeights &weights) {
  int64_t greatest = 1;
  for (size_t index = 0; index < weights.get().size(); ++index)
    greatest = std::max(greatest, std::abs(weights.getFactor(index)));
  // A group has two products in each of the 16-bit lanes of a channel.
  const int64_t groups = std::numeric_limits<int16_t>::max() / (2 * 255 * greatest);
  return groups == 0 ? 0 : std::min<int64_t>(8, llvm::bit_floor(static_cast<uint64_t>(groups)));
}

NarrowPanels::NarrowPanels(OpBuilder &builder, Location loc, const ConstantWeights &weights, const PanelLayout &layout,
                           const TileShape &shape, PanelValues values)
    : shape(shape), values(values), bits(weights.getBits()), codeStep(weights.getStep()), depth(layout.depth) {
  const ContractionShape &contraction = layout.contraction;
  const int64_t block = getBlockSize(weights, contraction);
  blockCount = llvm::divideCeil(contraction.run, block);
  groupsOfBlock = llvm::divideCeil(block, depth);
  packCodes(builder, loc, weights, layout);
  packParameters(builder, loc, weights, layout);
}

int64_t NarrowPanels::getGroupsOfUnit() const { return getPlanes() / std::gcd(getPlanes(), shape.vectors); }

void NarrowPanels::packCodes(OpBuilder &builder, Location loc, const ConstantWeights &weights,
                             const PanelLayout &layout) {
  const ContractionShape &contraction = layout.contraction;
  const int64_t length = shape.lanes * depth, planes = getPlanes();
  const int64_t chunks =
      llvm::divideCeil(groupsOfBlock, getGroupsOfUnit()) * getGroupsOfUnit() * shape.vectors / planes;
  SmallVector<int64_t> packedShape = {layout.getPanelCount()};
  llvm::append_range(packedShape, contraction.steps);
  packedShape.append({blockCount, chunks, length});
  SmallVector<int8_t, 0> packed(llvm::product_of(packedShape), 0);
  int64_t block = 0;
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t step = 0; step < contraction.getStepCount(); ++step)
      for (int64_t first = 0; first < blockCount * groupsOfBlock; first += groupsOfBlock, ++block)
        for (int64_t number = 0; number < groupsOfBlock * shape.vectors; ++number)
          for (int64_t byte = 0; byte < length; ++byte) {
            const int64_t group = first + number / shape.vectors;
            const int64_t lane = number % shape.vectors * shape.lanes + byte / depth;
            std::optional<int64_t> index = layout.getWeightIndex(panel, step, group, lane, byte % depth);
            // What is no weight is the zero point of those beside it, where it is any channel's.
            std::optional<int64_t> beside = layout.getWeightIndex(panel, step, first, lane, 0);
            const int64_t stored = index ? weights.getStored(*index) : beside ? weights.getZeroPoint(*beside) : 0;
            const unsigned code = static_cast<unsigned>(stored + (1 << (bits - 1)));
            packed[(block * chunks + number / planes) * length + byte] |=
                static_cast<int8_t>(code << (number % planes * bits));
          }
  codes = createConstant<int8_t>(builder, loc, RankedTensorType::get(packedShape, builder.getI8Type()), packed,
                                 "packed_weights");
}

/// The integers below 16 of each run of `lanes`, two in a byte: that of a lane and of the one half a run behind it.
static SmallVector<int8_t, 0> packHalves(ArrayRef<int8_t> values, int64_t lanes) {
  SmallVector<int8_t, 0> bytes;
  for (size_t run = 0; run < values.size(); run += lanes)
    for (int64_t lane = 0; lane < lanes / 2; ++lane)
      bytes.push_back(static_cast<int8_t>(values[run + lane] | values[run + lane + lanes / 2] << 4));
  return bytes;
}

void NarrowPanels::packParameters(OpBuilder &builder, Location loc, const ConstantWeights &weights,
                                  const PanelLayout &layout) {
  const ContractionShape &contraction = layout.contraction;
  SmallVector<int8_t, 0> packedMultipliers, packedOffsets;
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t step = 0; step < contraction.getStepCount(); ++step)
      for (int64_t block = 0; block < blockCount; ++block)
        for (int64_t lane = 0; lane < layout.width; ++lane) {
          auto index = layout.getWeightIndex(panel, step, block * groupsOfBlock, lane, 0);
          const int multiplier = index ? weights.getMultiplier(*index) : 0;
          const auto zeroCode = static_cast<int>((index ? weights.getZeroPoint(*index) : 0) + (codeStep << (bits - 1)));
          packedMultipliers.push_back(static_cast<int8_t>(multiplier));
          const int offset = values == PanelValues::Weights ? multiplier * zeroCode : zeroCode;
          // Of what is no channel's nothing is read.
          const bool isRead = index || packedOffsets.empty();
          packedOffsets.push_back(isRead ? static_cast<int8_t>(offset) : packedOffsets.back());
        }
  SmallVector<int64_t> packedShape = {layout.getPanelCount()};
  llvm::append_range(packedShape, contraction.steps);
  packedShape.append({blockCount, shape.vectors, shape.lanes});
  auto type = RankedTensorType::get(packedShape, builder.getI8Type());
  // Fewer than four bytes are no load of a vector.
  halvesBytes = shape.lanes >= 8 && llvm::all_of(packedMultipliers, [](uint8_t value) { return value < 16; });
  if (weights.hasMultipliers()) {
    if (halvesBytes)
      packedMultipliers = packHalves(packedMultipliers, shape.lanes);
    packedShape.back() /= halvesBytes ? 2 : 1;
    multipliers =
        createConstant<int8_t>(builder, loc, type.clone(packedShape), packedMultipliers, "packed_multipliers");
  }
  if (!weights.hasZeroPoints())
    return;
  if (llvm::all_equal(packedOffsets))
    equalOffset = packedOffsets.front();
  else
    offsets = createConstant<int8_t>(builder, loc, type, packedOffsets, "packed_offsets");
}

/// The bytes of a vector of channels, each as often as a group has elements.
Value NarrowPanels::repeatForDepth(OpBuilder &builder, Location loc, Value channels) const {
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < shape.lanes; ++lane)
    mask.append(depth, lane);
  return vector::ShuffleOp::create(builder, loc, channels, channels, mask);
}

Value NarrowPanels::loadMultiplierBytes(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const {
  Value bytes = loadLast(builder, loc, multipliers, indices);
  if (!halvesBytes)
    return bytes;
  auto type = cast<VectorType>(bytes.getType());
  Value low = arith::AndIOp::create(builder, loc, bytes, createSplat(builder, loc, type, 15));
  Value high = arith::ShRUIOp::create(builder, loc, bytes, createSplat(builder, loc, type, 4));
  return vector::ShuffleOp::create(builder, loc, low, high, llvm::to_vector(llvm::seq<int64_t>(0, shape.lanes)));
}

SmallVector<Value> NarrowPanels::loadMultipliers(OpBuilder &builder, Location loc,
                                                 ArrayRef<OpFoldResult> indices) const {
  SmallVector<Value> loaded;
  for (int64_t vector = 0; multipliers && vector < shape.vectors; ++vector) {
    SmallVector<OpFoldResult> place(indices);
    place.push_back(builder.getIndexAttr(vector));
    auto type = VectorType::get({shape.lanes}, builder.getI32Type());
    loaded.push_back(arith::ExtUIOp::create(builder, loc, type, loadMultiplierBytes(builder, loc, place)));
  }
  return loaded;
}

SmallVector<Value> NarrowPanels::loadZeroCodes(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices) const {
  auto type = VectorType::get({shape.lanes}, builder.getI32Type());
  if (!offsets) {
    const int32_t zeroCode = equalOffset ? *equalOffset : 1 << (bits - 1);
    return SmallVector<Value>(shape.vectors, createSplat(builder, loc, type, static_cast<uint32_t>(zeroCode)));
  }
  SmallVector<Value> loaded;
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    SmallVector<OpFoldResult> place(indices);
    place.push_back(builder.getIndexAttr(vector));
    loaded.push_back(arith::ExtSIOp::create(builder, loc, type, loadLast(builder, loc, offsets, place)));
  }
  return loaded;
}

NarrowPanels::Parameters NarrowPanels::loadParameters(OpBuilder &builder, Location loc,
                                                      ArrayRef<OpFoldResult> indices) const {
  auto type = VectorType::get({shape.lanes * depth}, builder.getI8Type());
  Parameters parameters;
  for (int64_t vector = 0; values != PanelValues::Codes && vector < shape.vectors; ++vector) {
    SmallVector<OpFoldResult> place(indices);
    place.push_back(builder.getIndexAttr(vector));
    Value factors;
    if (multipliers && values == PanelValues::Weights)
      factors = repeatForDepth(builder, loc, loadMultiplierBytes(builder, loc, place));
    parameters.multipliers.push_back(factors);
    if (offsets)
      parameters.offsets.push_back(repeatForDepth(builder, loc, loadLast(builder, loc, offsets, place)));
    else if (equalOffset)
      parameters.offsets.push_back(createSplat(builder, loc, type, static_cast<uint8_t>(*equalOffset)));
    else if (factors)
      parameters.offsets.push_back(
          arith::ShLIOp::create(builder, loc, factors, createSplat(builder, loc, type, bits - 1)));
    else
      parameters.offsets.push_back(createSplat(builder, loc, type, 1 << (bits - 1)));
    if (factors && depth % 2 == 0) {
      auto wordType = VectorType::get({shape.lanes * depth / 2}, builder.getI16Type());
      Value words = vector::BitCastOp::create(builder, loc, wordType, factors);
      parameters.multipliers.back() =
          arith::AndIOp::create(builder, loc, words, createSplat(builder, loc, wordType, 0xFF));
    }
  }
  return parameters;
}

/// `code * multiplier` in bytes. No product of a code exceeds a byte, so one of words makes two of them.
static Value multiply(OpBuilder &builder, Location loc, Value codes, Value multipliers) {
  if (!multipliers)
    return codes;
  Value factors = vector::BitCastOp::create(builder, loc, cast<VectorType>(multipliers.getType()), codes);
  Value products = arith::MulIOp::create(builder, loc, factors, multipliers);
  return vector::BitCastOp::create(builder, loc, cast<VectorType>(codes.getType()), products);
}

NarrowPanels::Groups NarrowPanels::loadUnit(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> indices,
                                            OpFoldResult unit, int64_t count, const Parameters &parameters) const {
  auto type = VectorType::get({shape.lanes * depth}, builder.getI8Type());
  // No vector instruction shifts bytes. What the shift of a word brings along from the next byte is masked.
  const int64_t wordBytes = std::gcd(int64_t(4), type.getNumElements());
  auto wordType = VectorType::get({type.getNumElements() / wordBytes}, builder.getIntegerType(8 * wordBytes));
  Value mask = createSplat(builder, loc, type, codeStep * ((1 << bits) - 1));
  const int64_t chunksOfUnit = getGroupsOfUnit() * shape.vectors / getPlanes();
  Groups groups(count);
  Value bytes;
  for (int64_t number = 0; number < count * shape.vectors; ++number) {
    const int64_t plane = number % getPlanes(), vector = number % shape.vectors;
    if (plane == 0) {
      SmallVector<OpFoldResult> place(indices);
      AffineExpr chunk = builder.getAffineDimExpr(0) * chunksOfUnit + number / getPlanes();
      place.push_back(affine::makeComposedFoldedAffineApply(builder, loc, chunk, {unit}));
      bytes = loadLast(builder, loc, codes, place);
    }
    Value shifted = bytes;
    // A step of 2 is a shift that is less by one.
    if (const int64_t shift = plane * bits - (codeStep - 1)) {
      Value words = vector::BitCastOp::create(builder, loc, wordType, bytes);
      Value amount = createSplat(builder, loc, wordType, std::abs(shift));
      words = shift > 0 ? arith::ShRUIOp::create(builder, loc, words, amount).getResult()
                        : arith::ShLIOp::create(builder, loc, words, amount).getResult();
      shifted = vector::BitCastOp::create(builder, loc, type, words);
    }
    Value value = arith::AndIOp::create(builder, loc, shifted, mask);
    if (values != PanelValues::Codes) {
      Value products = multiply(builder, loc, value, parameters.multipliers[vector]);
      value = arith::SubIOp::create(builder, loc, products, parameters.offsets[vector]);
    }
    groups[number / shape.vectors].push_back(value);
  }
  return groups;
}
