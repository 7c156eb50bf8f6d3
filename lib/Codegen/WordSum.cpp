#include "WordSum.h"
#include "IntrinsicBuilder.h"
#include "TileKernel.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// The floats from here to twice as much are the integers.
static constexpr double kIntegers = 0x1p23;
static constexpr int32_t kBitsOfIntegers = 0x4B000000;
/// The middle of them.
static constexpr double kMiddle = 1.5 * kIntegers;
/// The low word of a greater result would be another number.
static constexpr double kGreatest = 0x1p15;
static constexpr int64_t kGreatestByte = 255;

bool WordSum::isSupported(const ScaledSum &sum, Type type, const Target &target) {
  auto vector = dyn_cast<VectorType>(type);
  const unsigned bits = target.getVectorBits();
  const bool hasProducts = (bits == 512 && target.hasFeature("avx512bw")) || (bits == 256 && target.hasFeature("avx2"));
  return target.getTriple().getArch() == llvm::Triple::x86_64 && target.hasFusedMultiplyAdd() && hasProducts &&
         vector && vector.getRank() == 1 && vector.getNumElements() * 8 == bits && sum.terms.size() == 2 &&
         sum.low + sum.zeroPoint >= -128 && sum.high + sum.zeroPoint <= 127 && sum.getGreatest() < kGreatest &&
         sum.getFactor(0) != 0.0f && sum.getFactor(1) != 0.0f;
}

int64_t WordSum::getResult(const ScaledSum &sum, int64_t lhs, int64_t rhs) const {
  const auto integer = static_cast<int32_t>(start + (lhs + 128) * factors[0] + (rhs + 128) * factors[1]);
  const float rounded = std::fma(llvm::bit_cast<float>(integer), scale, offset);
  const auto word = static_cast<int16_t>(llvm::bit_cast<uint32_t>(rounded));
  return std::clamp<int64_t>(word, sum.low + sum.zeroPoint, sum.high + sum.zeroPoint);
}

namespace {
/// Two words in the ratio of the multipliers, as far as words can be.
struct WordRatio {
  std::array<int32_t, 2> factors;
  double error;
};
} // namespace

/// The ratios that are nearest to that of the multipliers, best first.
static SmallVector<WordRatio> findRatios(std::array<double, 2> multipliers) {
  const unsigned larger = std::abs(multipliers[0]) < std::abs(multipliers[1]);
  const double large = multipliers[larger], ratio = multipliers[1 - larger] / large;
  // The sums lie between two powers of two, together with starts for all steps of the result.
  const double most = (kIntegers - 1) / (kGreatestByte * (1 + std::abs(ratio)) + 1 / std::abs(large));
  const auto greatest = static_cast<int32_t>(std::min<double>(most, INT16_MAX));
  SmallVector<WordRatio> ratios;
  for (int32_t factor = greatest; factor > greatest / 4; --factor) {
    const auto other = static_cast<int32_t>(std::lrint(factor * ratio));
    WordRatio found{{}, std::abs(other - factor * ratio) / factor};
    // The scale is positive.
    found.factors[larger] = large < 0 ? -factor : factor;
    found.factors[1 - larger] = large < 0 ? -other : other;
    ratios.push_back(found);
  }
  constexpr size_t kMostRatios = 64;
  llvm::sort(ratios, [](const WordRatio &a, const WordRatio &b) {
    return std::tie(a.error, a.factors) < std::tie(b.error, b.factors);
  });
  ratios.truncate(std::min(ratios.size(), kMostRatios));
  return ratios;
}

std::optional<WordSum> WordSum::find(const ScaledSum &sum, const SumResults &results) {
  const std::array<double, 2> multipliers = {sum.getFactor(0), sum.getFactor(1)};
  // The sum of the bytes -128.
  const double least = sum.getExactOffset() - 128 * (multipliers[0] + multipliers[1]);
  constexpr int kMostSteps = 7;
  auto getStep = [](int number) { return number % 2 ? (number + 1) / 2 : -number / 2; };
  for (const WordRatio &ratio : findRatios(multipliers)) {
    auto [p, q] = ratio.factors;
    const int64_t lowest = kGreatestByte * (std::min(p, 0) + std::min(q, 0)),
                  highest = kGreatestByte * (std::max(p, 0) + std::max(q, 0));
    const double exact = (multipliers[0] * p + multipliers[1] * q) / (double(p) * p + double(q) * q);
    for (int number = 0; number < kMostSteps; ++number) {
      WordSum words{ratio.factors, 0, static_cast<float>(exact), 0.0f};
      for (int step = getStep(number); step != 0; step += step < 0 ? 1 : -1)
        words.scale = std::nextafter(words.scale, step < 0 ? 0.0f : 1.0f);
      // The offset is an integer, the start what it lacks.
      const double offset = std::floor(kMiddle + least - (kIntegers - double(lowest)) * words.scale);
      words.offset = static_cast<float>(offset);
      if (double(words.offset) != offset)
        continue;
      const auto first = static_cast<int64_t>(std::floor((kMiddle + least - offset) / words.scale - kIntegers));
      for (int startNumber = 0; startNumber < kMostSteps; ++startNumber) {
        const int64_t start = first + getStep(startNumber);
        if (start + lowest < 0 || start + highest >= int64_t(kIntegers))
          continue;
        words.start = kBitsOfIntegers + static_cast<int32_t>(start);
        if (results.areGivenBy([&](int64_t lhs, int64_t rhs) { return words.getResult(sum, lhs, rhs); }))
          return words;
      }
    }
  }
  return std::nullopt;
}

