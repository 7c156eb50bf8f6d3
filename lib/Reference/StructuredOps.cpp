#include "ScalarProgram.h"
#include "lowbit/Support/LaneReduction.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

namespace {
/// A linear function of the iteration indices.
struct LinearIndex {
  int64_t base = 0;
  SmallVector<int64_t> coefficients;

  explicit LinearIndex(size_t loops = 0) : coefficients(loops, 0) {}
  int64_t evaluate(ArrayRef<int64_t> indices) const {
    int64_t value = base;
    for (auto [coefficient, index] : llvm::zip_equal(coefficients, indices))
      value += coefficient * index;
    return value;
  }
};

/// The flat index of an operand's element: a linear function of the iteration indices, and multiples of quotients of
/// such, which groups of elements are numbered by.
struct ElementIndex {
  struct Quotient {
    LinearIndex dividend;
    int64_t divisor;
    int64_t factor;
  };
  LinearIndex linear;
  SmallVector<Quotient, 1> quotients;

  int64_t evaluate(ArrayRef<int64_t> indices) const {
    int64_t value = linear.evaluate(indices);
    for (const Quotient &quotient : quotients)
      value += quotient.factor * llvm::divideFloorSigned(quotient.dividend.evaluate(indices), quotient.divisor);
    return value;
  }
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

/// The positive constant that `expr` is divided by, and the dividend; 1 and `expr` itself where it is no quotient.
static std::pair<AffineExpr, int64_t> takeOffDivisor(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  auto divisor = binary ? dyn_cast<AffineConstantExpr>(binary.getRHS()) : AffineConstantExpr();
  if (!divisor || binary.getKind() != AffineExprKind::FloorDiv || divisor.getValue() <= 0)
    return {expr, 1};
  return {binary.getLHS(), divisor.getValue()};
}

/// The index into an operand of shape `shape`, after checking that no iteration of `ranges` leaves it.
static FailureOr<ElementIndex> getElementIndex(Operation *op, AffineMap map, ArrayRef<int64_t> shape,
                                               ArrayRef<int64_t> ranges) {
  ElementIndex flat{LinearIndex(ranges.size()), {}};
  if (map.getNumResults() != shape.size() || map.getNumSymbols() != 0)
    return op->emitError() << "expected an indexing map of " << shape.size() << " results without symbols";
  SmallVector<int64_t> strides = computeStrides(shape);
  for (auto [expr, size, stride] : llvm::zip_equal(map.getResults(), shape, strides)) {
    LinearIndex one(ranges.size());
    auto [dividend, divisor] = takeOffDivisor(expr);
    if (failed(addExpr(dividend, 1, one)))
      return op->emitError() << "expected indexing maps that are linear, or quotients of such";
    int64_t least = one.base, most = one.base;
    for (auto [coefficient, range] : llvm::zip_equal(one.coefficients, ranges))
      (coefficient < 0 ? least : most) += coefficient * (range - 1);
    least = llvm::divideFloorSigned(least, divisor);
    most = llvm::divideFloorSigned(most, divisor);
    if (least < 0 || most >= size)
      return op->emitError() << "reads or writes elements " << least << " to " << most << " of a dimension of size "
                             << size;
    if (divisor > 1) {
      flat.quotients.push_back({one, divisor, stride});
      continue;
    }
    flat.linear.base += one.base * stride;
    for (auto [coefficient, add] : llvm::zip_equal(flat.linear.coefficients, one.coefficients))
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

namespace {
/// A structured op on the values of its operands: iterations in row-major order, the body on one element of each
/// operand.
class Walk {
public:
  static FailureOr<Walk> create(linalg::LinalgOp op, const Scope &scope);

  /// The results of all iterations.
  FailureOr<Results> run();
  /// The result of a reduction whose terms are combined in lanes.
  FailureOr<Results> run(const LaneReduction &reduction);

private:
  /// The position in each operand at `indices`.
  void locate(ArrayRef<int64_t> indices);
  /// The arguments of the body but for the accumulators, which begin at `inputCount`.
  void readInputs();

  linalg::LinalgOp op;
  SmallVector<int64_t> ranges;
  std::optional<ScalarProgram> program;
  Results results;
  unsigned inputCount = 0;
  SmallVector<const Tensor *> inputs;
  SmallVector<ElementIndex> maps;
  SmallVector<int64_t> positions;
  SmallVector<Scalar> arguments;
};
} // namespace

FailureOr<Walk> Walk::create(linalg::LinalgOp op, const Scope &scope) {
  if (!op.hasPureTensorSemantics())
    return op->emitError() << "expected an op on tensors";
  Walk walk;
  walk.op = op;
  walk.ranges = op.getStaticLoopRanges();
  if (llvm::any_of(walk.ranges, ShapedType::isDynamic))
    return op->emitError() << "expected static shapes";
  FailureOr<ScalarProgram> program = ScalarProgram::create(*op.getBlock(), scope);
  if (failed(program))
    return failure();
  walk.program = std::move(*program);
  for (Value init : op.getDpsInits())
    walk.results.push_back(scope.get(init));
  walk.inputCount = op.getNumDpsInputs();
  walk.positions.resize(op->getNumOperands());
  walk.arguments.resize(op->getNumOperands());
  if (llvm::is_contained(walk.ranges, 0))
    return walk;
  for (OpOperand &operand : op->getOpOperands()) {
    const Tensor &tensor = scope.get(operand.get());
    if (operand.getOperandNumber() < walk.inputCount)
      walk.inputs.push_back(&tensor);
    FailureOr<ElementIndex> index = getElementIndex(op, op.getMatchingIndexingMap(&operand), tensor.shape, walk.ranges);
    if (failed(index))
      return failure();
    walk.maps.push_back(std::move(*index));
  }
  return walk;
}

void Walk::locate(ArrayRef<int64_t> indices) {
  for (auto [position, map] : llvm::zip_equal(positions, maps))
    position = map.evaluate(indices);
}

void Walk::readInputs() {
  for (unsigned number = 0; number < inputCount; ++number)
    arguments[number] = readScalar(*inputs[number], positions[number]);
}

FailureOr<Results> Walk::run() {
  if (llvm::is_contained(ranges, 0))
    return results;
  SmallVector<int64_t> indices(ranges.size(), 0);
  do {
    locate(indices);
    readInputs();
    for (unsigned number = 0; number < results.size(); ++number)
      arguments[inputCount + number] = readScalar(results[number], positions[inputCount + number]);
    if (failed(program->run(arguments, indices)))
      return failure();
    for (unsigned number = 0; number < results.size(); ++number)
      writeScalar(results[number], positions[inputCount + number], program->getResult(number));
  } while (advance(indices, ranges));
  return results;
}

FailureOr<Results> Walk::run(const LaneReduction &reduction) {
  Tensor &result = results.front();
  const int64_t laneCount = reduction.getLaneCount();
  Tensor lanes({result.getNumElements(), laneCount}, result.kind);
  const TypedAttr identity = reduction.getIdentity();
  auto floatIdentity = dyn_cast<FloatAttr>(identity);
  const Scalar first = floatIdentity ? Scalar{floatIdentity.getValueAsDouble(), 0}
                                     : Scalar{0.0, cast<IntegerAttr>(identity).getValue().getSExtValue()};
  for (int64_t index = 0; index < lanes.getNumElements(); ++index)
    writeScalar(lanes, index, first);

  // Whole groups of terms, then the rest, which goes to the first lanes.
  const int64_t bounds[] = {0, reduction.getWholeSize(), reduction.size};
  for (unsigned part : {0, 1}) {
    SmallVector<int64_t> partRanges(ranges), indices(ranges.size(), 0);
    partRanges[reduction.dim] = bounds[part + 1] - bounds[part];
    if (partRanges[reduction.dim] == 0)
      continue;
    do {
      SmallVector<int64_t> shifted(indices);
      shifted[reduction.dim] += bounds[part];
      locate(shifted);
      readInputs();
      const int64_t position = positions[inputCount] * laneCount + indices[reduction.dim] % kReductionLanes;
      arguments[inputCount] = readScalar(lanes, position);
      if (failed(program->run(arguments, shifted)))
        return failure();
      writeScalar(lanes, position, program->getResult(0));
    } while (advance(indices, partRanges));
  }

  std::optional<ScalarProgram::Step> combiner = getScalarStep(reduction.combiner);
  auto combine = [&](Scalar a, Scalar b) { return (*combiner->function)(*combiner, {a, b}); };
  for (int64_t index = 0; index < result.getNumElements(); ++index) {
    SmallVector<Scalar> values;
    for (int64_t lane = 0; lane < laneCount; ++lane)
      values.push_back(readScalar(lanes, index * laneCount + lane));
    for (int64_t width = kReductionLanes / 2; width > 0; width /= 2)
      for (int64_t lane = 0; lane < width && lane + width < laneCount; ++lane)
        values[lane] = combine(values[lane], values[lane + width]);
    writeScalar(result, index, combine(readScalar(result, index), values.front()));
  }
  return results;
}

Evaluation reference::evaluateStructured(Operation *op, const Scope &scope) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return std::nullopt;
  FailureOr<Walk> walk = Walk::create(linalgOp, scope);
  if (failed(walk))
    return FailureOr<Results>(failure());
  if (std::optional<LaneReduction> reduction = matchLaneReduction(linalgOp))
    return walk->run(*reduction);
  return walk->run();
}
