#ifndef LOWBIT_EXECUTION_TRANSLATIONS_H
#define LOWBIT_EXECUTION_TRANSLATIONS_H

namespace mlir::lowbit {

/// Registers, for programs in the form that code generation leaves, `lowbit-to-object` (the object file),
/// `lowbit-to-header` (its C header) and `lowbit-to-signature` (a line of JSON for each function).
void registerTranslations();

} // namespace mlir::lowbit

#endif // LOWBIT_EXECUTION_TRANSLATIONS_H
