#ifndef LOWBIT_CALIBRATE_CALIBRATIONTABLE_H
#define LOWBIT_CALIBRATE_CALIBRATIONTABLE_H

#include "lowbit/Calibrate/Histogram.h"
#include "lowbit/Calibrate/RangeMethods.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>

namespace mlir::lowbit {

/// The distributions of the tensors of a program: a text file of JSON, the same bytes for the same content.
///
/// ```json
/// {
///  "format": "lowbit-calibration", "version": 1,
///  "program": "…",                  // computeProgramHash of the float form
///  "samples": 64,                   // runs of the program
///  "checksum": "…",                 // of everything else
///  "tensors": [                     // sorted by name
///   { "name": "conv_2d_nhwc_fhwc_0", "min": -1.5, "max": 2.25, "nans": 0, "negative_infinities": 0,
///     "positive_infinities": 0,
///     "bins": [[16447, 3, 8], …] }   // runs: the index of the first bin, then the counts of it and its successors
///  ]
/// }
/// ```
class CalibrationTable {
public:
  CalibrationTable() = default;
  explicit CalibrationTable(std::string programHash) : programHash(std::move(programHash)) {}

  /// Reads a table. Errors start with the path and say where in the file they are. Whatever the bytes, the result is a
  /// table that `print` could have written, or an error.
  static llvm::Expected<CalibrationTable> read(StringRef path);
  /// As `read`, of text; `path` is for errors.
  static llvm::Expected<CalibrationTable> parse(StringRef text, StringRef path);

  /// Writes the file as a whole or not at all. Fails also where a name is no UTF-8.
  llvm::Error write(StringRef path) const;
  void print(raw_ostream &os) const;

  /// Adds the samples of a table of the same program. Fails, and changes nothing, where the programs differ or a
  /// number of samples overflows.
  llvm::Error merge(const CalibrationTable &other);
  /// Adds samples of the tensor `name`.
  llvm::Error add(StringRef name, const Histogram &histogram);

  /// The histogram of the tensor `name`, or null.
  const Histogram *lookup(StringRef name) const;
  const std::map<std::string, Histogram, std::less<>> &getHistograms() const { return histograms; }
  StringRef getProgramHash() const { return programHash; }
  uint64_t getNumSamples() const { return numSamples; }
  void setNumSamples(uint64_t count) { numSamples = count; }

private:
  std::string programHash;
  uint64_t numSamples = 0;
  std::map<std::string, Histogram, std::less<>> histograms;
};

/// The range of the tensor `name`, by the method of name `method` ("minmax", …). Fails, and says why, where there is no
/// such method, the table has no such tensor, or every sample of it was NaN or infinite.
llvm::Expected<FloatRange> getRange(const CalibrationTable &table, StringRef name, StringRef method,
                                    const RangeOptions &options = {});

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATE_CALIBRATIONTABLE_H
