#include "GenericInput.h"
#include "lowbit/Support/Constants.h"
#include "lowbit/Support/ElementParameters.h"

using namespace mlir;
using namespace mlir::lowbit;

/// True for maps to dimensions, `d floordiv G` with G > 0, and 0: each dimension has its share in an element's place.
static bool addsDimensions(AffineMap map) {
  return llvm::all_of(map.getResults(), [](AffineExpr expr) {
    if (auto quotient = dyn_cast<AffineBinaryOpExpr>(expr)) {
      auto divisor = dyn_cast<AffineConstantExpr>(quotient.getRHS());
      if (quotient.getKind() != AffineExprKind::FloorDiv || !divisor || divisor.getValue() < 1)
        return false;
      expr = quotient.getLHS();
    }
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    return isa<AffineDimExpr>(expr) || (constant && constant.getValue() == 0);
  });
}

template <typename T>
std::optional<SmallVector<T, 0>> lowbit::getConstantParameter(linalg::GenericOp generic, Value value,
                                                              ArrayRef<int64_t> shape) {
  if (std::optional<T> scalar = getConstantScalar<T>(value))
    return SmallVector<T, 0>(ShapedType::getNumElements(shape), *scalar);
  OpOperand *operand = getInput(generic, value);
  if (!operand || !addsDimensions(generic.getMatchingIndexingMap(operand)))
    return std::nullopt;
  auto values = getConstantValues<T>(operand->get());
  if (!values)
    return std::nullopt;
  ElementParameters places;
  places.shape = llvm::to_vector(cast<RankedTensorType>(operand->get().getType()).getShape());
  places.map = generic.getMatchingIndexingMap(operand);
  return llvm::map_to_vector<0>(places.getIndices(shape), [&](unsigned index) { return values->get()[index]; });
}

#define LOWBIT_INSTANTIATE(T)                                                                                          \
  template std::optional<SmallVector<T, 0>> lowbit::getConstantParameter<T>(linalg::GenericOp, Value,                  \
                                                                            ArrayRef<int64_t>);
LOWBIT_INSTANTIATE(float)
LOWBIT_INSTANTIATE(int8_t)
LOWBIT_INSTANTIATE(int32_t)
#undef LOWBIT_INSTANTIATE
