#ifndef LOWBIT_INITALLDIALECTS_H
#define LOWBIT_INITALLDIALECTS_H

namespace mlir {
class DialectRegistry;
namespace lowbit {

/// Registers the dialect `lowbit`, the dialects its passes create ops of, and every external model of Lowbit.
void registerAllDialects(DialectRegistry &registry);

} // namespace lowbit
} // namespace mlir

#endif // LOWBIT_INITALLDIALECTS_H
