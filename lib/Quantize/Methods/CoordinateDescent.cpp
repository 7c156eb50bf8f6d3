#include "Methods.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

/// Each sweep makes the error smaller; in practice a few are enough.
static constexpr unsigned kMaxSweeps = 32;

std::vector<double> lowbit::getErrorGradient(const WeightColumn &column, const SquareMatrix &hessian) {
  std::vector<double> gradient(hessian.size, 0.0);
  for (int64_t k = 0; k < hessian.size; ++k) {
    const double error = column.getError(k);
    ArrayRef<double> row = hessian.getRow(k);
    for (int64_t j = 0; error != 0.0 && j < hessian.size; ++j)
      gradient[j] += error * row[j];
  }
  return gradient;
}

void lowbit::descend(WeightColumn &column, const SquareMatrix &hessian, StorageRange storage) {
  const int64_t size = hessian.size;
  std::vector<double> gradient = getErrorGradient(column, hessian);
  for (unsigned sweep = 0; sweep < kMaxSweeps; ++sweep) {
    bool changed = false;
    for (int64_t k = 0; k < size; ++k) {
      const int64_t direction = gradient[k] > 0.0 ? -1 : 1, next = column.integers[k] + direction;
      const double step = static_cast<double>(direction) * column.scales[k];
      ArrayRef<double> row = hessian.getRow(k);
      // The error changes by 2 step * gradient + step^2 * hessian; what is less than rounding could undo is left.
      const double change = 2.0 * step * gradient[k] + step * step * row[k];
      if (next < storage.min || next > storage.max || change >= -1e-9 * step * step * row[k])
        continue;
      column.integers[k] = next;
      for (int64_t j = 0; j < size; ++j)
        gradient[j] += step * row[j];
      changed = true;
    }
    if (!changed)
      return;
  }
}

double lowbit::getSquaredError(const WeightColumn &column, const SquareMatrix &hessian) {
  double error = 0.0;
  for (int64_t i = 0; i < hessian.size; ++i) {
    ArrayRef<double> row = hessian.getRow(i);
    double product = 0.0;
    for (int64_t j = 0; j < hessian.size; ++j)
      product += row[j] * column.getError(j);
    error += column.getError(i) * product;
  }
  return error;
}

std::optional<float> lowbit::fitScale(const WeightColumn &column, const SquareMatrix &hessian) {
  // With q the steps from 0, the derivative of |s q - w|^2 by s vanishes at s = q'Hw / q'Hq.
  double numerator = 0.0, denominator = 0.0;
  for (int64_t i = 0; i < hessian.size; ++i) {
    if (column.getSteps(i) == 0.0)
      continue;
    ArrayRef<double> row = hessian.getRow(i);
    double weights = 0.0, steps = 0.0;
    for (int64_t j = 0; j < hessian.size; ++j) {
      weights += row[j] * column.weights[j];
      steps += row[j] * column.getSteps(j);
    }
    numerator += column.getSteps(i) * weights;
    denominator += column.getSteps(i) * steps;
  }
  const auto scale = static_cast<float>(numerator / denominator);
  return denominator > 0.0 && scale >= std::numeric_limits<float>::min() && std::isfinite(scale)
             ? std::optional<float>(scale)
             : std::nullopt;
}
