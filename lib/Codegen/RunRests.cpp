#include "RunRests.h"
#include "TileKernel.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<RunRests> RunRests::get(linalg::LinalgOp op, int64_t depth) {
  auto conv = dyn_cast<linalg::Conv2DNhwcFhwcOp>(op.getOperation());
  std::optional<ContractionShape> shape = conv ? ContractionShape::get(op) : std::nullopt;
  if (!shape || shape->steps.size() != 1 || shape->run < depth)
    return std::nullopt;
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  auto strides = conv.getStrides().getValues<int64_t>();
  RunRests rests;
  rests.depth = depth;
  rests.size = shape->run % depth;
  if (rests.size == 0 || depth % rests.size != 0)
    return std::nullopt;
  rests.linesOfGroup = depth / rests.size;
  rests.windowLines = shape->steps.front();
  rests.whole = shape->run - rests.size;
  rests.lineStride = strides[0];
  rests.lineDilation = conv.getDilations().getValues<int64_t>()[0];
  rests.elementStride = strides[1] * cast<ShapedType>(op->getOperand(0).getType()).getDimSize(3);
  rests.pictures = output.getDimSize(0);
  rests.outputLines = output.getDimSize(1);
  rests.outputColumns = output.getDimSize(2);
  const bool areShared = rests.getGroupCount() == 1 || rests.linesOfGroup * rests.lineDilation % rests.lineStride == 0;
  if (rests.windowLines == 1 || !areShared)
    return std::nullopt;
  return rests;
}

/// How many outputs along a line have their rests packed together: as many as a few vectors reach.
int64_t RunRests::getOutputsAtOnce() const {
  constexpr int64_t kMostOutputs = 16, kMostElements = 128;
  int64_t count = llvm::bit_floor<uint64_t>(std::min(outputColumns, kMostOutputs));
  while (count > 1 && (count - 1) * elementStride + size > kMostElements)
    count /= 2;
  return count;
}

double RunRests::getPackingCost() const {
  // Of a line two loads and what brings its elements together, about twice what VBMI takes; then these of all lines.
  constexpr double kLine = 10, kStore = 2;
  return (kLine * linesOfGroup + kStore) / getOutputsAtOnce();
}

std::optional<std::pair<int64_t, int64_t>> RunRests::getPlace(int64_t group, int64_t k) const {
  const int64_t line = group * linesOfGroup + k / size;
  if (line >= windowLines)
    return std::nullopt;
  return std::pair(line, k % size);
}

AffineMap RunRests::getMap(MLIRContext *context) const {
  auto dim = [&](unsigned position) { return getAffineDimExpr(position, context); };
  return AffineMap::get(5, 0, {dim(0), dim(1) + dim(4) * getLinesBetweenGroups(), dim(2) * depth}, context);
}

/// The rests of one line for the outputs from `column` on, one after the other.
Value RunRests::loadLine(OpBuilder &builder, Location loc, Value activations, OpFoldResult picture, OpFoldResult line,
                         OpFoldResult column) const {
  // Two vectors of as many elements as a power of two reach all, and none beyond.
  const int64_t count = getOutputsAtOnce(), span = (count - 1) * elementStride + size;
  const int64_t piece = llvm::bit_floor<uint64_t>(span), second = span - piece;
  auto type = VectorType::get({piece}, getElementTypeOrSelf(activations.getType()));
  auto load = [&](int64_t start) -> Value {
    AffineExpr element = builder.getAffineDimExpr(0) * elementStride + (whole + start);
    SmallVector<OpFoldResult> indices = {picture, line,
                                         affine::makeComposedFoldedAffineApply(builder, loc, element, {column})};
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
    return vector::TransferReadOp::create(builder, loc, type, activations,
                                          getValueOrCreateConstantIndexOp(builder, loc, indices), zero,
                                          ArrayRef<bool>{true});
  };
  SmallVector<int64_t> mask;
  for (int64_t output = 0; output < count; ++output)
    for (int64_t number = 0; number < size; ++number) {
      const int64_t place = output * elementStride + number;
      mask.push_back(place < piece ? place : piece + place - second);
    }
  Value first = load(0);
  return vector::ShuffleOp::create(builder, loc, first, second == 0 ? first : load(second), mask);
}

/// For each of `count` outputs what all `lines` have for it, line by line; their number is a power of two.
static Value interleaveLines(OpBuilder &builder, Location loc, ArrayRef<Value> lines, int64_t count) {
  if (lines.size() == 1)
    return lines.front();
  Value first = interleaveLines(builder, loc, lines.take_front(lines.size() / 2), count);
  Value second = interleaveLines(builder, loc, lines.drop_front(lines.size() / 2), count);
  const int64_t elements = cast<VectorType>(first.getType()).getNumElements(), ofOutput = elements / count;
  SmallVector<int64_t> mask;
  for (int64_t output = 0; output < count; ++output)
    for (int64_t start : {int64_t(0), elements})
      for (int64_t number = 0; number < ofOutput; ++number)
        mask.push_back(start + output * ofOutput + number);
  return vector::ShuffleOp::create(builder, loc, first, second, mask);
}

/// [n, line, output column * depth]: the first group of each output, and as many lines more as the others need.
Value RunRests::pack(OpBuilder &builder, Location loc, Value activations) const {
  auto type = cast<RankedTensorType>(activations.getType());
  const int64_t lines = outputLines + (getGroupCount() - 1) * getLinesBetweenGroups(),
                lastLine = type.getDimSize(1) - 1;
  const TiledDim outputs{outputColumns, getOutputsAtOnce()};
  Value empty = tensor::EmptyOp::create(builder, loc, {pictures, lines, outputColumns * depth}, type.getElementType());
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value).getResult(); };
  SmallVector<Value> bounds = {constant(pictures), constant(lines), constant(outputs.getCount())};
  SmallVector<Value> lower(bounds.size(), constant(0)), steps(bounds.size(), constant(1));
  scf::LoopNest nest = scf::buildLoopNest(
      builder, loc, lower, bounds, steps, ValueRange{empty},
      [&](OpBuilder &builder, Location loc, ValueRange ivs, ValueRange state) -> scf::ValueVector {
        OpFoldResult column = outputs.getStart(builder, loc, ivs[2]);
        SmallVector<Value> ofLines;
        for (int64_t number = 0; number < linesOfGroup; ++number) {
          // Lines behind the picture are behind the window: their weights are 0.
          AffineExpr line = builder.getAffineDimExpr(0) * lineStride + number * lineDilation;
          auto map = AffineMap::get(1, 0, {line, builder.getAffineConstantExpr(lastLine)}, builder.getContext());
          OpFoldResult index = affine::makeComposedFoldedAffineMin(builder, loc, map, {OpFoldResult(ivs[1])});
          ofLines.push_back(loadLine(builder, loc, activations, ivs[0], index, column));
        }
        OpFoldResult element =
            affine::makeComposedFoldedAffineApply(builder, loc, builder.getAffineDimExpr(0) * depth, {column});
        return {writeVector(builder, loc, interleaveLines(builder, loc, ofLines, outputs.tile), state.front(),
                            {ivs[0], ivs[1], element})};
      });
  for (scf::ForOp loop : ArrayRef(nest.loops).drop_back())
    loop->setAttr(kParallelAttrName, builder.getBoolAttr(true));
  return nest.results.front();
}
