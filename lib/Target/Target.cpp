#include "lowbit/Target/Target.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kCpuAttrName = "lowbit.cpu";
static constexpr StringLiteral kFeaturesAttrName = "lowbit.features";

/// The features of the host as LLVM's feature string.
static std::string getHostFeatures() {
  llvm::SubtargetFeatures features;
  std::vector<std::string> names;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    names.push_back((feature.second ? "+" : "-") + feature.first().str());
  // StringMap has no order of its own; the recorded string must.
  llvm::sort(names);
  for (const std::string &name : names)
    features.AddFeature(name);
  return features.getString();
}

FailureOr<Target> Target::get(StringRef tripleName, StringRef cpu, StringRef features, std::string &error) {
  static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargetMCs();
    return true;
  }();
  (void)initialized;

  Target target;
  const std::string host = llvm::sys::getProcessTriple();
  target.triple = llvm::Triple(llvm::Triple::normalize(tripleName.empty() ? StringRef(host) : tripleName));
  const bool isNative = cpu == "native";
  if (isNative && llvm::Triple(host).getArch() != target.triple.getArch()) {
    error = ("cpu 'native' is not a " + target.triple.getArchName() + " machine").str();
    return failure();
  }
  target.cpu = isNative ? llvm::sys::getHostCPUName().str() : cpu.str();
  target.features = isNative ? getHostFeatures() : features.str();
  if (isNative && !features.empty())
    target.features += "," + features.str();

  const llvm::Target *llvmTarget = llvm::TargetRegistry::lookupTarget(target.triple, error);
  if (!llvmTarget)
    return failure();
  // LLVM prints a warning of its own for a CPU it does not know: ask before.
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(llvmTarget->createMCSubtargetInfo(target.triple, "", ""));
  if (!subtarget || (!target.cpu.empty() && !subtarget->isCPUStringValid(target.cpu))) {
    error = ("unknown cpu '" + target.cpu + "' for " + target.triple.getArchName()).str();
    return failure();
  }
  subtarget.reset(llvmTarget->createMCSubtargetInfo(target.triple, target.cpu, target.features));
  for (const llvm::SubtargetFeatureKV &feature : subtarget->getEnabledProcessorFeatures())
    target.enabled.insert(feature.Key);

  ArrayRef<DotInstruction> table;
  ArrayRef<TableInstruction> lookups;
  if (target.triple.getArch() == llvm::Triple::x86_64) {
    table = getX86DotInstructions();
    lookups = getX86TableInstructions();
    target.vectorBits = target.hasFeature("avx512f") ? 512 : target.hasFeature("avx2") ? 256 : 128;
    target.floatRows = target.vectorBits == 512 ? 14 : 6;
  } else if (target.triple.isAArch64()) {
    table = getAArch64DotInstructions();
    lookups = getAArch64TableInstructions();
    target.floatRows = 8;
  }
  for (const DotInstruction &instruction : table)
    if (target.hasFeature(instruction.feature))
      target.instructions.push_back(&instruction);
  for (const TableInstruction &instruction : lookups)
    if (target.hasFeature(instruction.feature))
      target.tables.push_back(&instruction);
  return target;
}

FailureOr<Target> Target::get(ModuleOp module) {
  auto stringAttr = [&](StringRef name) {
    auto attr = module->getAttrOfType<StringAttr>(name);
    return attr ? attr.getValue() : StringRef();
  };
  std::string error;
  FailureOr<Target> target = Target::get(stringAttr(LLVM::LLVMDialect::getTargetTripleAttrName()),
                                         stringAttr(kCpuAttrName), stringAttr(kFeaturesAttrName), error);
  if (failed(target))
    return emitError(module.getLoc()) << "no target to generate code for: " << error;
  return target;
}

void Target::writeTo(ModuleOp module) const {
  Builder builder(module.getContext());
  module->setAttr(LLVM::LLVMDialect::getTargetTripleAttrName(), builder.getStringAttr(triple.str()));
  module->setAttr(kCpuAttrName, builder.getStringAttr(cpu));
  module->setAttr(kFeaturesAttrName, builder.getStringAttr(features));
}

const DotInstruction *Target::getDotInstruction(StringRef name) const {
  for (const DotInstruction *instruction : instructions)
    if (instruction->name == name)
      return instruction;
  return nullptr;
}

const TableInstruction *Target::getTableInstruction(StringRef name) const {
  for (const TableInstruction *instruction : tables)
    if (instruction->name == name)
      return instruction;
  return nullptr;
}

std::vector<std::string> Target::getFeaturesMissingHere() const {
  if (llvm::Triple(llvm::sys::getProcessTriple()).getArch() != triple.getArch())
    return {triple.getArchName().str()};
  // The host's map names what is an instruction set; the features of a target are tuning flags as well.
  std::vector<std::string> missing;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (!feature.second && hasFeature(feature.first()) && !llvm::is_contained(getX86SystemFeatures(), feature.first()))
      missing.push_back(feature.first().str());
  llvm::sort(missing);
  return missing;
}
