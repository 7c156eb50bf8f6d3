#include "lowbit/Codegen/Passes.h"
#include "lowbit/Support/MathExpansions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_EXPANDMATH
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// An MLIR value, a scalar or elements of a vector or tensor, as the machine below computes with it.
template <typename C> struct Operand {
  /// The C++ type of constants, which the element type follows from.
  using Constant = C;
  ImplicitLocOpBuilder *builder;
  Value value;
};
using FloatOperand = Operand<float>;
using DoubleOperand = Operand<double>;
using IntOperand = Operand<int32_t>;
using LongOperand = Operand<int64_t>;
using BoolOperand = Operand<bool>;
/// The type of `like`, a scalar or shaped, with another element type.
Type withElement(Type like, Type element) {
  auto shaped = dyn_cast<ShapedType>(like);
  return shaped ? Type(shaped.clone(element)) : element;
}

template <typename C> Type getElementType(Builder &builder) {
  if constexpr (std::is_same_v<C, float>)
    return builder.getF32Type();
  else if constexpr (std::is_same_v<C, double>)
    return builder.getF64Type();
  else if constexpr (std::is_same_v<C, bool>)
    return builder.getI1Type();
  else
    return builder.getIntegerType(8 * sizeof(C));
}

template <typename T, typename L> T makeConstant(L like, typename T::Constant constant) {
  using C = typename T::Constant;
  ImplicitLocOpBuilder &builder = *like.builder;
  Type element = getElementType<C>(builder), type = withElement(like.value.getType(), element);
  TypedAttr attr;
  if constexpr (std::is_floating_point_v<C>)
    attr = builder.getFloatAttr(element, constant);
  else
    attr = builder.getIntegerAttr(element, constant);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, attr);
  return {like.builder, arith::ConstantOp::create(builder, attr)};
}

template <typename To, typename Op, typename From> To convert(From from) {
  Type type = withElement(from.value.getType(), getElementType<typename To::Constant>(*from.builder));
  return {from.builder, Op::create(*from.builder, type, from.value)};
}

/// `a op b` for operands of one kind, and for a constant at the right.
#define LOWBIT_OPERATOR(SYMBOL, FLOAT_OP, INT_OP)                                                                      \
  template <typename C> Operand<C> operator SYMBOL(Operand<C> a, Operand<C> b) {                                       \
    using Op = std::conditional_t<std::is_floating_point_v<C>, arith::FLOAT_OP, arith::INT_OP>;                        \
    return {a.builder, Op::create(*a.builder, a.value, b.value)};                                                      \
  }                                                                                                                    \
  template <typename C> Operand<C> operator SYMBOL(Operand<C> a, typename Operand<C>::Constant b) {                    \
    return a SYMBOL makeConstant<Operand<C>>(a, b);                                                                    \
  }
LOWBIT_OPERATOR(+, AddFOp, AddIOp)
LOWBIT_OPERATOR(-, SubFOp, SubIOp)
LOWBIT_OPERATOR(*, MulFOp, MulIOp)
LOWBIT_OPERATOR(/, DivFOp, DivSIOp)
LOWBIT_OPERATOR(&, AddFOp, AndIOp)
LOWBIT_OPERATOR(|, AddFOp, OrIOp)
LOWBIT_OPERATOR(<<, AddFOp, ShLIOp)
LOWBIT_OPERATOR(>>, AddFOp, ShRUIOp)
#undef LOWBIT_OPERATOR

#define LOWBIT_COMPARISON(SYMBOL, FLOAT_PREDICATE, INT_PREDICATE)                                                      \
  template <typename C> BoolOperand operator SYMBOL(Operand<C> a, Operand<C> b) {                                      \
    if constexpr (std::is_floating_point_v<C>)                                                                         \
      return {a.builder, arith::CmpFOp::create(*a.builder, arith::CmpFPredicate::FLOAT_PREDICATE, a.value, b.value)};  \
    else                                                                                                               \
      return {a.builder, arith::CmpIOp::create(*a.builder, arith::CmpIPredicate::INT_PREDICATE, a.value, b.value)};    \
  }                                                                                                                    \
  template <typename C> BoolOperand operator SYMBOL(Operand<C> a, typename Operand<C>::Constant b) {                   \
    return a SYMBOL makeConstant<Operand<C>>(a, b);                                                                    \
  }
