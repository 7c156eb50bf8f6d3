#include "lowbit/Execution/ObjectCode.h"
#include "Dispatch.h"
#include "RepeatedWords.h"
#include "lowbit/Target/Target.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The machine that the signature names; the same for all signatures of a module.
static std::unique_ptr<llvm::TargetMachine> createTargetMachine(const Signature &signature, std::string &error) {
  static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    // The code that asks for the features of the processor is inline assembly.
    llvm::InitializeAllAsmParsers();
    return true;
  }();
  (void)initialized;
  // Refuses what LLVM would only warn of: an unknown CPU.
  FailureOr<Target> known = Target::get(signature.triple, signature.cpu, signature.features, error);
  if (failed(known))
    return nullptr;
  const llvm::Triple &triple = known->getTriple();
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  // The result is a function of the program and its input alone: a fused multiply-add would round once where another
  // machine rounds twice. What is marked (`fast-float`) is contracted all the same.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::string features = signature.features;
  // For some processors LLVM makes two instructions of a multiply-add of words, whose sum is there sooner. Nothing
  // waits for it here, and one instruction less is faster.
  if (triple.isX86())
    features = features.empty() ? "+fast-dpwssd" : "+fast-dpwssd," + features;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, signature.cpu, features, options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    error = "LLVM generates no code for " + signature.triple;
  return machine;
}

/// `int f_packed(void *const *buffers)` calls `f` with as many buffers as it has parameters, and returns what it does.
static void addPackedFunction(llvm::Module &module, const Signature &signature) {
  llvm::Function *function = module.getFunction(signature.function);
  llvm::LLVMContext &context = module.getContext();
  llvm::Type *pointer = llvm::PointerType::getUnqual(context);
  auto *packed = llvm::Function::Create(llvm::FunctionType::get(function->getReturnType(), {pointer}, false),
                                        llvm::GlobalValue::ExternalLinkage, signature.getPackedSymbol(), module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", packed));
  SmallVector<llvm::Value *> buffers;
  for (unsigned index = 0; index < function->arg_size(); ++index)
    buffers.push_back(
        builder.CreateLoad(pointer, builder.CreateConstInBoundsGEP1_64(pointer, packed->getArg(0), index)));
  // Inlining would only double the code.
  llvm::CallInst *call = builder.CreateCall(function, buffers);
  call->setIsNoInline();
  builder.CreateRet(call);
}

static void addSignatureString(llvm::Module &module, const Signature &signature) {
  llvm::Constant *text = llvm::ConstantDataArray::getString(module.getContext(), signature.toJSON());
  new llvm::GlobalVariable(module, text->getType(), /*isConstant=*/true, llvm::GlobalValue::ExternalLinkage, text,
                           signature.getSymbol());
}

/// Only what a signature names is visible from outside the object.
static void hideOtherFunctions(llvm::Module &module, ArrayRef<Signature> signatures) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration() &&
        llvm::none_of(signatures, [&](const Signature &s) { return s.function == function.getName(); }))
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
  for (llvm::Function &function : module)
    repeatWordsBeforeOffsets(function);
}

/// The module as LLVM IR for `machine`, with only what the signatures name visible.
static std::unique_ptr<llvm::Module> translate(ModuleOp module, ArrayRef<Signature> signatures,
                                               const llvm::TargetMachine &machine, llvm::LLVMContext &context) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOpenMPDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(module, context, signatures.front().function);
  if (!llvmModule)
    return nullptr;
  llvmModule->setTargetTriple(machine.getTargetTriple());
  llvmModule->setDataLayout(machine.createDataLayout());
  hideOtherFunctions(*llvmModule, signatures);
  return llvmModule;
}

static LogicalResult verify(ModuleOp module, const llvm::Module &llvmModule) {
  std::string error;
  llvm::raw_string_ostream errorStream(error);
  if (llvm::verifyModule(llvmModule, &errorStream))
    return emitError(module.getLoc(), "generated invalid LLVM IR: ") << error;
  return success();
}

