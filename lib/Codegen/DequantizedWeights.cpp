#include "DequantizedWeights.h"
#include "GenericInput.h"
#include "lowbit/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The values that the body of a dequantization computes with.
struct Dequantization {
  OpOperand *stored = nullptr;
  bool isSigned = true;
  /// A constant or an argument of the body; the zero point may be null, for 0.
  Value scale;
  Value zeroPoint;
};
} // namespace

/// Matches `sitofp(ext(stored) - zeroPoint) * scale`.
static std::optional<Dequantization> matchBody(linalg::GenericOp generic) {
  Dequantization found;
  auto product = generic.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (!product)
    return std::nullopt;
  const bool isFirst = product.getLhs().getDefiningOp<arith::SIToFPOp>() != nullptr;
  auto number = (isFirst ? product.getLhs() : product.getRhs()).getDefiningOp<arith::SIToFPOp>();
  if (!number)
    return std::nullopt;
  found.scale = isFirst ? product.getRhs() : product.getLhs();
  Value steps = number.getIn();
  if (auto difference = steps.getDefiningOp<arith::SubIOp>()) {
    found.zeroPoint = difference.getRhs();
    steps = difference.getLhs();
  }
  if (auto extension = steps.getDefiningOp<arith::ExtSIOp>()) {
    steps = extension.getIn();
  } else if (auto extension = steps.getDefiningOp<arith::ExtUIOp>()) {
    found.isSigned = false;
    steps = extension.getIn();
  } else {
    return std::nullopt;
  }
  found.stored = getInput(generic, steps);
  return found.stored ? std::optional(found) : std::nullopt;
}

std::optional<DequantizedWeights> DequantizedWeights::get(Value weights) {
  auto generic = weights.getDefiningOp<linalg::GenericOp>();
  auto type = dyn_cast<RankedTensorType>(weights.getType());
  if (!generic || !type || !type.hasStaticShape() || !type.getElementType().isF32() ||
      !generic.hasPureTensorSemantics() || generic->getNumResults() != 1 ||
      generic.getNumParallelLoops() != generic.getNumLoops() ||
      !generic.getMatchingIndexingMap(generic.getDpsInitOperand(0)).isIdentity())
    return std::nullopt;
  std::optional<Dequantization> found = matchBody(generic);
  if (!found || !generic.getMatchingIndexingMap(found->stored).isIdentity())
    return std::nullopt;
  DequantizedWeights result;
  result.bits = getElementTypeOrSelf(found->stored->get().getType()).getIntOrFloatBitWidth();
  auto stored = getConstantValues<int8_t>(found->stored->get());
  auto scales = getConstantParameter<float>(generic, found->scale, type.getShape());
  if ((result.bits != 8 && result.bits != 4 && result.bits != 2) || !stored || !scales)
    return std::nullopt;
  result.scales = std::move(*scales);
  if (found->zeroPoint) {
    auto zeroPoints = getConstantParameter<int32_t>(generic, found->zeroPoint, type.getShape());
    if (!zeroPoints)
      return std::nullopt;
    result.zeroPoints = std::move(*zeroPoints);
  } else {
    result.zeroPoints.assign(type.getNumElements(), 0);
  }
  result.codes.assign(stored->get().begin(), stored->get().end());
  if (!found->isSigned) {
    const int offset = 1 << (result.bits - 1), mask = (1 << result.bits) - 1;
    for (auto [code, zeroPoint] : llvm::zip_equal(result.codes, result.zeroPoints)) {
      code = static_cast<int8_t>((code & mask) - offset);
      zeroPoint -= offset;
    }
  }
  return result;
}