LOWBIT_COMPARISON(<, OLT, slt)
LOWBIT_COMPARISON(>, OGT, sgt)
LOWBIT_COMPARISON(==, OEQ, eq)
#undef LOWBIT_COMPARISON

template <typename C> Operand<C> operator-(Operand<C> a) {
  return {a.builder, arith::NegFOp::create(*a.builder, a.value)};
}

BoolOperand operator!(BoolOperand a) {
  return {a.builder, arith::XOrIOp::create(*a.builder, a.value, makeConstant<BoolOperand>(a, true).value)};
}

/// The machine of `MathExpansions` that builds ops of `arith`, and of `math` where they are instructions everywhere.
struct IRMachine {
  using Float = FloatOperand;
  using Double = DoubleOperand;
  using Int = IntOperand;
  using Long = LongOperand;
  using Bool = BoolOperand;

  template <typename T> static T constant(T like, typename T::Constant value) { return makeConstant<T>(like, value); }
  template <typename T> static T select(Bool condition, T a, T b) {
    return {a.builder, arith::SelectOp::create(*a.builder, condition.value, a.value, b.value)};
  }
  template <typename T> static T select(Bool condition, T a, typename T::Constant b) {
    return select(condition, a, constant(a, b));
  }

  static Int bits(Float x) { return convert<Int, arith::BitcastOp>(x); }
  static Long bits(Double x) { return convert<Long, arith::BitcastOp>(x); }
  static Float fromBits(Int x) { return convert<Float, arith::BitcastOp>(x); }
  static Double fromBits(Long x) { return convert<Double, arith::BitcastOp>(x); }

  static Double toDouble(Float x) { return convert<Double, arith::ExtFOp>(x); }
  static Double toDouble(Int x) { return convert<Double, arith::SIToFPOp>(x); }
  static Float toFloat(Double x) { return convert<Float, arith::TruncFOp>(x); }
  static Int toInt(Float x) { return convert<Int, arith::FPToSIOp>(x); }
  static Int toInt(Double x) { return convert<Int, arith::FPToSIOp>(x); }
  static Long toLong(Int x) { return convert<Long, arith::ExtSIOp>(x); }
  static Int truncate(Long x) { return convert<Int, arith::TruncIOp>(x); }

  template <typename T> static T roundEven(T x) { return {x.builder, math::RoundEvenOp::create(*x.builder, x.value)}; }
  template <typename T> static T floor(T x) { return {x.builder, math::FloorOp::create(*x.builder, x.value)}; }
  template <typename T> static T abs(T x) { return {x.builder, math::AbsFOp::create(*x.builder, x.value)}; }
  template <typename T> static T sqrt(T x) { return {x.builder, math::SqrtOp::create(*x.builder, x.value)}; }
};
} // namespace

using Expansions = MathExpansions<IRMachine>;

/// Ops that are exact, and instructions or short sequences of them on every target, for every float type.
static bool isExact(Operation *op) {
  return isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::FloorOp, math::RoundEvenOp, math::RoundOp,
             math::SqrtOp, math::TruncOp, math::AbsIOp, math::CountLeadingZerosOp, math::CountTrailingZerosOp,
             math::CtPopOp, math::IsNaNOp, math::IsInfOp, math::IsFiniteOp, math::IsNormalOp>(op);
}