static FailureOr<ObjectCode> emitObject(ModuleOp module, llvm::Module &llvmModule, llvm::TargetMachine &machine) {
  ObjectCode object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager codegen;
  if (machine.addPassesToEmitFile(codegen, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return emitError(module.getLoc(), "LLVM emits no object file for ") << machine.getTargetTriple().str();
  codegen.run(llvmModule);
  return object;
}

/// The machine of the signatures of `module`, which must have a public function.
static std::unique_ptr<llvm::TargetMachine> getMachine(ModuleOp module, ArrayRef<Signature> signatures) {
  if (signatures.empty()) {
    emitError(module.getLoc(), "expected a program with a public function");
    return nullptr;
  }
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(signatures.front(), error);
  if (!machine)
    emitError(module.getLoc(), "no target to compile for: ") << error;
  return machine;
}

FailureOr<ObjectCode> lowbit::compileToObject(ModuleOp module, ArrayRef<Signature> signatures, TimingScope timing) {
  std::unique_ptr<llvm::TargetMachine> machine = getMachine(module, signatures);
  if (!machine)
    return failure();
  TimingScope step = timing.nest("Translation to LLVM IR");
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule = translate(module, signatures, *machine, context);
  if (!llvmModule)
    return failure();
  for (const Signature &signature : signatures) {
    addPackedFunction(*llvmModule, signature);
    addSignatureString(*llvmModule, signature);
  }
  if (usesTileRegisters(*llvmModule))
    addTileRequest(*llvmModule);
  if (failed(verify(module, *llvmModule)))
    return failure();
  step = timing.nest("LLVM's optimization");
  optimize(*llvmModule, *machine);
  step = timing.nest("LLVM's code generation");
  return emitObject(module, *llvmModule, *machine);
}

/// The functions of a version, optimized for its machine and marked as code for it, under names of their own.
static std::unique_ptr<llvm::Module> makeVersion(const ProgramVersion &version, llvm::TargetMachine &machine,
                                                 llvm::LLVMContext &context) {
  std::unique_ptr<llvm::Module> llvmModule = translate(version.module, version.signatures, machine, context);
  if (!llvmModule || failed(verify(version.module, *llvmModule)))
    return nullptr;
  optimize(*llvmModule, machine);
  for (llvm::Function &function : *llvmModule) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
  }
  for (const Signature &signature : version.signatures)
    llvmModule->getFunction(signature.function)->setName(getVersionName(signature.function, *version.level));
  return llvmModule;
}

FailureOr<ObjectCode> lowbit::compileToObject(ArrayRef<ProgramVersion> versions, ArrayRef<Signature> signatures,
                                              TimingScope timing) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> all;
  std::unique_ptr<llvm::TargetMachine> baseline;
  TimingScope step = timing.nest("LLVM's optimization");
  for (const ProgramVersion &version : versions) {
    std::unique_ptr<llvm::TargetMachine> machine = getMachine(version.module, version.signatures);
    std::unique_ptr<llvm::Module> llvmModule = machine ? makeVersion(version, *machine, context) : nullptr;
    if (!llvmModule)
      return failure();
    if (!all) {
      all = std::move(llvmModule);
      baseline = std::move(machine);
    } else if (llvm::Linker::linkModules(*all, std::move(llvmModule))) {
      return emitError(ModuleOp(version.module).getLoc(), "cannot join the version for ") << version.level->name;
    }
  }
  SmallVector<const MachineLevel *> levels;
  for (const ProgramVersion &version : versions) {
    levels.push_back(version.level);
    for (const Signature &signature : signatures)
      all->getFunction(getVersionName(signature.function, *version.level))
          ->setLinkage(llvm::GlobalValue::InternalLinkage);
  }
  llvm::Function *getLevel = addLevelFunction(*all, levels);
  for (const Signature &signature : signatures) {
    addDispatcher(*all, signature.function, levels, *getLevel);
    addPackedFunction(*all, signature);
    addSignatureString(*all, signature);
  }
  ModuleOp module = versions.front().module;
  if (failed(verify(module, *all)))
    return failure();
  step = timing.nest("LLVM's code generation");
  return emitObject(module, *all, *baseline);
}

std::vector<Signature> lowbit::joinSignatures(ArrayRef<ProgramVersion> versions) {
  std::vector<Signature> joined(versions.front().signatures);
  for (const ProgramVersion &version : versions)
    for (auto [all, one] : llvm::zip_equal(joined, version.signatures)) {
      all.arenaBytes = std::max(all.arenaBytes, one.arenaBytes);
      all.threads = std::max(all.threads, one.threads);
    }
  return joined;
}

llvm::Expected<ObjectSizes> lowbit::getSizes(const ObjectCode &object) {
  llvm::Expected<std::unique_ptr<llvm::object::ObjectFile>> file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(StringRef(object.data(), object.size()), "object"));
  if (!file)
    return file.takeError();
  ObjectSizes sizes;
  for (const llvm::object::SectionRef &section : (*file)->sections()) {
    if (section.isText())
      sizes.code += section.getSize();
    else if (section.isData() || section.isBSS())
      sizes.constants += section.getSize();
  }
  return sizes;
}

LogicalResult lowbit::addLineNumbers(ModuleOp module) {
  PassManager passes(module.getContext());
  passes.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
  return passes.run(module);
}

LogicalResult lowbit::renameFunction(ModuleOp module, Signature &signature, StringRef name) {
  if (name == signature.function)
    return success();
  Operation *function = module.lookupSymbol(signature.function);
  if (!function || module.lookupSymbol(name))
    return emitError(module.getLoc(), "cannot rename '") << signature.function << "': '" << name << "' is taken";
  if (failed(SymbolTable::replaceAllSymbolUses(function, StringAttr::get(module.getContext(), name), module)))
    return emitError(module.getLoc(), "cannot rename '") << signature.function << "'";
  SymbolTable::setSymbolName(function, name);
  auto recorded = module->getAttrOfType<ArrayAttr>(kSignatureAttrName);
  SmallVector<Attribute> renamed;
  for (Attribute attr : recorded ? recorded.getValue() : ArrayRef<Attribute>()) {
    NamedAttrList entries(cast<DictionaryAttr>(attr));
    if (entries.get("function") == StringAttr::get(module.getContext(), signature.function))
      entries.set("function", StringAttr::get(module.getContext(), name));
    renamed.push_back(entries.getDictionary(module.getContext()));
  }
  module->setAttr(kSignatureAttrName, ArrayAttr::get(module.getContext(), renamed));
  signature.function = name.str();
  return success();
}
