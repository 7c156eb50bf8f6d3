#include "lowbit/Execution/Translations.h"
#include "lowbit/Execution/Library.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Tools/mlir-translate/Translation.h"

using namespace mlir;
using namespace mlir::lowbit;

static void registerDialects(DialectRegistry &registry) {
  registry.insert<DLTIDialect, LLVM::LLVMDialect, omp::OpenMPDialect>();
}

static LogicalResult printObject(ModuleOp module, raw_ostream &os) {
  FailureOr<std::vector<Signature>> signatures = getSignatures(module);
  if (failed(signatures))
    return failure();
  FailureOr<ObjectCode> object = compileToObject(module, *signatures);
  if (failed(object))
    return failure();
  os.write(object->data(), object->size());
  return success();
}

static LogicalResult printHeader(ModuleOp module, raw_ostream &os) {
  FailureOr<std::vector<Signature>> signatures = getSignatures(module);
  if (failed(signatures))
    return failure();
  for (const Signature &signature : *signatures)
    if (!isValidCName(signature.function))
      return emitError(module.getLoc(), "'") << signature.function << "' cannot be the name of a C function";
  os << generateHeader(*signatures, signatures->front().function);
  return success();
}

static LogicalResult printSignatures(ModuleOp module, raw_ostream &os) {
  FailureOr<std::vector<Signature>> signatures = getSignatures(module);
  if (failed(signatures))
    return failure();
  for (const Signature &signature : *signatures)
    os << signature.toJSON() << "\n";
  return success();
}

void lowbit::registerTranslations() {
  static TranslateFromMLIRRegistration object("lowbit-to-object", "compile to an object file", printObject,
                                              registerDialects);
  static TranslateFromMLIRRegistration header("lowbit-to-header", "the C header of the object file", printHeader,
                                              registerDialects);
  static TranslateFromMLIRRegistration signature("lowbit-to-signature", "the signature of each function, as JSON",
                                                 printSignatures, registerDialects);
}
