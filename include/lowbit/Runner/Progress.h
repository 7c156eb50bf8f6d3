#ifndef LOWBIT_RUNNER_PROGRESS_H
#define LOWBIT_RUNNER_PROGRESS_H

#include "mlir/Support/LLVM.h"
#include <chrono>
#include <string>

namespace mlir::lowbit {

/// Shows on stderr how far a command is: a bar on a terminal, elsewhere a line every ten seconds.
class Progress {
public:
  Progress(StringRef what, size_t total);
  /// Erases the bar.
  ~Progress();
  void update(size_t done);

private:
  void draw(size_t done);

  std::string what;
  size_t total;
  bool isTerminal;
  bool isDrawn = false;
  std::chrono::steady_clock::time_point last;
};

} // namespace mlir::lowbit

#endif // LOWBIT_RUNNER_PROGRESS_H
