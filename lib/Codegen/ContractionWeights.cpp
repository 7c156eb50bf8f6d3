// How the weights of a contraction, and what it starts from, are packed for its kernel.

#include "ContractionKernel.h"
#include "DynamicWeights.h"
#include "lowbit/Support/Constants.h"

using namespace mlir;
using namespace mlir::lowbit;

RankedTensorType ContractionKernel::getPackedType(Type elementType, ArrayRef<int64_t> panels) const {
  SmallVector<int64_t> packedShape(panels);
  llvm::append_range(packedShape, contraction.steps);
  packedShape.append({getLayout().getGroupCount(), shape.vectors * getWeightVectors(), shape.lanes * depth});
  return RankedTensorType::get(packedShape, elementType);
}

template <typename T> void ContractionKernel::packWeights(OpBuilder &builder, ArrayRef<T> weights) {
  const PanelLayout layout = getLayout();
  auto type = getPackedType(getElementTypeOrSelf(op->getOperand(1).getType()), layout.getPanelCount());
  if constexpr (std::is_same_v<T, int8_t>)
    type = type.clone(builder.getI8Type());
  SmallVector<T> packed;
  packed.reserve(type.getNumElements());
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t step = 0; step < contraction.getStepCount(); ++step)
      for (int64_t group = 0; group < layout.getGroupCount(); ++group)
        for (int64_t lane = 0; lane < layout.width; ++lane)
          for (int64_t k = 0; k < depth; ++k) {
            std::optional<int64_t> index = layout.getWeightIndex(panel, step, group, lane, k);
            packed.push_back(index ? weights[*index] : T(0));
          }
  packedWeights = createConstant<T>(builder, op.getLoc(), type, packed, "packed_weights");
}

/// For each vector of weights their magnitudes, then the bits of activations that they flip.
void ContractionKernel::packMagnitudes(OpBuilder &builder, ArrayRef<int8_t> weights) {
  const PanelLayout layout = getLayout();
  const RankedTensorType type = getPackedType(builder.getI8Type(), layout.getPanelCount());
  const bool areOffset = form == ActivationForm::Offset;
  const int64_t bytes = shape.lanes * depth;
  SmallVector<int8_t> packed(type.getNumElements());
  int64_t start = 0;
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t step = 0; step < contraction.getStepCount(); ++step)
      for (int64_t group = 0; group < layout.getGroupCount(); ++group)
        for (int64_t vector = 0; vector < shape.vectors; ++vector, start += 2 * bytes)
          for (int64_t byte = 0; byte < bytes; ++byte) {
            const int64_t lane = vector * shape.lanes + byte / depth;
            std::optional<int64_t> index = layout.getWeightIndex(panel, step, group, lane, byte % depth);
            const ComplementedWeight weight(index ? weights[*index] : 0, areOffset);
            packed[start + byte] = weight.magnitude;
            packed[start + bytes + byte] = weight.flippedBits;
          }
  packedWeights = createConstant<int8_t>(builder, op.getLoc(), type, packed, "packed_weights");
}

/// Weights of the groups that rests are packed to; those of lines behind the window are 0.
void ContractionKernel::packWeightsOfRests(OpBuilder &builder, ArrayRef<int8_t> weights) {
  const PanelLayout layout = getLayout();
  SmallVector<int8_t> packed;
  for (int64_t panel = 0; panel < layout.getPanelCount(); ++panel)
    for (int64_t group = 0; group < rests->getGroupCount(); ++group)
      for (int64_t lane = 0; lane < layout.width; ++lane)
        for (int64_t k = 0; k < depth; ++k) {
          const int64_t channel = layout.getChannel(panel, lane);
          auto place = rests->getPlace(group, k);
          const bool isWeight = place && channel < contraction.channels;
          packed.push_back(
              isWeight
                  ? weights[contraction.getWeightIndex(channel, /*step=*/place->first, contraction.run + place->second)]
                  : int8_t(0));
        }
  auto type = RankedTensorType::get(
      {layout.getPanelCount(), rests->getGroupCount(), shape.vectors, shape.lanes * depth}, builder.getI8Type());
  weightsOfRests = createConstant<int8_t>(builder, op.getLoc(), type, packed, "packed_rests");
}

/// [panel, vector, lane]: a value for each output channel, integers in 16 bits where all fit.
template <typename T>
static Value packChannels(OpBuilder &builder, Location loc, ArrayRef<T> values, Type elementType,
                          const TileShape &shape, int64_t panels,
                          llvm::function_ref<int64_t(int64_t panel, int64_t lane)> getChannel) {
  SmallVector<T> packed;
  for (int64_t panel = 0; panel < panels; ++panel)
    for (int64_t lane = 0; lane < shape.getWidth(); ++lane) {
      const size_t channel = getChannel(panel, lane);
      packed.push_back(channel < values.size() ? values[channel] : T(0));
    }
  auto type = RankedTensorType::get({panels, shape.vectors, shape.lanes}, elementType);
  if constexpr (std::is_same_v<T, int32_t>) {
    // Half as much memory; what loads them extends them.
    if (llvm::all_of(packed, [](int32_t value) { return llvm::isInt<16>(value); }))
      return createConstant<int16_t>(builder, loc, type.clone(builder.getI16Type()),
                                     SmallVector<int16_t>(packed.begin(), packed.end()), "packed_init");
  }
  return createConstant<T>(builder, loc, type, packed, "packed_init");
}

