#include "lowbit/Execution/JIT.h"
#include "lowbit/Target/Target.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace mlir::lowbit;

JIT::JIT(std::unique_ptr<llvm::orc::LLJIT> jit) : jit(std::move(jit)) {}
JIT::~JIT() = default;

llvm::Expected<std::unique_ptr<JIT>> JIT::create(const ObjectCode &object, ObserveFunction observe) {
  static const bool initialized = !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  if (!initialized)
    return llvm::createStringError("LLVM generates no code for this machine");
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

std::vector<std::string> lowbit::getFeaturesMissingHere(const Signature &signature) {
  std::string error;
  FailureOr<Target> target = Target::get(signature.triple, signature.cpu, signature.features, error);
  const llvm::Triple host(llvm::sys::getProcessTriple());
  if (failed(target) || target->getTriple().getArch() != host.getArch())
    return {llvm::Triple(signature.triple).getArchName().str()};
  // The host's map names what is an instruction set; a target's features are tuning flags as well.
  std::vector<std::string> missing;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (!feature.second && target->hasFeature(feature.first()))
      missing.push_back(feature.first().str());
  llvm::sort(missing);
  return missing;
}
