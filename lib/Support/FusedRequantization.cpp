#include "lowbit/Support/FusedRequantization.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace mlir::lowbit;

/// The bits of 2^23, from which on the floats up to 2^24 are the integers.
static constexpr int64_t kFirst = 0x4B000000, kCount = 1 << 23;
/// The bits of the least normal number, and of infinity.
static constexpr int64_t kLeastBits = 0x00800000, kEndBits = 0x7F800000;
/// What is converted to i32 is less, in absolute value.
static constexpr double kMostConverted = 0x1p30;
/// How many starts are tried on all changes of the result.
static constexpr int64_t kMostChecks = 64;

int64_t Requantization::apply(int64_t sum) const {
  const float product = static_cast<float>(sum) * multiplier;
  return static_cast<int64_t>(std::nearbyint(std::clamp(product, static_cast<float>(low), static_cast<float>(high))));
}

static float computeFused(const FusedRequantization &fused, int64_t sum, float multiplier) {
  return std::fma(llvm::bit_cast<float>(static_cast<int32_t>(sum + fused.start)), multiplier, fused.offset);
}

int64_t FusedRequantization::apply(int64_t sum, const Requantization &requantization) const {
  const float value = computeFused(*this, sum, requantization.multiplier);
  return std::clamp(static_cast<int64_t>(std::nearbyint(value)), requantization.low, requantization.high);
}

namespace {
/// `first` is the least sum whose result is at least `result`; one more than the greatest sum where none is.
struct Change {
  int64_t result;
  int64_t first;
};
} // namespace

static llvm::SmallVector<Change, 0> findChanges(const Requantization &requantization) {
  llvm::SmallVector<Change, 0> changes;
  for (int64_t result = requantization.low + 1; result <= requantization.high; ++result) {
    const double estimate = (static_cast<double>(result) - 0.5) / requantization.multiplier;
    const double least = static_cast<double>(requantization.least);
    auto first = static_cast<int64_t>(std::clamp(std::ceil(estimate), least, requantization.greatest + 1.0));
    while (first > requantization.least && requantization.apply(first - 1) >= result)
      --first;
    while (first <= requantization.greatest && requantization.apply(first) < result)
      ++first;
    changes.push_back({result, first});
  }
  return changes;
}

/// From where on a product becomes `result`: it is rounded to the half below it first, if it is near, and then to an
/// even integer.
static double getEdge(int64_t result) {
  const auto half = static_cast<float>(static_cast<double>(result) - 0.5);
  const float beside = std::nextafter(half, result % 2 == 0 ? -std::numeric_limits<float>::infinity()
                                                            : std::numeric_limits<float>::infinity());
  return (static_cast<double>(half) + static_cast<double>(beside)) / 2;
}

std::optional<FusedRequantization> FusedRequantization::find(const Requantization &requantization) {
  const float multiplier = requantization.multiplier;
  const int64_t least = requantization.least, greatest = requantization.greatest;
  if (!std::isnormal(multiplier) || multiplier < 0 || requantization.low >= requantization.high || least > greatest)
    return std::nullopt;
  const llvm::SmallVector<Change, 0> changes = findChanges(requantization);
  // Beyond these sums the result does not change.
  const int64_t firstSum = std::clamp(changes.front().first - 1, least, greatest);
  const int64_t lastSum = std::clamp(changes.back().first, least, greatest);
  // What the start is more than the bits of 2^23: at least `-firstSum`, less than `mostShift`.
  const int64_t mostShift = kCount - lastSum;
  if (mostShift <= -firstSum)
    return std::nullopt;

  // How far the exact product may be shifted without a change of a result.
  double leastError = -std::numeric_limits<double>::infinity(), mostError = -leastError;
  for (auto [result, first] : changes) {
    const double edge = getEdge(result);
    if (first <= greatest)
      leastError = std::max(leastError, edge - static_cast<double>(first) * multiplier);
    if (first > least)
      mostError = std::min(mostError, edge - static_cast<double>(first - 1) * multiplier);
  }
  const double margin = std::isfinite(mostError - leastError) ? (mostError - leastError) / 8 : 0.0;

  auto isSame = [&](const FusedRequantization &fused) {
    return llvm::all_of(changes, [&](const Change &change) {
      auto reaches = [&](int64_t sum) { return fused.apply(sum, requantization) >= change.result; };
      return (change.first > greatest || reaches(change.first)) &&
             (change.first == least || !reaches(change.first - 1));
    });
  };
  auto isDefined = [&](const FusedRequantization &fused) {
    return least + fused.start >= kLeastBits && greatest + fused.start < kEndBits &&
           llvm::all_of(
               std::array{least, greatest},
               [&](int64_t sum) { return std::abs(computeFused(fused, sum, multiplier)) < kMostConverted; });
  };
  // From the middle on of what the start may be. Of a hundred are enough, as a rule; with all of them one is found for
  // all but one of ten thousand multipliers.
  const int64_t count = mostShift + firstSum;
  int64_t checks = 0;
  for (int64_t number = 0; number < count && checks < kMostChecks; ++number) {
    const int64_t shift = (number + count / 2) % count - firstSum;
    // A product of 24 bits by 24: exact, as is the difference.
    const double started = static_cast<double>(kCount + shift) * multiplier;
    FusedRequantization fused;
    fused.start = static_cast<int32_t>(kFirst + shift);
    fused.offset = static_cast<float>(-started);
    const double error = started + static_cast<double>(fused.offset);
    if (error < leastError + margin || error > mostError - margin)
      continue;
    ++checks;
    if (isDefined(fused) && isSame(fused))
      return fused;
  }
  return std::nullopt;
}
