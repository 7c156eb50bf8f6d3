#include "lowbit/Execution/ObjectCode.h"
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
#include "llvm/MC/TargetRegistry.h"
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
  // machine rounds twice.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(triple, signature.cpu, signature.features,
                                                                           options, llvm::Reloc::PIC_, std::nullopt,
                                                                           llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    error = "LLVM generates no code for " + signature.triple;
  return machine;
}

/// `void f_packed(void *const *buffers)` calls `f` with as many buffers as it has parameters.
static void addPackedFunction(llvm::Module &module, const Signature &signature) {
  llvm::Function *function = module.getFunction(signature.function);
  llvm::LLVMContext &context = module.getContext();
  llvm::Type *pointer = llvm::PointerType::getUnqual(context);
  auto *packed = llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer}, false),
                                        llvm::GlobalValue::ExternalLinkage, signature.getPackedSymbol(), module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", packed));
  SmallVector<llvm::Value *> buffers;
  for (unsigned index = 0; index < function->arg_size(); ++index)
    buffers.push_back(
        builder.CreateLoad(pointer, builder.CreateConstInBoundsGEP1_64(pointer, packed->getArg(0), index)));
  // Inlining would only double the code.
  builder.CreateCall(function, buffers)->setIsNoInline();
  builder.CreateRetVoid();
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
}

FailureOr<ObjectCode> lowbit::compileToObject(ModuleOp module, ArrayRef<Signature> signatures, TimingScope timing) {
  if (signatures.empty())
    return emitError(module.getLoc(), "expected a program with a public function");
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(signatures.front(), error);
  if (!machine)
    return emitError(module.getLoc(), "no target to compile for: ") << error;

  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOpenMPDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  TimingScope step = timing.nest("Translation to LLVM IR");
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(module, context, signatures.front().function);
  if (!llvmModule)
    return failure();
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setDataLayout(machine->createDataLayout());
  hideOtherFunctions(*llvmModule, signatures);
  for (const Signature &signature : signatures) {
    addPackedFunction(*llvmModule, signature);
    addSignatureString(*llvmModule, signature);
  }
  llvm::raw_string_ostream errorStream(error);
  if (llvm::verifyModule(*llvmModule, &errorStream))
    return emitError(module.getLoc(), "generated invalid LLVM IR: ") << error;
  step = timing.nest("LLVM's optimization");
  optimize(*llvmModule, *machine);

  step = timing.nest("LLVM's code generation");
  ObjectCode object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return emitError(module.getLoc(), "LLVM emits no object file for ") << signatures.front().triple;
  codegen.run(*llvmModule);
  return object;
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