/// What computes `op` at `builder`; null where there is no expansion.
static Value expand(ImplicitLocOpBuilder &builder, Operation *op) {
  Type element = getElementTypeOrSelf(op->getOperand(0).getType());
  if (isa<math::RsqrtOp>(op)) {
    if (element.isF64())
      return Expansions::rsqrt(DoubleOperand{&builder, op->getOperand(0)}).value;
    return element.isF32() ? Expansions::rsqrt(FloatOperand{&builder, op->getOperand(0)}).value : Value();
  }
  if (!element.isF32())
    return Value();
  FloatOperand x{&builder, op->getOperand(0)};
  auto operand = [&](unsigned number) { return FloatOperand{&builder, op->getOperand(number)}; };
  return TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return Expansions::exp(x).value; })
      .Case([&](math::Exp2Op) { return Expansions::exp2(x).value; })
      .Case([&](math::ExpM1Op) { return Expansions::expm1(x).value; })
      .Case([&](math::LogOp) { return Expansions::log(x).value; })
      .Case([&](math::Log2Op) { return Expansions::log2(x).value; })
      .Case([&](math::Log10Op) { return Expansions::log10(x).value; })
      .Case([&](math::Log1pOp) { return Expansions::log1p(x).value; })
      .Case([&](math::SinOp) { return Expansions::sin(x).value; })
      .Case([&](math::CosOp) { return Expansions::cos(x).value; })
      .Case([&](math::TanhOp) { return Expansions::tanh(x).value; })
      .Case([&](math::ErfOp) { return Expansions::erf(x).value; })
      .Case([&](math::PowFOp) { return Expansions::powf(x, operand(1)).value; })
      .Case([&](math::FmaOp) { return Expansions::fma(x, operand(1), operand(2)).value; })
      .Case([&](math::FPowIOp) {
        APInt exponent;
        if (!matchPattern(op->getOperand(1), m_ConstantInt(&exponent)) || exponent.getSignificantBits() > 32)
          return Value();
        return Expansions::fpowi(x, exponent.getSExtValue()).value;
      })
      .Default([](Operation *) { return Value(); });
}

/// A division of integers whose divisor may be 0, or -1 where the quotient of the least integer has too few bits:
/// processors differ, and some end the program.
static bool isPartialDivision(Operation *op) {
  if (!isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp>(op))
    return false;
  APInt divisor;
  if (!matchPattern(op->getOperand(1), m_ConstantInt(&divisor)))
    return true;
  return divisor.isZero() || (divisor.isAllOnes() && isa<arith::DivSIOp, arith::RemSIOp>(op));
}

/// The quotient or the remainder for every divisor.
static Value expandDivision(ImplicitLocOpBuilder &builder, Operation *op) {
  Value dividend = op->getOperand(0), divisor = op->getOperand(1);
  auto constant = [&](int64_t value) {
    return createScalarOrSplatConstant(builder, builder.getLoc(), divisor.getType(), value);
  };
  auto isEqual = [&](int64_t value) -> Value {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, divisor, constant(value));
  };
  const bool isSigned = isa<arith::DivSIOp, arith::RemSIOp>(op);
  Value isZero = isEqual(0), isMinusOne = isSigned ? isEqual(-1) : Value();
  Value isReplaced = isSigned ? arith::OrIOp::create(builder, isZero, isMinusOne).getResult() : isZero;
  Value replaced = arith::SelectOp::create(builder, isReplaced, constant(1), divisor);
  Operation *division = builder.clone(*op);
  division->setOperand(1, replaced);
  Value result = division->getResult(0);
  // The remainder of 1 is that of 0 and of -1.
  if (isa<arith::RemSIOp, arith::RemUIOp>(op))
    return result;
  if (isSigned)
    result =
        arith::SelectOp::create(builder, isMinusOne, arith::SubIOp::create(builder, constant(0), dividend), result);
  return arith::SelectOp::create(builder, isZero, constant(0), result);
}

static bool isMath(Operation *op) { return isa_and_nonnull<math::MathDialect>(op->getDialect()); }

static bool isExpanded(Operation *op) { return (isMath(op) && !isExact(op)) || isPartialDivision(op); }

/// Named ops have no body of their own that could be rewritten: those that compute with functions become generics.
static void generalizeFunctions(Operation *root) {
  SmallVector<linalg::LinalgOp> named;
  root->walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::GenericOp, linalg::MapOp, linalg::ReduceOp>(op) &&
        llvm::any_of(*op.getBlock(), [](Operation &inner) { return isExpanded(&inner); }))
      named.push_back(op);
  });
  IRRewriter rewriter(root->getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    // Every op with a body has a generic form.
    (void)linalg::generalizeNamedOp(rewriter, op);
  }
}

namespace {
struct ExpandMath : lowbit::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  void runOnOperation() override {
    generalizeFunctions(getOperation());
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isExpanded(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      ImplicitLocOpBuilder builder(op->getLoc(), op);
      Value result = isMath(op) ? expand(builder, op) : expandDivision(builder, op);
      if (!result) {
        op->emitOpError() << "has no expansion for " << op->getOperand(0).getType()
                          << ": the C library would compute it with other bits on other machines";
        return signalPassFailure();
      }
      op->getResult(0).replaceAllUsesWith(result);
      op->erase();
    }
  }
};
} // namespace
