#include "ScalarMath.h"
#include "ScalarProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringMap.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::lowbit;
using namespace mlir::lowbit::reference;

using Step = ScalarProgram::Step;
using Function = ScalarProgram::Function;

/// The integer of `bits` bits that `value` is congruent to, as values of that width are held.
static int64_t wrap(int64_t value, unsigned bits) {
  if (bits == 1)
    return value & 1;
  return bits >= 64 ? value : static_cast<int64_t>(static_cast<uint64_t>(value) << (64 - bits)) >> (64 - bits);
}

/// The unsigned reading of an integer of `bits` bits.
static uint64_t toUnsigned(int64_t value, unsigned bits) {
  return bits >= 64 ? static_cast<uint64_t>(value) : static_cast<uint64_t>(value) & ((uint64_t(1) << bits) - 1);
}

/// The signed reading: the one bit of an i1 is its sign.
static int64_t toSigned(int64_t value, unsigned bits) { return bits == 1 ? -value : value; }

static Scalar makeFloat(double value) { return {value, 0}; }
static Scalar makeInteger(int64_t value) { return {0.0, value}; }

/// A function of floats, evaluated in the precision of the op.
template <typename F> static Function floatUnary(F function) {
  return [=](const Step &step, ArrayRef<Scalar> operands) {
    if (step.isF32)
      return makeFloat(function(static_cast<float>(operands[0].f)));
    return makeFloat(function(operands[0].f));
  };
}
template <typename F> static Function floatBinary(F function) {
  return [=](const Step &step, ArrayRef<Scalar> operands) {
    if (step.isF32)
      return makeFloat(function(static_cast<float>(operands[0].f), static_cast<float>(operands[1].f)));
    return makeFloat(function(operands[0].f, operands[1].f));
  };
}

/// A function of two signed integers, wrapped to the width of the result.
template <typename F> static Function signedBinary(F function) {
  return [=](const Step &step, ArrayRef<Scalar> operands) {
    return makeInteger(
        wrap(function(toSigned(operands[0].i, step.operandBits), toSigned(operands[1].i, step.operandBits)),
             step.resultBits));
  };
}
template <typename F> static Function unsignedBinary(F function) {
  return [=](const Step &step, ArrayRef<Scalar> operands) {
    const uint64_t result =
        function(toUnsigned(operands[0].i, step.operandBits), toUnsigned(operands[1].i, step.operandBits));
    return makeInteger(wrap(static_cast<int64_t>(result), step.resultBits));
  };
}
/// A conversion between integers.
template <typename F> static Function integerCast(F function) {
  return [=](const Step &step, ArrayRef<Scalar> operands) {
    return makeInteger(wrap(function(operands[0].i, step.operandBits), step.resultBits));
  };
}

/// Half a maximum: NaN wins, and +0 is larger than -0.
template <typename T> static T maximum(T a, T b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<T>::quiet_NaN();
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
template <typename T> static T minimum(T a, T b) { return -maximum(-a, -b); }

/// Saturates where the value has no integer of that width; NaN gives 0. (Undefined in the IR; this keeps it total.)
static int64_t truncateFloat(double value, double min, double max) {
  if (std::isnan(value))
    return 0;
  if (value <= min)
    return static_cast<int64_t>(min);
  return value >= max ? static_cast<int64_t>(max - 1) : static_cast<int64_t>(value);
}

static bool compareFloats(arith::CmpFPredicate predicate, double a, double b) {
  const bool isUnordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case arith::CmpFPredicate::AlwaysFalse:
    return false;
  case arith::CmpFPredicate::AlwaysTrue:
    return true;
  case arith::CmpFPredicate::OEQ:
    return a == b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::OGE:
    return a >= b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  case arith::CmpFPredicate::OLE:
    return a <= b;
  case arith::CmpFPredicate::ONE:
    return !isUnordered && a != b;
  case arith::CmpFPredicate::ORD:
    return !isUnordered;
  case arith::CmpFPredicate::UEQ:
    return isUnordered || a == b;
  case arith::CmpFPredicate::UGT:
    return isUnordered || a > b;
  case arith::CmpFPredicate::UGE:
    return isUnordered || a >= b;
  case arith::CmpFPredicate::ULT:
    return isUnordered || a < b;
  case arith::CmpFPredicate::ULE:
    return isUnordered || a <= b;
  case arith::CmpFPredicate::UNE:
    return isUnordered || a != b;
  case arith::CmpFPredicate::UNO:
    return isUnordered;
  }
  return false;
}

