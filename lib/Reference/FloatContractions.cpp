#include "ContractionLoops.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

/// Calls `run` with the operand and accumulator types of a contraction of f32, or of i8 into i32, and returns the sums.
/// Nothing for other element types: those are left to the walk of any structured op.
template <typename Run> static Evaluation dispatch(linalg::LinalgOp op, const Scope &scope, Run run) {
  const Tensor &lhs = scope.get(op->getOperand(0)), &rhs = scope.get(op->getOperand(1));
  Tensor result = scope.get(op->getOperand(2));
  if (lhs.kind == ElementKind::F32 && rhs.kind == ElementKind::F32 && result.kind == ElementKind::F32) {
    run(lhs.get<float>(), rhs.get<float>(), result.get<float>());
  } else if (lhs.kind == ElementKind::I8 && rhs.kind == ElementKind::I8 && result.kind == ElementKind::I32) {
    // Sums of i32 wrap as those of unsigned integers do.
    run(lhs.get<int8_t>(), rhs.get<int8_t>(), result.get<uint32_t>());
  } else {
    return std::nullopt;
  }
  return toResults(std::move(result));
}

static bool hasDefaultCast(linalg::LinalgOp op) {
  auto cast = op->getAttrOfType<linalg::TypeFnAttr>("cast");
  return !cast || cast.getValue() == linalg::TypeFn::cast_signed;
}

/// Static shapes of the three operands, checked against each other by the verifier of linalg.
static bool isPlain(linalg::LinalgOp op) {
  return op->getNumOperands() == 3 && op.hasPureTensorSemantics() && hasDefaultCast(op);
}

static Evaluation evaluateMatrixProduct(linalg::LinalgOp op, const Scope &scope) {
  auto matmul = dyn_cast<linalg::MatmulOp>(op.getOperation());
  auto batchMatmul = dyn_cast<linalg::BatchMatmulOp>(op.getOperation());
  if (!isPlain(op) || (matmul && matmul.hasUserDefinedMaps()) || (batchMatmul && batchMatmul.hasUserDefinedMaps()))
    return std::nullopt;
  ArrayRef<int64_t> lhs = scope.get(op->getOperand(0)).shape, result = scope.get(op->getOperand(2)).shape;
  ArrayRef<int64_t> rhs = scope.get(op->getOperand(1)).shape;
  const size_t rank = batchMatmul ? 3 : 2;
  if (lhs.size() != rank || rhs.size() != rank || result.size() != rank || lhs.back() != rhs[rank - 2] ||
      lhs.drop_back() != result.drop_back() || rhs.back() != result.back() || lhs.drop_back(2) != rhs.drop_back(2))
    return op->emitError() << "shapes of the operands and the result are not those of a matrix product";
  return dispatch(op, scope, [&](auto a, auto b, auto sums) {
    multiplyMatrices(batchMatmul ? lhs[0] : 1, lhs[rank - 2], rhs.back(), lhs.back(), a, b, sums);
  });
}

template <typename OpTy> static Evaluation evaluateConv(OpTy conv, const Scope &scope) {
  constexpr bool isDepthwise = std::is_same_v<OpTy, linalg::DepthwiseConv2DNhwcHwcOp>;
  auto op = cast<linalg::LinalgOp>(conv.getOperation());
  if (!isPlain(op))
    return std::nullopt;
  WindowGeometry geometry;
  geometry.input = scope.get(op->getOperand(0)).shape;
  geometry.output = scope.get(op->getOperand(2)).shape;
  ArrayRef<int64_t> filter = scope.get(op->getOperand(1)).shape;
  if (filter.size() != (isDepthwise ? 3 : 4) || geometry.input.size() != 4 || geometry.output.size() != 4)
    return op->emitError() << "ranks of the operands are not those of a convolution";
  geometry.kernel = llvm::to_vector(isDepthwise ? filter.take_front(2) : filter.slice(1, 2));
  geometry.strides = llvm::to_vector(conv.getStrides().template getValues<int64_t>());
  geometry.dilations = llvm::to_vector(conv.getDilations().template getValues<int64_t>());
  const int64_t channels = geometry.output[3];
  // A result smaller than the window allows is legal in linalg; such a convolution is walked like any op.
  if (geometry.input[3] != filter.back() || channels != (isDepthwise ? filter.back() : filter.front()))
    return op->emitError() << "channels of the filter are not those of the input and the result";
  for (unsigned dim : {0u, 1u}) {
    const int64_t last =
        (geometry.output[dim + 1] - 1) * geometry.strides[dim] + (geometry.kernel[dim] - 1) * geometry.dilations[dim];
    if (last >= geometry.input[dim + 1] || geometry.input[0] != geometry.output[0])
      return op->emitError() << "the window leaves the input";
  }
  return dispatch(op, scope, [&](auto input, auto weights, auto sums) {
    using T = typename decltype(input)::value_type;
    if constexpr (isDepthwise)
      convolveDepthwise(geometry, input, weights, sums);
    else
      convolve(geometry, input, ArrayRef<T>(moveChannelsLast(weights, channels)), sums);
  });
}

Evaluation reference::evaluateFloatContraction(Operation *op, const Scope &scope) {
  return TypeSwitch<Operation *, Evaluation>(op)
      .Case<linalg::MatmulOp, linalg::BatchMatmulOp>(
          [&](auto op) { return evaluateMatrixProduct(cast<linalg::LinalgOp>(op.getOperation()), scope); })
      .Case<linalg::Conv2DNhwcFhwcOp, linalg::DepthwiseConv2DNhwcHwcOp>(
          [&](auto op) { return evaluateConv(op, scope); })
      .Default([](Operation *) { return std::nullopt; });
}
