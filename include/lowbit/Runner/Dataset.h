#ifndef LOWBIT_RUNNER_DATASET_H
#define LOWBIT_RUNNER_DATASET_H

#include "lowbit/Runner/Arrays.h"

namespace mlir::lowbit {

/// Which array to read for an input whose name no array has.
struct ArrayMapping {
  std::string input;
  std::string array;
};

/// The samples of a program's inputs. Where the first dimension of an input is B, an array of B·n rows holds n samples.
struct Dataset {
  /// One for each input, in the order of the signature.
  std::vector<Array> arrays;
  size_t samples = 0;

  SmallVector<const char *> getPointers() const;
  /// Where one sample of each input begins; `inputs` are what the data set was read for.
  SmallVector<const char *> getPointers(ArrayRef<TensorSpec> inputs, size_t sample) const;
};

/// Reads the arrays that the inputs need; at most `limit` samples unless that is 0. Errors name file and array, and say
/// what was expected and what is there.
llvm::Expected<Dataset> readDataset(ArrayFile &file, ArrayRef<TensorSpec> inputs, ArrayRef<ArrayMapping> mappings,
                                    size_t limit);

/// Reads an array of integers, one label for each of the first `samples` samples.
llvm::Expected<std::vector<int64_t>> readLabels(ArrayFile &file, StringRef name, size_t samples);

/// What a program makes of a data set.
struct Results {
  Results(ArrayRef<TensorSpec> outputs, size_t samples);

  std::vector<TensorSpec> specs;
  size_t samples;
  /// The samples of each output, one after the other.
  std::vector<std::vector<char>> data;

  SmallVector<char *> getPointers();
  /// The arrays to write: the samples stacked along the first axis.
  std::vector<NamedArray> getArrays() const;
  /// The elements of one sample of an output, as doubles.
  std::vector<double> getSample(size_t output, size_t sample) const;
};

/// How many of the samples have, in the first output, their greatest value at the place that the label says.
size_t countCorrect(const Results &results, ArrayRef<int64_t> labels);
/// The index of the greatest value, the first of equals; NaN is less than everything.
size_t getArgMax(ArrayRef<double> values);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNNER_DATASET_H