/// The bits of a float as an integer of its width, or the reverse.
static Scalar reinterpret(const Step &step, ArrayRef<Scalar> operands) {
  auto isFloat = [](Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); };
  const bool fromFloat = isFloat(step.op->getOperand(0).getType()), toFloat = isFloat(step.op->getResult(0).getType());
  if (fromFloat == toFloat)
    return operands[0];
  if (toFloat)
    return makeFloat(step.isF32 ? ScalarMachine::fromBits(static_cast<uint32_t>(operands[0].i))
                                : ScalarMachine::fromBits(static_cast<uint64_t>(operands[0].i)));
  const uint64_t bits = step.resultBits == 32 ? ScalarMachine::bits(static_cast<float>(operands[0].f))
                                              : ScalarMachine::bits(operands[0].f);
  return makeInteger(wrap(static_cast<int64_t>(bits), step.resultBits));
}

/// Constants stand in for results that are undefined in the IR: nothing a program does can stop the interpreter.
static const llvm::StringMap<Function> &getFunctions() {
  static const llvm::StringMap<Function> functions = {
      {"arith.addf", floatBinary([](auto a, auto b) { return a + b; })},
      {"arith.subf", floatBinary([](auto a, auto b) { return a - b; })},
      {"arith.mulf", floatBinary([](auto a, auto b) { return a * b; })},
      {"arith.divf", floatBinary([](auto a, auto b) { return a / b; })},
      {"arith.remf", floatBinary([](auto a, auto b) { return std::fmod(a, b); })},
      {"arith.negf", floatUnary([](auto a) { return -a; })},
      {"arith.maximumf", floatBinary([](auto a, auto b) { return maximum(a, b); })},
      {"arith.minimumf", floatBinary([](auto a, auto b) { return minimum(a, b); })},
      {"arith.maxnumf", floatBinary([](auto a, auto b) { return std::fmax(a, b); })},
      {"arith.minnumf", floatBinary([](auto a, auto b) { return std::fmin(a, b); })},
      {"arith.extf", floatUnary([](auto a) { return a; })},
      {"arith.truncf", floatUnary([](auto a) { return a; })},
      {"math.absf", floatUnary([](auto a) { return std::fabs(a); })},
      {"math.ceil", floatUnary([](auto a) { return std::ceil(a); })},
      {"math.floor", floatUnary([](auto a) { return std::floor(a); })},
      {"math.round", floatUnary([](auto a) { return std::round(a); })},
      {"math.roundeven", floatUnary([](auto a) { return std::nearbyint(a); })},
      {"math.trunc", floatUnary([](auto a) { return std::trunc(a); })},
      {"math.copysign", floatBinary([](auto a, auto b) { return std::copysign(a, b); })},
      {"math.sqrt", floatUnary([](auto a) { return std::sqrt(a); })},
      {"math.rsqrt", floatUnary([](auto a) { return ScalarMath::rsqrt(a); })},

      {"arith.addi", signedBinary([](int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); })},
      {"arith.subi", signedBinary([](int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)); })},
      {"arith.muli", signedBinary([](int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); })},
      {"arith.divsi", signedBinary([](int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? int64_t(-uint64_t(a)) : a / b; })},
      {"arith.remsi", signedBinary([](int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; })},
      {"arith.divui", unsignedBinary([](uint64_t a, uint64_t b) { return b == 0 ? 0 : a / b; })},
      {"arith.remui", unsignedBinary([](uint64_t a, uint64_t b) { return b == 0 ? 0 : a % b; })},
      {"arith.maxsi", signedBinary([](int64_t a, int64_t b) { return std::max(a, b); })},
      {"arith.minsi", signedBinary([](int64_t a, int64_t b) { return std::min(a, b); })},
      {"arith.maxui", unsignedBinary([](uint64_t a, uint64_t b) { return std::max(a, b); })},
      {"arith.minui", unsignedBinary([](uint64_t a, uint64_t b) { return std::min(a, b); })},
      {"arith.andi", signedBinary([](int64_t a, int64_t b) { return a & b; })},
      {"arith.ori", signedBinary([](int64_t a, int64_t b) { return a | b; })},
      {"arith.xori", signedBinary([](int64_t a, int64_t b) { return a ^ b; })},
      {"arith.shli", unsignedBinary([](uint64_t a, uint64_t b) { return b > 63 ? 0 : a << b; })},
      {"arith.shrui", unsignedBinary([](uint64_t a, uint64_t b) { return b > 63 ? 0 : a >> b; })},
      {"arith.shrsi", signedBinary([](int64_t a, int64_t b) { return a >> (b < 0 || b > 63 ? 63 : b); })},
      {"arith.extsi", integerCast(toSigned)},
      {"arith.extui", integerCast([](int64_t a, unsigned bits) { return int64_t(toUnsigned(a, bits)); })},
      {"arith.trunci", integerCast([](int64_t a, unsigned) { return a; })},
      {"arith.index_cast", integerCast(toSigned)},
      {"arith.index_castui", integerCast([](int64_t a, unsigned bits) { return int64_t(toUnsigned(a, bits)); })},

      {"arith.sitofp",
       [](const Step &step, ArrayRef<Scalar> operands) {
         const int64_t value = toSigned(operands[0].i, step.operandBits);
         return makeFloat(step.isF32 ? static_cast<float>(value) : static_cast<double>(value));
       }},
      {"arith.uitofp",
       [](const Step &step, ArrayRef<Scalar> operands) {
         const uint64_t value = toUnsigned(operands[0].i, step.operandBits);
         return makeFloat(step.isF32 ? static_cast<float>(value) : static_cast<double>(value));
       }},
      {"arith.fptosi",
       [](const Step &step, ArrayRef<Scalar> operands) {
         const double limit = std::ldexp(1.0, static_cast<int>(std::min(step.resultBits, 53u)) - 1);
         return makeInteger(wrap(truncateFloat(operands[0].f, -limit, limit), step.resultBits));
       }},
      {"arith.fptoui",
       [](const Step &step, ArrayRef<Scalar> operands) {
         const double limit = std::ldexp(1.0, static_cast<int>(std::min(step.resultBits, 53u)));
         return makeInteger(wrap(truncateFloat(operands[0].f, 0.0, limit), step.resultBits));
       }},
      {"arith.cmpf",
       [](const Step &step, ArrayRef<Scalar> operands) {
         return makeInteger(
             compareFloats(static_cast<arith::CmpFPredicate>(step.predicate), operands[0].f, operands[1].f));
       }},
      {"arith.cmpi",
       [](const Step &step, ArrayRef<Scalar> operands) {
         const unsigned bits = step.operandBits;
         auto toAPInt = [&](Scalar value) { return APInt(64, toUnsigned(value.i, bits)).trunc(bits); };
         return makeInteger(arith::applyCmpPredicate(static_cast<arith::CmpIPredicate>(step.predicate),
                                                     toAPInt(operands[0]), toAPInt(operands[1])));
       }},
      {"arith.bitcast", reinterpret},
      {"arith.select",
       [](const Step &, ArrayRef<Scalar> operands) { return operands[0].i ? operands[1] : operands[2]; }},
  };
  return functions;
}

