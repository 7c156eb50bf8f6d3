#include "Interpret.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit::reference;

namespace {
/// Scale and zero point of a type, and whether its storage is signed.
struct Params {
  double scale;
  int zeroPoint;
  bool isSigned = true;

  int getMin() const { return isSigned ? -128 : 0; }
  int getMax() const { return isSigned ? 127 : 255; }
  std::string getType() const {
    SmallString<32> digits;
    llvm::raw_svector_ostream(digits) << llvm::format("%.17e", scale);
    return llvm::formatv("!quant.uniform<{0}8:f32, {1}:{2}>", isSigned ? 'i' : 'u', digits, zeroPoint);
  }
  int load(int8_t byte) const { return isSigned ? byte : static_cast<uint8_t>(byte); }
};

struct Signature {
  Params lhs, rhs, result;
  std::optional<std::pair<int, int>> clamp;
};

/// Every pair of 8-bit storage integers through one op, against a formula that shares no code with the interpreter.
struct ElementwisePairs : InterpreterTest, testing::WithParamInterface<Signature> {
  using Formula = float (*)(float ma, float mb, float m, int a, int b);

  void check(StringRef op, Formula formula);
};
} // namespace

/// Half to even from the floor.
static long long roundHalfEven(float value) {
  if (std::fabs(value) > 1e9f)
    return value > 0 ? 1000000000 : -1000000000;
  const double floor = std::floor(static_cast<double>(value)), rest = static_cast<double>(value) - floor;
  const auto below = static_cast<long long>(floor);
  if (rest != 0.5)
    return rest < 0.5 ? below : below + 1;
  return below % 2 == 0 ? below : below + 1;
}

void ElementwisePairs::check(StringRef op, Formula formula) {
  const auto &[lhs, rhs, result, clamp] = GetParam();
  std::string clampText;
  if (clamp)
    clampText = llvm::formatv(" clamp [{0}, {1}]", clamp->first, clamp->second);
  const std::string source = llvm::formatv(R"mlir(
    func.func @f(%a: tensor<256x256x{0}>, %b: tensor<256x256x{1}>) -> tensor<256x256x{2}> {{
      %c = lowbit.{3} %a, %b{4} : tensor<256x256x{0}>, tensor<256x256x{1}> -> tensor<256x256x{2}>
      return %c : tensor<256x256x{2}>
    })mlir",
                                           lhs.getType(), rhs.getType(), result.getType(), op, clampText);
  std::vector<int8_t> a(65536), b(65536);
  for (int i = 0; i < 65536; ++i) {
    a[i] = static_cast<int8_t>(i / 256);
    b[i] = static_cast<int8_t>(i % 256);
  }
  std::vector<int8_t> actual = runTo<int8_t>(source, {bytes({256, 256}, a), bytes({256, 256}, b)});
  ASSERT_EQ(actual.size(), a.size());
  auto round = [](double ratio) { return ratio > 18446744073709551616.0 ? 0x1p64f : static_cast<float>(ratio); };
  const float ma = round(lhs.scale / result.scale), mb = round(rhs.scale / result.scale);
  const float m = round(lhs.scale * rhs.scale / result.scale);
  for (int i = 0; i < 65536; ++i) {
    const int x = lhs.load(a[i]) - lhs.zeroPoint, y = rhs.load(b[i]) - rhs.zeroPoint;
    long long expected = roundHalfEven(formula(ma, mb, m, x, y)) + result.zeroPoint;
    expected = std::min<long long>(std::max<long long>(expected, result.getMin()), result.getMax());
    if (clamp)
      expected = std::min<long long>(std::max<long long>(expected, clamp->first), clamp->second);
    ASSERT_EQ(result.load(actual[i]), expected) << lhs.load(a[i]) << " " << op.str() << " " << rhs.load(b[i]);
  }
}

/// Two products of 8-bit integers with f32 numbers are exact in f64; one cast rounds each to f32.
static float roundProduct(float multiplier, int value) {
  return static_cast<float>(static_cast<double>(multiplier) * value);
}

TEST_P(ElementwisePairs, Add) {
  check("add", [](float ma, float mb, float, int a, int b) {
    return static_cast<float>(static_cast<long double>(roundProduct(ma, a)) + roundProduct(mb, b));
  });
}
TEST_P(ElementwisePairs, Sub) {
  check("sub", [](float ma, float mb, float, int a, int b) {
    return static_cast<float>(static_cast<long double>(roundProduct(ma, a)) - roundProduct(mb, b));
  });
}
TEST_P(ElementwisePairs, Mul) {
  check("mul", [](float, float, float m, int a, int b) { return roundProduct(m, a * b); });
}

static const Signature kSignatures[] = {
    // Ordinary scales.
    {{0.0235294122248888, -3}, {0.0117647061124444, 17}, {0.031372550874948502, -20}, std::nullopt},
    // One scale for all, so that halves never occur; and twice the scale, so that they always do.
    {{0.5, 0}, {0.5, 0}, {0.5, 0}, std::nullopt},
    {{0.5, 0}, {0.5, 1}, {1.0, -1}, std::nullopt},
    // Zero points at the ends of the range.
    {{0.1, -128}, {0.1, 127}, {0.1, -128}, std::nullopt},
    {{0.1, 127}, {0.07, -128}, {0.2, 127}, std::nullopt},
    // A clamp that is a ReLU, one inside the range, and one that leaves a point.
    {{0.1, 0}, {0.2, 5}, {0.15, -11}, std::make_pair(-11, 127)},
    {{0.1, 0}, {0.2, 5}, {0.15, -11}, std::make_pair(-20, 30)},
    {{0.1, 0}, {0.2, 5}, {0.15, -11}, std::make_pair(7, 7)},
    // Unsigned storage.
    {{0.1, 128, false}, {0.2, 0, false}, {0.15, 255, false}, std::nullopt},
    {{0.1, 128, false}, {0.2, 0}, {0.15, 3}, std::nullopt},
    // Scales far apart: one operand vanishes, or everything saturates.
    {{1e-30, 0}, {1.0, 0}, {1.0, 0}, std::nullopt},
    {{1e30, 1}, {1e30, 2}, {1e-30, 3}, std::nullopt},
    {{1.0, 0}, {1.0, 0}, {1e38, 7}, std::nullopt},
};
INSTANTIATE_TEST_SUITE_P(All, ElementwisePairs, testing::ValuesIn(kSignatures));