/// Packs what the accumulators start from, `offset` added to it.
template <typename T> void ContractionKernel::packInit(OpBuilder &builder, ArrayRef<T> offset) {
  const PanelLayout layout = getLayout();
  auto getChannel = [&](int64_t panel, int64_t lane) { return layout.getChannel(panel, lane); };
  Type accumulatorType = getElementTypeOrSelf(op.getDpsInits().front().getType());
  std::optional<SmallVector<T>> init = getConstantInit<T>(op, contraction.channels);
  if (init) {
    if constexpr (!std::is_same_v<T, float>)
      for (auto [value, add] : llvm::zip_equal(*init, offset))
        value = static_cast<int32_t>(static_cast<uint32_t>(value) + static_cast<uint32_t>(add));
    packedInit =
        packChannels<T>(builder, op.getLoc(), *init, accumulatorType, shape, layout.getPanelCount(), getChannel);
  } else if (offsetsActivations() || complementsActivations()) {
    compensation =
        packChannels<T>(builder, op.getLoc(), offset, accumulatorType, shape, layout.getPanelCount(), getChannel);
  }
}

/// Packs floats, or the integers that they are dequantized from.
bool ContractionKernel::prepareFloat(OpBuilder &builder, Value weights) {
  if (auto dequantized = DequantizedWeights::get(weights))
    scaledWeights.emplace(builder, op.getLoc(), *dequantized, getLayout(), shape);
  else if (auto values = getConstantValues<float>(weights))
    packWeights<float>(builder, values->get());
  else
    return false;
  packInit<float>(builder, /*offset=*/{});
  return true;
}

/// For each channel, what the accumulators start from so that its sums are those of the activations as they are.
SmallVector<int32_t> ContractionKernel::getStartOffset(ArrayRef<int8_t> weights) const {
  SmallVector<int32_t> offset(contraction.channels, 0);
  if (!offsetsActivations() && !complementsActivations())
    return offset;
  const int64_t run = contraction.run + (rests ? rests->getSize() : 0);
  for (auto [channel, start] : llvm::enumerate(offset)) {
    // Wraps as the accumulator does: the sum of both is the exact value.
    uint32_t sum = 0;
    for (int64_t step = 0; step < contraction.getStepCount(); ++step)
      for (int64_t element = 0; element < run; ++element) {
        const int8_t weight = weights[contraction.getWeightIndex(channel, step, element)];
        sum += static_cast<uint32_t>(offsetsActivations() ? -128 * int32_t(weight) : ComplementedWeight(weight).start);
      }
    start = static_cast<int32_t>(sum);
  }
  return offset;
}

bool ContractionKernel::prepareInteger(OpBuilder &builder, Value weights) {
  auto values = ConstantWeights::get(weights);
  if (!values || (instruction && instruction->needsNarrowWeights && llvm::is_contained(values->get(), int8_t(-128))))
    return false;
  if (packsNarrow(*values))
    narrowWeights.emplace(builder, op.getLoc(), *values, getLayout(), shape,
                          multipliesSums ? PanelValues::Codes
                          : addsShort()  ? PanelValues::Differences
                                         : PanelValues::Weights);
  if (addsShort()) {
    groupsOfShortSum = NarrowPanels::getGroupsOfShortSum(*values);
    if (!narrowWeights || groupsOfShortSum < narrowWeights->getGroupsOfUnit())
      return false;
  }
  if ((multipliesSums && !narrowWeights) || (complementsActivations() && narrowWeights))
    return false;
  if (complementsActivations())
    packMagnitudes(builder, values->get());
  else if (!narrowWeights)
    packWeights<int8_t>(builder, values->get());
  if (rests)
    packWeightsOfRests(builder, values->get());
  packInit<int32_t>(builder, getStartOffset(values->get()));
  return true;
}

/// Packs weights that are not constant, at run time; false where that has no instruction.
bool ContractionKernel::prepareDynamic(OpBuilder &builder, Value weights) {
  if (!instruction || instruction->needsNarrowWeights || complementsActivations() || !contraction.steps.empty() ||
      !getElementTypeOrSelf(weights.getType()).isInteger(8))
    return false;
  const PanelLayout layout = getLayout();
  DynamicWeights dynamic = packDynamicWeights(builder, op.getLoc(), weights, *instruction, shape);
  packedWeights = dynamic.packed;
  compensation = dynamic.compensation;
  if (auto init = getConstantInit<int32_t>(op, contraction.channels))
    packedInit = packChannels<int32_t>(builder, op.getLoc(), *init, builder.getI32Type(), shape, layout.getPanelCount(),
                                       [&](int64_t panel, int64_t lane) { return layout.getChannel(panel, lane); });
  return true;
}
