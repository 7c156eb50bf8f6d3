#ifndef LOWBIT_PIPELINES_TRANSLATIONS_H
#define LOWBIT_PIPELINES_TRANSLATIONS_H

namespace mlir::lowbit {

/// Registers translations of programs in float to quantized form to JSON, an array with one object for each op:
/// `lowbit-to-op-costs` (see `OpCosts.h`) `lowbit-to-weight-errors` (`WeightErrors.h`) and
/// `lowbit-to-weight-histograms` (`WeightHistograms.h`).
void registerAnalysisTranslations();

} // namespace mlir::lowbit

#endif // LOWBIT_PIPELINES_TRANSLATIONS_H
