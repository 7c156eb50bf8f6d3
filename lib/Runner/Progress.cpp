#include "lowbit/Runner/Progress.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr size_t kBarWidth = 40;

Progress::Progress(StringRef what, size_t total)
    : what(what), total(total), isTerminal(llvm::sys::Process::StandardErrIsDisplayed()),
      last(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (isDrawn && isTerminal)
    llvm::errs() << "\r\x1b[K";
}

void Progress::update(size_t done) {
  const auto now = std::chrono::steady_clock::now();
  const auto interval = isTerminal ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000);
  if (now - last < interval)
    return;
  last = now;
  draw(done);
}

void Progress::draw(size_t done) {
  isDrawn = true;
  if (!isTerminal) {
    llvm::errs() << what << ": " << done << " of " << total << "\n";
    return;
  }
  const size_t filled = total ? kBarWidth * done / total : kBarWidth;
  llvm::errs() << "\r" << what << " [" << std::string(filled, '#') << std::string(kBarWidth - filled, '.') << "] "
               << done << "/" << total;
}
