#include "Methods.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

/// The upper triangular R with R'R = `matrix`, which is symmetric and positive definite.
static SquareMatrix factorize(const SquareMatrix &matrix) {
  const int64_t size = matrix.size;
  SquareMatrix factor(size);
  std::vector<double> row(size);
  for (int64_t i = 0; i < size; ++i) {
    for (int64_t j = i; j < size; ++j)
      row[j] = matrix.at(i, j);
    for (int64_t k = 0; k < i; ++k) {
      const double scale = factor.at(k, i);
      if (scale == 0.0)
        continue;
      const double *above = factor.values.data() + k * size;
      for (int64_t j = i; j < size; ++j)
        row[j] -= scale * above[j];
    }
    const double pivot = std::sqrt(std::max(row[i], std::numeric_limits<double>::min()));
    for (int64_t j = i; j < size; ++j)
      factor.at(i, j) = row[j] / pivot;
  }
  return factor;
}

GPTQ::GPTQ(const SquareMatrix &hessian) : order(hessian.size) {
  const int64_t size = hessian.size;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return hessian.at(a, a) < hessian.at(b, b); });
  SquareMatrix ordered(size);
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j)
      ordered.at(i, j) = hessian.at(order[i], order[j]);
  factor = factorize(ordered);
}

std::vector<double> GPTQ::solve(ArrayRef<double> right) const {
  // R'y = right from the first row down, then Rx = y from the last one up, in the order of the factor.
  const int64_t size = factor.size;
  std::vector<double> y(size);
  for (int64_t i = 0; i < size; ++i)
    y[i] = right[order[i]];
  for (int64_t i = 0; i < size; ++i) {
    ArrayRef<double> row = factor.getRow(i);
    y[i] /= row[i];
    for (int64_t j = i + 1; j < size; ++j)
      y[j] -= row[j] * y[i];
  }
  std::vector<double> result(size);
  for (int64_t i = size - 1; i >= 0; --i) {
    ArrayRef<double> row = factor.getRow(i);
    for (int64_t j = i + 1; j < size; ++j)
      y[i] -= row[j] * y[j];
    y[i] /= row[i];
    result[order[i]] = y[i];
  }
  return result;
}

void GPTQ::round(WeightColumn &column, StorageRange storage) const {
  const int64_t size = factor.size;
  column.integers.assign(size, 0);
  // What the elements rounded so far were moved by, in order.
  std::vector<double> errors(size, 0.0);
  for (int64_t i = size - 1; i >= 0; --i) {
    ArrayRef<double> row = factor.getRow(i);
    double moved = 0.0;
    for (int64_t j = i + 1; j < size; ++j)
      moved += row[j] * errors[j];
    const int64_t element = order[i];
    const double target = column.weights[element] - moved / row[i], scale = column.scales[element];
    column.integers[element] =
        static_cast<int64_t>(std::clamp(std::nearbyint(target / scale + column.getZeroPoint(element)),
                                        static_cast<double>(storage.min), static_cast<double>(storage.max)));
    errors[i] = column.getError(element);
  }
}
