#include "ScalarProgram.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

namespace {
/// The flat index of an operand's element as a linear function of the iteration indices.
struct LinearIndex {
  int64_t base = 0;
  SmallVector<int64_t> coefficients;
};
} // namespace

/// Adds `factor * expr` to `index`; fails where `expr` is not linear.
static LogicalResult addExpr(AffineExpr expr, int64_t factor, LinearIndex &index) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    index.coefficients[dim.getPosition()] += factor;
    return success();
  }
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    index.base += factor * constant.getValue();
    return success();
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return failure();
  if (binary.getKind() == AffineExprKind::Add)
    return success(succeeded(addExpr(binary.getLHS(), factor, index)) &&
                   succeeded(addExpr(binary.getRHS(), factor, index)));
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (binary.getKind() != AffineExprKind::Mul || !constant)
    return failure();
  return addExpr(binary.getLHS(), factor * constant.getValue(), index);
}

/// The index into an operand of shape `shape`, after checking that no iteration of `ranges` leaves it.
static FailureOr<LinearIndex> getLinearIndex(Operation *op, AffineMap map, ArrayRef<int64_t> shape,
                                             ArrayRef<int64_t> ranges) {
  LinearIndex flat;
  flat.coefficients.assign(ranges.size(), 0);
  if (map.getNumResults() != shape.size() || map.getNumSymbols() != 0)
    return op->emitError() << "expected an indexing map of " << shape.size() << " results without symbols";
  SmallVector<int64_t> strides = computeStrides(shape);
  for (auto [expr, size, stride] : llvm::zip_equal(map.getResults(), shape, strides)) {
    LinearIndex one;
    one.coefficients.assign(ranges.size(), 0);
    if (failed(addExpr(expr, 1, one)))
      return op->emitError() << "expected indexing maps that are linear";
    int64_t least = one.base, most = one.base;
    for (auto [coefficient, range] : llvm::zip_equal(one.coefficients, ranges))
      (coefficient < 0 ? least : most) += coefficient * (range - 1);
    if (least < 0 || most >= size)
      return op->emitError() << "reads or writes elements " << least << " to " << most << " of a dimension of size "
                             << size;
    flat.base += one.base * stride;
    for (auto [coefficient, add] : llvm::zip_equal(flat.coefficients, one.coefficients))
      coefficient += add * stride;
  }
  return flat;
}

/// Advances `indices` to the next iteration in row-major order; false after the last.
static bool advance(SmallVectorImpl<int64_t> &indices, ArrayRef<int64_t> ranges) {
  for (int64_t dim = static_cast<int64_t>(ranges.size()) - 1; dim >= 0; --dim) {
    if (++indices[dim] < ranges[dim])
      return true;
    indices[dim] = 0;
  }
  return false;
}

/// Any structured op: iterations in row-major order, the body on one element of each operand.
static FailureOr<Results> walk(linalg::LinalgOp op, const Scope &scope) {
  if (!op.hasPureTensorSemantics())
    return op->emitError() << "expected an op on tensors";
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  if (llvm::any_of(ranges, ShapedType::isDynamic))
    return op->emitError() << "expected static shapes";
  FailureOr<ScalarProgram> program = ScalarProgram::create(*op.getBlock(), scope);
  if (failed(program))
    return failure();

  Results results;
  for (Value init : op.getDpsInits())
    results.push_back(scope.get(init));
  if (llvm::is_contained(ranges, 0))
    return results;

  const unsigned inputCount = op.getNumDpsInputs();
  SmallVector<const Tensor *> operands;
  SmallVector<LinearIndex> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    const unsigned number = operand.getOperandNumber();
    operands.push_back(number < inputCount ? &scope.get(operand.get()) : &results[number - inputCount]);
    FailureOr<LinearIndex> index =
        getLinearIndex(op, op.getMatchingIndexingMap(&operand), operands.back()->shape, ranges);
    if (failed(index))
      return failure();
    maps.push_back(std::move(*index));
  }

  SmallVector<int64_t> indices(ranges.size(), 0), positions(operands.size());
  SmallVector<Scalar> arguments(operands.size());
  do {
    for (unsigned number = 0; number < operands.size(); ++number) {
      positions[number] = maps[number].base;
      for (unsigned dim = 0; dim < indices.size(); ++dim)
        positions[number] += maps[number].coefficients[dim] * indices[dim];
      arguments[number] = readScalar(*operands[number], positions[number]);
    }
    if (failed(program->run(arguments, indices)))
      return failure();
    for (unsigned number = 0; number < results.size(); ++number)
      writeScalar(results[number], positions[inputCount + number], program->getResult(number));
  } while (advance(indices, ranges));
  return results;
}

Evaluation reference::evaluateStructured(Operation *op, const Scope &scope) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return std::nullopt;
  return walk(linalgOp, scope);
}
