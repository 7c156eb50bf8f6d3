#ifndef LOWBIT_CALIBRATE_MOMENTS_H
#define LOWBIT_CALIBRATE_MOMENTS_H

#include "lowbit/Analysis/ContractionPatches.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>
#include <vector>

namespace mlir::lowbit {

/// The attribute of a module with observers that says what patches its contractions read.
inline constexpr llvm::StringLiteral kPatchesAttrName = "lowbit.patches";

/// The first and second moments of the patches that one contraction reads: sums over samples and positions of x and of
/// x x'. The elements are rounded to integers of 12 bits, in steps of `2^exponent`, so that the sums are exact and do
/// not depend on the order of the samples.
///
/// Moments taken through a quantized program are those of the patches x that it reads, and of the patches y that the
/// float program reads at the same places: what x stands for. With both it is known which weights of x come nearest to
/// the sums of the float program.
struct PatchMoments {
  int64_t size = 0;
  int32_t exponent = 0;
  uint64_t count = 0;
  /// `size` sums.
  std::vector<int64_t> sums;
  /// `size * size` sums of products, symmetric, in row-major order.
  std::vector<int64_t> products;
  /// Of moments through a quantized program: the `size` sums of y, and the `size * size` sums of x y', a row for each
  /// element of x. Empty elsewhere.
  std::vector<int64_t> targetSums;
  std::vector<int64_t> targetProducts;
  /// The largest magnitude of each element that was finite, of all patches: not only of those that the sums take.
  std::vector<float> largest;

  /// Zeros, for patches of `size` elements of at most `largest` in magnitude.
  static PatchMoments create(int64_t size, float largest);
  /// Zeros for the moments of the same patches through a quantized program.
  PatchMoments createPaired() const;
  /// Whether they are moments through a quantized program.
  bool isPaired() const { return !targetSums.empty(); }
  /// The mean of element i.
  double getMean(int64_t i) const;
  /// The mean of the product of elements i and j.
  double getProduct(int64_t i, int64_t j) const;
  /// Its expectation less the product of the means.
  double getCovariance(int64_t i, int64_t j) const;
  /// The same of y in place of x, and of x_i y_j in place of x_i x_j; those above where there is no y.
  double getTargetMean(int64_t i) const;
  double getTargetProduct(int64_t i, int64_t j) const;
  double getTargetCovariance(int64_t i, int64_t j) const;
};

/// The moments of all contractions of a program, by the name of their results (see `TensorNames`).
///
/// The file is binary: a line of text `lowbit-moments 3 <program hash> <number of contractions>`, then for each, sorted
/// by name, a line `<name length> <size> <exponent> <count> <1 where paired, or 0>`, the name, the numbers of `sums`
/// and of the upper triangle of `products`, row by row, where paired those of `targetSums` and `targetProducts`, as 8
/// bytes each with the lowest first, and `largest` as 4 bytes each; at last the hash of all that as 8 bytes.
class Moments {
public:
  Moments() = default;
  explicit Moments(std::string programHash) : programHash(std::move(programHash)) {}

  static llvm::Expected<Moments> read(StringRef path);
  /// As `read`, of bytes; `path` is for errors. Whatever the bytes, the result is what `print` could have written, or
  /// an error.
  static llvm::Expected<Moments> parse(StringRef bytes, StringRef path);
  llvm::Error write(StringRef path) const;
  void print(raw_ostream &os) const;

  /// True for bytes that begin as a file of moments does.
  static bool isMoments(StringRef bytes);
  /// Adds the sums of moments of the same program, measured with the same ranges: the same whatever the order. Fails,
  /// and changes nothing, where they are of another program or other ranges, or a sum overflows.
  llvm::Error merge(const Moments &other);

  const PatchMoments *lookup(StringRef name) const;
  std::map<std::string, PatchMoments, std::less<>> &getContractions() { return contractions; }
  const std::map<std::string, PatchMoments, std::less<>> &getContractions() const { return contractions; }
  StringRef getProgramHash() const { return programHash; }

private:
  std::string programHash;
  std::map<std::string, PatchMoments, std::less<>> contractions;
};

/// The patches of one sample, rounded: a row of `PatchReader::kMaxPositions` integers for each element, 0 beyond
/// `count`.
struct PatchRows {
  int64_t count = 0;
  std::vector<int16_t> rows;

  ArrayRef<int16_t> getRow(int64_t element) const;
};

/// Which patches of which observed tensor a contraction reads.
struct PatchReader {
  /// The name of the contraction's result, and that of the tensor it reads.
  std::string name;
  std::string input;
  StridedLoops positions;
  StridedLoops elements;
  /// The names of the contractions that have patch readers and compute what this one reads, without another in between.
  std::vector<std::string> sources;

  /// The largest patch whose moments are taken: the square of its size is what they take of memory.
  static constexpr int64_t kMaxSize = 4608;

  /// Of each sample at most `kMaxPositions` patches count, spread evenly.
  static constexpr int64_t kMaxPositions = 64;
  void add(ArrayRef<float> data, PatchMoments &moments) const;
  /// The patches in steps of `2^exponent`; none of a tensor of another size.
  PatchRows read(ArrayRef<float> data, int32_t exponent) const;
  /// As `add`, to paired moments: `target` are the patches that the float program reads in the same sample.
  void addPaired(ArrayRef<float> data, const PatchRows &target, PatchMoments &moments) const;

private:
  void addRows(ArrayRef<float> data, const PatchRows &patches, PatchMoments &moments) const;
  void addLargest(ArrayRef<float> data, PatchMoments &moments) const;
};

/// True where `op` is a contraction of activations, its first operand, with constant weights.
bool multipliesWeights(Operation *op);

/// The patches that the contractions of `module` read, as the attribute `lowbit.patches`, and back.
ArrayAttr getPatchReadersAttr(ModuleOp module);
std::vector<PatchReader> getPatchReaders(ArrayAttr attr);

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATE_MOMENTS_H
