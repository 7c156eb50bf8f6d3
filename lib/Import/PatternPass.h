#ifndef LOWBIT_LIB_IMPORT_PATTERNPASS_H
#define LOWBIT_LIB_IMPORT_PATTERNPASS_H

#include "Utils.h"
#include "lowbit/Import/Patterns.h"

namespace mlir::lowbit {

/// A pass of the import that applies one set of patterns greedily. `Base` is the pass's generated base class;
/// `populate` adds the patterns, which are built once.
template <typename Base, void (*populate)(RewritePatternSet &)> class PatternPass : public Base {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    populate(set);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    if (failed(applyImportPatterns(this->getOperation(), patterns)))
      this->signalPassFailure();
  }

  FrozenRewritePatternSet patterns;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_IMPORT_PATTERNPASS_H