template <float (*function)(float)> static Scalar expanded(const Step &, ArrayRef<Scalar> operands) {
  return makeFloat(function(static_cast<float>(operands[0].f)));
}

/// What the contract defines for f32 only: the functions of MathExpansions.h.
static const llvm::StringMap<Function> &getExpandedFunctions() {
  static const llvm::StringMap<Function> functions = {
      {"math.exp", expanded<ScalarMath::exp>},
      {"math.exp2", expanded<ScalarMath::exp2>},
      {"math.expm1", expanded<ScalarMath::expm1>},
      {"math.log", expanded<ScalarMath::log>},
      {"math.log2", expanded<ScalarMath::log2>},
      {"math.log10", expanded<ScalarMath::log10>},
      {"math.log1p", expanded<ScalarMath::log1p>},
      {"math.sin", expanded<ScalarMath::sin>},
      {"math.cos", expanded<ScalarMath::cos>},
      {"math.tanh", expanded<ScalarMath::tanh>},
      {"math.erf", expanded<ScalarMath::erf>},
      {"math.powf",
       [](const Step &, ArrayRef<Scalar> operands) {
         return makeFloat(ScalarMath::powf(static_cast<float>(operands[0].f), static_cast<float>(operands[1].f)));
       }},
      {"math.fma",
       [](const Step &, ArrayRef<Scalar> operands) {
         return makeFloat(ScalarMath::fma(static_cast<float>(operands[0].f), static_cast<float>(operands[1].f),
                                          static_cast<float>(operands[2].f)));
       }},
      {"math.fpowi",
       [](const Step &, ArrayRef<Scalar> operands) {
         return makeFloat(ScalarMath::fpowi(static_cast<float>(operands[0].f), operands[1].i));
       }},
  };
  return functions;
}

