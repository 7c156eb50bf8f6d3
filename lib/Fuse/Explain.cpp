#include "OpStatus.h"
#include "lowbit/Analysis/TensorNames.h"
#include "lowbit/Fuse/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_EXPLAIN
#include "lowbit/Fuse/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// `file:line:column`, of the first place in a file that the location has.
static void printLocation(Location loc, raw_ostream &os) {
  FileLineColLoc file;
  loc->walk([&](Location part) {
    file = dyn_cast<FileLineColLoc>(part);
    return file ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (file)
    os << file.getFilename().getValue() << ":" << file.getLine() << ":" << file.getColumn();
  else
    os << "<unknown>";
}

namespace {

struct ExplainPass : lowbit::impl::ExplainBase<ExplainPass> {
  void runOnOperation() override {
    unsigned integers = 0, floats = 0;
    raw_ostream &os = llvm::outs();
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      TensorNames names(function);
      for (const OpStatus &status : getOpStatuses(function)) {
        integers += status.kind == OpStatus::Kind::Integer;
        floats += status.kind == OpStatus::Kind::Float;
        printLocation(status.op->getLoc(), os);
        os << ": " << names.lookup(status.op->getResult(0)) << ": " << getWord(status.kind) << ": " << status.text
           << "\n";
      }
    }
    os << integers + floats << " ops: " << integers << " integer, " << floats << " float\n";
    os.flush();
    markAllAnalysesPreserved();
  }

  static StringRef getWord(OpStatus::Kind kind) {
    switch (kind) {
    case OpStatus::Kind::Integer:
      return "integer";
    case OpStatus::Kind::Float:
      return "float";
    case OpStatus::Kind::Cast:
      return "cast";
    }
    llvm_unreachable("a kind of status");
  }
};

} // namespace
