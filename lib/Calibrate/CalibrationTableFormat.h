#ifndef LOWBIT_LIB_CALIBRATE_CALIBRATIONTABLEFORMAT_H
#define LOWBIT_LIB_CALIBRATE_CALIBRATIONTABLEFORMAT_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace mlir::lowbit {

class CalibrationTable;

/// What the reader of a table and its writer must agree on.
namespace table_keys {
inline constexpr llvm::StringLiteral formatName = "lowbit-calibration";
inline constexpr int64_t formatVersion = 1;

inline constexpr llvm::StringLiteral format = "format";
inline constexpr llvm::StringLiteral version = "version";
inline constexpr llvm::StringLiteral program = "program";
inline constexpr llvm::StringLiteral samples = "samples";
inline constexpr llvm::StringLiteral checksum = "checksum";
inline constexpr llvm::StringLiteral tensors = "tensors";

inline constexpr llvm::StringLiteral name = "name";
inline constexpr llvm::StringLiteral min = "min";
inline constexpr llvm::StringLiteral max = "max";
inline constexpr llvm::StringLiteral nans = "nans";
inline constexpr llvm::StringLiteral negativeInfinities = "negative_infinities";
inline constexpr llvm::StringLiteral positiveInfinities = "positive_infinities";
inline constexpr llvm::StringLiteral bins = "bins";
} // namespace table_keys

/// The checksum that a table's text must hold: a hash of the text with an empty checksum.
std::string computeTableChecksum(const CalibrationTable &table);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CALIBRATE_CALIBRATIONTABLEFORMAT_H
