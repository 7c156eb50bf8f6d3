#ifndef LOWBIT_DIALECT_BUFFERIZABLEOPINTERFACEIMPL_H
#define LOWBIT_DIALECT_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
namespace lowbit {

/// Lets one-shot bufferization handle the ops of the dialect that reach it: `lowbit.observe`.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);

} // namespace lowbit
} // namespace mlir

#endif // LOWBIT_DIALECT_BUFFERIZABLEOPINTERFACEIMPL_H
