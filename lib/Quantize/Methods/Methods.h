#ifndef LOWBIT_LIB_QUANTIZE_METHODS_METHODS_H
#define LOWBIT_LIB_QUANTIZE_METHODS_METHODS_H

#include "lowbit/Calibrate/Moments.h"
#include "lowbit/Support/QuantScheme.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

/// How weights become integers; one file for each method, which names its source.
namespace mlir::lowbit {

/// A square matrix of f64 in row-major order.
struct SquareMatrix {
  int64_t size = 0;
  std::vector<double> values;

  explicit SquareMatrix(int64_t size = 0) : size(size), values(size * size, 0.0) {}
  double &at(int64_t row, int64_t column) { return values[row * size + column]; }
  double at(int64_t row, int64_t column) const { return values[row * size + column]; }
  ArrayRef<double> getRow(int64_t row) const { return ArrayRef(values).slice(row * size, size); }
};

/// The weights of one output channel on their way to integers: element k meets element k of a patch.
struct WeightColumn {
  /// The weights, the f32 scale of each, and the integers that stand for them.
  std::vector<double> weights;
  std::vector<double> scales;
  std::vector<int64_t> integers;
  /// What stands for 0 in each: an integer, or a half between two. Empty where it is 0.
  std::vector<double> zeroPoints;

  /// Gives all weights one scale.
  void setScale(float scale) { scales.assign(weights.size(), scale); }
  double getZeroPoint(int64_t k) const { return zeroPoints.empty() ? 0.0 : zeroPoints[k]; }
  /// How many steps the integer of a weight is from 0.
  double getSteps(int64_t k) const { return static_cast<double>(integers[k]) - getZeroPoint(k); }
  double getError(int64_t k) const { return getSteps(k) * scales[k] - weights[k]; }
};

/// The scale of each group of weights that share one, with the least sum of `importance * (w - q * s)^2` among 100
/// fractions of the one that `chooseSymmetricScale` gives. `groups[i]` is the group of weight i; `importance` is empty
/// where all weights count alike. Nothing where a weight is NaN or infinite.
///
/// R. Banner, Y. Nahshan, D. Soudry: "Post training 4-bit quantization of convolutional networks for rapid-deployment",
/// 2019: clipping that minimizes the squared error; found by search here, for whatever distribution.
std::optional<SmallVector<float>> chooseMSEScales(ArrayRef<float> weights, ArrayRef<float> importance,
                                                  llvm::function_ref<int64_t(int64_t)> getGroup, int64_t groupCount,
                                                  StorageRange storage);

/// Half the derivative, by each element of the column, of the error that `getSquaredError` gives.
std::vector<double> getErrorGradient(const WeightColumn &column, const SquareMatrix &hessian);

/// The mean squared error of the sums of products over the calibration data, of which `hessian` is the Hessian.
double getSquaredError(const WeightColumn &column, const SquareMatrix &hessian);

/// The one scale with which the integers of `column` have the least squared error; nothing where they are all 0 or the
/// scale would not be positive.
std::optional<float> fitScale(const WeightColumn &column, const SquareMatrix &hessian);

/// Rounds a weight at a time and makes those not rounded yet compensate its error, so that the squared error of the
/// sum of products over the calibration data stays small.
///
/// E. Frantar, S. Ashkboos, T. Hoefler, D. Alistarh: "GPTQ: Accurate Post-Training Quantization for Generative
/// Pre-trained Transformers", 2023, in the equal form of J. Chen et al.: "The Geometry of LLM Quantization: GPTQ as
/// Babai's Nearest Plane Algorithm", 2025: with H = R'R, back substitution through R with each result rounded.
class GPTQ {
public:
  /// `hessian` is that of the squared error: the second moments or the covariance of the patches.
  explicit GPTQ(const SquareMatrix &hessian);
  void round(WeightColumn &column, StorageRange storage) const;
  /// The x with `hessian * x = right`.
  std::vector<double> solve(ArrayRef<double> right) const;

private:
  /// The elements in ascending order of the diagonal of the Hessian: the last is rounded first.
  std::vector<int64_t> order;
  /// Upper triangular, in that order.
  SquareMatrix factor;
};

/// Moves integers by one, an element at a time, wherever that makes the squared error over the calibration data
/// smaller, until it does nowhere.
///
/// P. Nair, A. Suggala: "CDQuant: Greedy Coordinate Descent for Accurate LLM Quantization", 2024 (cyclic here).
void descend(WeightColumn &column, const SquareMatrix &hessian, StorageRange storage);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZE_METHODS_METHODS_H
