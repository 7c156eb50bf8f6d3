#ifndef LOWBIT_RUNNER_ARRAYS_H
#define LOWBIT_RUNNER_ARRAYS_H

#include "lowbit/Execution/Signature.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

struct zip;

namespace mlir::lowbit {

/// An array of a `.npy` file, in row-major order and the byte order of this machine.
struct Array {
  const ElementType *type = nullptr;
  std::vector<int64_t> shape;
  std::unique_ptr<llvm::WritableMemoryBuffer> data;

  size_t getBytes() const { return data->getBufferSize(); }
};

/// What a `.npy` file says about its array, and where the array starts.
struct NpyHeader {
  const ElementType *type = nullptr;
  std::vector<int64_t> shape;
  /// Bytes of the array.
  size_t bytes = 0;
  /// Bytes of magic, lengths and dictionary before the array.
  size_t offset = 0;
};

/// Parses the start of a `.npy` file of `fileSize` bytes (versions 1 to 3). `start` holds the header, or as much as
/// there is of it. Every count is checked against `fileSize`.
llvm::Expected<NpyHeader> parseNpyHeader(StringRef start, uint64_t fileSize);

/// The longest header that is accepted.
inline constexpr size_t kMaxNpyHeaderBytes = 4096;

/// The arrays of a `.npz` archive, read one at a time; or the one array of a `.npy` file, which has no name.
class ArrayFile {
public:
  static llvm::Expected<std::unique_ptr<ArrayFile>> open(StringRef path);
  ~ArrayFile();

  /// Names of arrays, sorted; for a `.npy` file one empty name.
  std::vector<std::string> getNames() const;
  bool isArchive() const { return archive; }
  /// Reads the array of that name. Errors name file and array.
  llvm::Expected<Array> read(StringRef name);
  StringRef getPath() const { return path; }

private:
  explicit ArrayFile(StringRef path) : path(path) {}
  llvm::Expected<Array> readMember(StringRef name);

  std::string path;
  /// Null for a `.npy` file.
  struct zip *archive = nullptr;
};

/// An array to write.
struct NamedArray {
  std::string name;
  const ElementType *type;
  std::vector<int64_t> shape;
  StringRef data;
};

/// Writes a `.npz` archive, or a `.npy` file where `path` ends so and there is one array. The bytes depend on the
/// arrays alone.
llvm::Error writeArrays(StringRef path, ArrayRef<NamedArray> arrays);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNNER_ARRAYS_H
