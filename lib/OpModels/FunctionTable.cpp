#include "FunctionTable.h"
#include "Models.h"
#include "lowbit/Reference/Arithmetic.h"
#include "lowbit/Reference/ElementwiseFunction.h"

using namespace mlir;
using namespace mlir::lowbit;

/// 8 bits of storage have as many codes.
static constexpr int64_t kCodes = 256;

bool lowbit::isFunction(linalg::LinalgOp op) {
  auto isF32 = [](Value value) { return getElementTypeOrSelf(value.getType()).isF32(); };
  return reference::isElementwiseFunction(op) && isF32(op.getDpsInputs()[0]) && isF32(op->getResult(0));
}

FailureOr<SmallVector<int8_t>> lowbit::tabulate(linalg::LinalgOp op, quant::UniformQuantizedType from,
                                                quant::UniformQuantizedType to) {
  reference::Tensor codes({kCodes}, reference::ElementKind::F32);
  const int64_t smallest = from.isSigned() ? -kCodes / 2 : 0;
  for (auto [index, value] : llvm::enumerate(codes.get<float>()))
    value = reference::dequantize(smallest + static_cast<int64_t>(index), static_cast<float>(from.getScale()),
                                  from.getZeroPoint());
  FailureOr<reference::Tensor> results = reference::applyElementwiseFunction(op, codes);
  if (failed(results))
    return failure();
  SmallVector<int8_t> table;
  for (float value : results->get<float>())
    table.push_back(static_cast<int8_t>(quantizeScalar(value, to)));
  return table;
}
