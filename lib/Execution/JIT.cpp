#include "lowbit/Execution/JIT.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using namespace mlir::lowbit;

JIT::JIT(std::unique_ptr<llvm::orc::LLJIT> jit) : jit(std::move(jit)) {}
JIT::~JIT() = default;

/// Makes the symbols of OpenMP's runtime library those of this process.
static llvm::Error loadOpenMP() {
  std::string error;
  if (llvm::sys::DynamicLibrary::LoadLibraryPermanently("libomp.so.5", &error))
    return llvm::createStringError("a program with threads needs the runtime library of OpenMP: " + error);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<JIT>> JIT::create(const ObjectCode &object, const Signature &signature,
                                                 ObserveFunction observe) {
  static const bool initialized = !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  if (!initialized)
    return llvm::createStringError("LLVM generates no code for this machine");
  if (signature.needsOpenMP())
    if (llvm::Error error = loadOpenMP())
      return std::move(error);
  llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  if (observe) {
    llvm::orc::SymbolMap symbols;
    symbols[(*jit)->mangleAndIntern("lowbit_observe")] = {llvm::orc::ExecutorAddr::fromPtr(observe),
                                                          llvm::JITSymbolFlags::Exported};
    if (llvm::Error error = (*jit)->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))))
      return std::move(error);
  }
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(StringRef(object.data(), object.size()), "program");
  if (llvm::Error error = (*jit)->addObjectFile(std::move(buffer)))
    return std::move(error);
  return std::unique_ptr<JIT>(new JIT(std::move(*jit)));
}

llvm::Expected<PackedFunction> JIT::lookup(const Signature &signature) {
  llvm::Expected<llvm::orc::ExecutorAddr> address = jit->lookup(signature.getPackedSymbol());
  if (!address)
    return address.takeError();
  return address->toPtr<PackedFunction>();
}
