#ifndef LOWBIT_IMPORT_PATTERNS_H
#define LOWBIT_IMPORT_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

/// The patterns of the import's passes, for those who put together an import of their own. What each set does is in
/// the description of the pass of that name.
namespace mlir::lowbit {

void populateConvertQuantCastsPatterns(RewritePatternSet &patterns);
void populateImportTosaPatterns(RewritePatternSet &patterns);
void populateCanonicalizeContractionsPatterns(RewritePatternSet &patterns);
void populateSimplifyMathPatterns(RewritePatternSet &patterns);
void populateSpecializeGenericsPatterns(RewritePatternSet &patterns);
void populateCanonicalizePadsPatterns(RewritePatternSet &patterns);
void populateSplitGroupedConvolutionsPatterns(RewritePatternSet &patterns);
void populateConvertNchwToNhwcPatterns(RewritePatternSet &patterns);
void populatePropagateTransposesPatterns(RewritePatternSet &patterns);
void populateFoldFlattenedTransposesPatterns(RewritePatternSet &patterns);
void populateFoldUnitTransposesPatterns(RewritePatternSet &patterns);
void populateFoldConstantsPatterns(RewritePatternSet &patterns);
void populateCanonicalizeInitsPatterns(RewritePatternSet &patterns);
void populateFoldChannelAffinePatterns(RewritePatternSet &patterns);
void populateCanonicalizeClampsPatterns(RewritePatternSet &patterns);
void populateFoldMeansPatterns(RewritePatternSet &patterns);
void populateFuseUnaryChainsPatterns(RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_IMPORT_PATTERNS_H