/// The function of an op on elements of `type`, or null.
static const Function *getFunction(Operation *op, Type type) {
  StringRef name = op->getName().getStringRef();
  if (auto function = getFunctions().find(name); function != getFunctions().end())
    return &function->second;
  auto function = getExpandedFunctions().find(name);
  return function != getExpandedFunctions().end() && type.isF32() ? &function->second : nullptr;
}

/// The bits of an integer, 64 for anything else.
static unsigned getBits(Type type) {
  auto integer = dyn_cast<IntegerType>(getElementTypeOrSelf(type));
  return integer ? integer.getWidth() : 64;
}

std::optional<Step> reference::getScalarStep(Operation *op) {
  if (op->getNumResults() != 1 || op->getNumOperands() == 0)
    return std::nullopt;
  const Function *function = getFunction(op, getElementTypeOrSelf(op->getResult(0).getType()));
  if (!function)
    return std::nullopt;
  auto hasKind = [](Type type) { return getElementKind(getElementTypeOrSelf(type)).has_value(); };
  if (!llvm::all_of(op->getOperandTypes(), hasKind) || !llvm::all_of(op->getResultTypes(), hasKind))
    return std::nullopt;
  Step step;
  step.op = op;
  step.function = function;
  step.operandBits = getBits(op->getOperand(0).getType());
  step.resultBits = getBits(op->getResult(0).getType());
  step.isF32 = getElementTypeOrSelf(op->getResult(0).getType()).isF32();
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    step.predicate = static_cast<int64_t>(compare.getPredicate());
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    step.predicate = static_cast<int64_t>(compare.getPredicate());
  return step;
}

Scalar reference::readScalar(const Tensor &tensor, int64_t index) {
  if (tensor.kind == ElementKind::F32)
    return makeFloat(tensor.get<float>()[index]);
  if (tensor.kind == ElementKind::F64)
    return makeFloat(tensor.get<double>()[index]);
  return makeInteger(readInteger(tensor, index));
}

void reference::writeScalar(Tensor &tensor, int64_t index, Scalar value) {
  if (tensor.kind == ElementKind::F32)
    tensor.get<float>()[index] = static_cast<float>(value.f);
  else if (tensor.kind == ElementKind::F64)
    tensor.get<double>()[index] = value.f;
  else
    writeInteger(tensor, index, value.i);
}

Evaluation reference::evaluateScalarOp(Operation *op, const Scope &scope) {
  std::optional<Step> step = getScalarStep(op);
  if (!step)
    return std::nullopt;
  FailureOr<Tensor> result = createTensor(op, op->getResult(0).getType());
  if (failed(result))
    return FailureOr<Results>(failure());
  SmallVector<Scalar> operands(op->getNumOperands());
  for (int64_t index = 0, end = result->getNumElements(); index < end; ++index) {
    for (auto [operand, value] : llvm::zip_equal(operands, op->getOperands())) {
      const Tensor &tensor = scope.get(value);
      operand = readScalar(tensor, tensor.shape.empty() ? 0 : index);
    }
    writeScalar(*result, index, (*step->function)(*step, operands));
  }
  return toResults(std::move(result));
}
