#include "lowbit/Target/Target.h"
#include "lowbit/Target/TileRegisters.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kCpuAttrName = "lowbit.cpu";
static constexpr StringLiteral kFeaturesAttrName = "lowbit.features";

static llvm::StringSet<> getEnabledFeatures(const llvm::MCSubtargetInfo &subtarget) {
  llvm::StringSet<> enabled;
  for (const llvm::SubtargetFeatureKV &feature : subtarget.getEnabledProcessorFeatures())
    enabled.insert(feature.Key);
  return enabled;
}

/// What this process may use: those features of the processor that the system saves the registers of.
static llvm::StringMap<bool> getUsableFeatures() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (features.lookup("amx-tile") && !requestTileRegisters())
    for (auto &feature : features)
      if (feature.first().starts_with("amx-"))
        feature.second = false;
  return features;
}

/// What the features of the host differ in from those of a CPU like it, as LLVM's feature string.
static std::string getHostFeatures(const llvm::Target &target, const llvm::Triple &triple, StringRef cpu) {
  auto createSubtarget = [&](StringRef features) {
    return std::unique_ptr<llvm::MCSubtargetInfo>(target.createMCSubtargetInfo(triple, cpu, features));
  };
  const llvm::StringSet<> ofCpu = getEnabledFeatures(*createSubtarget(""));
  std::vector<std::string> all, differing;
  for (const auto &feature : getUsableFeatures()) {
    all.push_back((feature.second ? "+" : "-") + feature.first().str());
    if (ofCpu.contains(feature.first()) != feature.second)
      differing.push_back(all.back());
  }
  // StringMap has no order of its own; the recorded string must.
  llvm::sort(all);
  llvm::sort(differing);
  // A feature switches others that it implies, so that one which is left out may be missed.
  const std::string features = llvm::join(differing, ","), allFeatures = llvm::join(all, ",");
  return createSubtarget(features)->getFeatureBits() == createSubtarget(allFeatures)->getFeatureBits() ? features
                                                                                                       : allFeatures;
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

  const llvm::Target *llvmTarget = llvm::TargetRegistry::lookupTarget(target.triple, error);
  if (!llvmTarget)
    return failure();
  target.features = features.str();
  if (isNative) {
    const std::string ofHost = getHostFeatures(*llvmTarget, target.triple, target.cpu);
    target.features = features.empty() || ofHost.empty() ? ofHost + features.str() : ofHost + "," + features.str();
  }
  // LLVM prints a warning of its own for a CPU it does not know: ask before.
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(llvmTarget->createMCSubtargetInfo(target.triple, "", ""));
  if (!subtarget || (!target.cpu.empty() && !subtarget->isCPUStringValid(target.cpu))) {
    error = ("unknown cpu '" + target.cpu + "' for " + target.triple.getArchName()).str();
    return failure();
  }
  subtarget.reset(llvmTarget->createMCSubtargetInfo(target.triple, target.cpu, target.features));
  target.enabled = getEnabledFeatures(*subtarget);

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

FailureOr<Target> Target::get(Location loc, StringRef triple, StringRef cpu, StringRef features) {
  std::string error;
  FailureOr<Target> target = get(triple, cpu, features, error);
  if (failed(target))
    return emitError(loc) << error;
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
  for (const auto &feature : getUsableFeatures())
    if (!feature.second && hasFeature(feature.first()) && !llvm::is_contained(getX86SystemFeatures(), feature.first()))
      missing.push_back(feature.first().str());
  llvm::sort(missing);
  return missing;
}
