#include "lowbit/Support/AtomicFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <gtest/gtest.h>

using namespace mlir::lowbit;

namespace {
struct AtomicFile : testing::Test {
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("lowbit-test", directory)); }
  void TearDown() override { llvm::sys::fs::remove_directories(directory); }

  std::string getPath(llvm::StringRef name) {
    llvm::SmallString<128> path = directory;
    llvm::sys::path::append(path, name);
    return path.str().str();
  }
  static std::string readFile(llvm::StringRef path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "no file";
  }
  unsigned countFiles() {
    std::error_code error;
    unsigned count = 0;
    for (llvm::sys::fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
      ++count;
    return count;
  }

  llvm::SmallString<128> directory;
};
} // namespace

TEST_F(AtomicFile, WritesAndReplaces) {
  std::string path = getPath("file");
  for (const char *text : {"first, and longer", "second"}) {
    llvm::Error error = writeFileAtomically(path, [&](llvm::raw_ostream &os) { os << text; });
    EXPECT_FALSE(bool(error));
    EXPECT_EQ(readFile(path), text);
  }
  EXPECT_EQ(countFiles(), 1u) << "no temporary file is left";
}

TEST_F(AtomicFile, IsNotExecutable) {
  std::string path = getPath("file");
  llvm::cantFail(writeFileAtomically(path, [](llvm::raw_ostream &os) { os << "text"; }));
  EXPECT_FALSE(llvm::sys::fs::can_execute(path));
}

TEST_F(AtomicFile, NamesThePathWhereItFails) {
  std::string path = getPath("missing/file");
  std::string message = toString(writeFileAtomically(path, [](llvm::raw_ostream &os) { os << "text"; }));
  EXPECT_NE(message.find(path), std::string::npos) << message;
}

TEST_F(AtomicFile, KeepsADirectory) {
  EXPECT_TRUE(llvm::errorToBool(writeFileAtomically(directory, [](llvm::raw_ostream &os) { os << "text"; })));
  EXPECT_TRUE(llvm::sys::fs::is_directory(directory));
}

#ifdef __linux__
TEST_F(AtomicFile, ReportsAFullDisk) {
  // Small enough to wait in the buffer, and large enough to fail at once.
  for (size_t size : {size_t(1), size_t(1) << 20}) {
    std::string message =
        toString(writeFileAtomically("/dev/full", [&](llvm::raw_ostream &os) { os << std::string(size, 'x'); }));
    EXPECT_NE(message.find("No space left"), std::string::npos) << message;
  }
}

TEST_F(AtomicFile, WritesToDevices) {
  EXPECT_FALSE(llvm::errorToBool(writeFileAtomically("/dev/null", [](llvm::raw_ostream &os) { os << "text"; })));
}
#endif