namespace {
/// Emits the sum of one register of bytes with another; `lanes` of i32 fill one.
struct WordSumBuilder : IntrinsicBuilder {
  const WordSum &words;
  int64_t lanes;
  /// Whether products are added to what they start from by the instruction that makes them.
  bool accumulates;

  Value emit(Value lhs, Value rhs) const;

private:
  Value emitLanes(Value pairs) const;
  Value emitWords(Value pairs) const;
};
} // namespace

/// The bits of the rounded floats of pairs of unsigned words.
Value WordSumBuilder::emitLanes(Value pairs) const {
  SmallVector<int16_t> factors;
  for (int64_t lane = 0; lane < lanes; ++lane)
    llvm::append_range(factors, words.factors);
  VectorType integers = getType(lanes, 32), shorts = getType(2 * lanes, 16),
             floats = VectorType::get({lanes}, builder.getF32Type());
  Value multipliers =
      arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(shorts, ArrayRef<int16_t>(factors)));
  Value start = splat(integers, words.start), sum;
  pairs = vector::BitCastOp::create(builder, loc, shorts, pairs);
  if (accumulates) {
    sum = call(lanes == 16 ? "llvm.x86.avx512.vpdpwssd.512" : "llvm.x86.avx512.vpdpwssd.256", integers,
               {start, pairs, multipliers});
  } else {
    sum = call(lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd", integers, {pairs, multipliers});
    sum = arith::AddIOp::create(builder, loc, sum, start);
  }
  auto constant = [&](float value) {
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(floats, value));
  };
  Value rounded = math::FmaOp::create(builder, loc, vector::BitCastOp::create(builder, loc, floats, sum),
                                      constant(words.scale), constant(words.offset));
  return vector::BitCastOp::create(builder, loc, integers, rounded);
}

/// A word for each pair of bytes, in their order: those of even pairs are multiplied in one register, of odd ones in
/// another.
Value WordSumBuilder::emitWords(Value pairs) const {
  constexpr int64_t kZero = 16;
  Value zero = splat(cast<VectorType>(pairs.getType()), 0);
  SmallVector<int64_t> even, odd;
  for (int64_t pair = 0; pair < 8; pair += 2) {
    even.append({2 * pair, kZero, 2 * pair + 1, kZero});
    odd.append({2 * pair + 2, kZero, 2 * pair + 3, kZero});
  }
  VectorType shorts = getType(2 * lanes, 16);
  Value low = emitLanes(shuffleGroups(pairs, zero, even)), high = emitLanes(shuffleGroups(pairs, zero, odd));
  high = arith::ShLIOp::create(builder, loc, high, splat(getType(lanes, 32), 16));
  SmallVector<int64_t> turns;
  for (int64_t word = 0; word < 2 * lanes; ++word)
    turns.push_back(word % 2 ? 2 * lanes + word : word);
  return vector::ShuffleOp::create(builder, loc, vector::BitCastOp::create(builder, loc, shorts, low),
                                   vector::BitCastOp::create(builder, loc, shorts, high), turns);
}

Value WordSumBuilder::emit(Value lhs, Value rhs) const {
  lhs = offsetBytes(builder, loc, lhs);
  rhs = offsetBytes(builder, loc, rhs);
  SmallVector<int64_t> low, high;
  for (int64_t index = 0; index < 8; ++index) {
    low.append({index, 16 + index});
    high.append({8 + index, 24 + index});
  }
  StringRef name = lanes == 16 ? "llvm.x86.avx512.packsswb.512" : "llvm.x86.avx2.packsswb";
  return call(name, getType(4 * lanes, 8),
              {emitWords(shuffleGroups(lhs, rhs, low)), emitWords(shuffleGroups(lhs, rhs, high))});
}

Value WordSum::emit(OpBuilder &builder, Location loc, const ScaledSum &sum, const Target &target) const {
  auto type = cast<VectorType>(sum.terms[0].byte.getType());
  const int64_t lanes = type.getNumElements() / 4;
  const bool accumulates = target.hasFeature(lanes == 16 ? "avx512vnni" : "avxvnni");
  WordSumBuilder emitter{{builder, loc}, *this, lanes, accumulates};
  Value bytes = emitter.emit(sum.terms[0].byte, sum.terms[1].byte);
  // The clamp to all bytes is done.
  if (const int64_t low = sum.low + sum.zeroPoint; low > -128)
    bytes = arith::MaxSIOp::create(builder, loc, bytes, emitter.splat(type, low));
  if (const int64_t high = sum.high + sum.zeroPoint; high < 127)
    bytes = arith::MinSIOp::create(builder, loc, bytes, emitter.splat(type, high));
  return bytes;
}
