#include "Dispatch.h"
#include "lowbit/Target/TileRegisters.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string lowbit::getVersionName(StringRef function, const MachineLevel &level) {
  // No name in C has a point.
  return (function + "." + level.name).str();
}

namespace {
/// Reads the words of CPUID once each.
class CpuidReader {
public:
  explicit CpuidReader(llvm::IRBuilder<> &builder) : builder(builder) {
    llvm::Value *least = builder.getInt32(0), *extended = builder.getInt32(0x80000000);
    llvm::Value *maxLeaf = read(least, 0, kEax), *maxExtended = read(extended, 0, kEax);
    // A processor answers a leaf that it has not with another's words.
    llvm::Value *hasLeaf7 = builder.CreateICmpUGE(maxLeaf, builder.getInt32(7));
    llvm::Value *maxSubleaf = keepIf(hasLeaf7, read(builder.getInt32(7), 0, kEax));
    llvm::Value *hasSubleaf1 = builder.CreateICmpUGE(maxSubleaf, builder.getInt32(1));
    llvm::Value *hasExtended1 = builder.CreateICmpUGE(maxExtended, builder.getInt32(0x80000001));
    words[int(CpuidWord::Leaf1Ecx)] = read(builder.getInt32(1), 0, kEcx);
    words[int(CpuidWord::Leaf7Ebx)] = keepIf(hasLeaf7, read(builder.getInt32(7), 0, kEbx));
    words[int(CpuidWord::Leaf7Ecx)] = keepIf(hasLeaf7, read(builder.getInt32(7), 0, kEcx));
    words[int(CpuidWord::Leaf7Edx)] = keepIf(hasLeaf7, read(builder.getInt32(7), 0, kEdx));
    words[int(CpuidWord::Leaf7Subleaf1Eax)] = keepIf(hasSubleaf1, read(builder.getInt32(7), 1, kEax));
    words[int(CpuidWord::Extended1Ecx)] = keepIf(hasExtended1, read(builder.getInt32(0x80000001), 0, kEcx));
    words[int(CpuidWord::Xcr0)] = readXcr0(words[int(CpuidWord::Leaf1Ecx)]);
  }

  llvm::Value *get(CpuidWord word) const { return words[int(word)]; }

private:
  enum Register : unsigned { kEax, kEbx, kEcx, kEdx };

  llvm::Value *read(llvm::Value *leaf, uint32_t subleaf, Register result) {
    llvm::Type *i32 = builder.getInt32Ty();
    auto *type = llvm::FunctionType::get(llvm::StructType::get(i32, i32, i32, i32), {i32, i32}, false);
    auto *code = llvm::InlineAsm::get(type, "cpuid", "={ax},={bx},={cx},={dx},0,2,~{dirflag},~{fpsr},~{flags}",
                                      /*hasSideEffects=*/false);
    return builder.CreateExtractValue(builder.CreateCall(code, {leaf, builder.getInt32(subleaf)}), result);
  }

  llvm::Value *keepIf(llvm::Value *condition, llvm::Value *word) {
    return builder.CreateSelect(condition, word, builder.getInt32(0));
  }

  /// XGETBV is an instruction only where the operating system saves extended registers.
  llvm::Value *readXcr0(llvm::Value *leaf1Ecx) {
    llvm::Type *i32 = builder.getInt32Ty();
    llvm::Function *function = builder.GetInsertBlock()->getParent();
    llvm::BasicBlock *before = builder.GetInsertBlock();
    auto *reads = llvm::BasicBlock::Create(builder.getContext(), "xgetbv", function);
    auto *after = llvm::BasicBlock::Create(builder.getContext(), "choose", function);
    constexpr uint32_t kOsxsave = 1u << 27;
    builder.CreateCondBr(builder.CreateIsNotNull(builder.CreateAnd(leaf1Ecx, kOsxsave)), reads, after);
    builder.SetInsertPoint(reads);
    auto *type = llvm::FunctionType::get(llvm::StructType::get(i32, i32), {i32}, false);
    auto *code = llvm::InlineAsm::get(type, "xgetbv", "={ax},={dx},{cx},~{dirflag},~{fpsr},~{flags}",
                                      /*hasSideEffects=*/true);
    llvm::Value *word = builder.CreateExtractValue(builder.CreateCall(code, {builder.getInt32(0)}), 0);
    builder.CreateBr(after);
    builder.SetInsertPoint(after);
    llvm::PHINode *phi = builder.CreatePHI(i32, 2);
    phi->addIncoming(word, reads);
    phi->addIncoming(builder.getInt32(0), before);
    return phi;
  }

  llvm::IRBuilder<> &builder;
  llvm::Value *words[int(CpuidWord::Xcr0) + 1];
};
} // namespace

/// The system call of `requestTileRegisters`: whether the registers are granted.
static llvm::Value *createTileRequest(llvm::IRBuilder<> &builder) {
  llvm::Type *i64 = builder.getInt64Ty();
  auto *type = llvm::FunctionType::get(i64, {i64, i64, i64}, false);
  auto *code =
      llvm::InlineAsm::get(type, "syscall", "={ax},0,{di},{si},~{rcx},~{r11},~{memory},~{dirflag},~{fpsr},~{flags}",
                           /*hasSideEffects=*/true);
  llvm::Value *error = builder.CreateCall(
      code, {builder.getInt64(kArchPrctl), builder.getInt64(kRequestPermission), builder.getInt64(kTileData)});
  return builder.CreateIsNull(error);
}

bool lowbit::usesTileRegisters(const llvm::Module &module) {
  const llvm::Function *configure = module.getFunction(llvm::Intrinsic::getName(llvm::Intrinsic::x86_ldtilecfg));
  return configure && !configure->use_empty();
}

llvm::GlobalVariable *lowbit::addTileRequest(llvm::Module &module) {
  llvm::LLVMContext &context = module.getContext();
  auto *type = llvm::Type::getInt8Ty(context);
  auto *isGranted = new llvm::GlobalVariable(module, type, /*isConstant=*/false, llvm::GlobalValue::InternalLinkage,
                                             llvm::ConstantInt::get(type, 0), "lowbit.has_tiles");
  auto *function = llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(context), false),
                                          llvm::GlobalValue::InternalLinkage, "lowbit.request_tiles", module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", function));
  builder.CreateStore(builder.CreateZExt(createTileRequest(builder), type), isGranted);
  builder.CreateRetVoid();
  constexpr int kDefaultPriority = 65535;
  llvm::appendToGlobalCtors(module, function, kDefaultPriority);
  return isGranted;
}

llvm::Function *lowbit::addLevelFunction(llvm::Module &module, ArrayRef<const MachineLevel *> levels) {
  llvm::LLVMContext &context = module.getContext();
  auto *function = llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getInt32Ty(context), false),
                                          llvm::GlobalValue::InternalLinkage, "lowbit.level", module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", function));
  CpuidReader cpuid(builder);
  llvm::Value *best = builder.getInt32(0);
  for (auto [index, level] : llvm::enumerate(levels)) {
    llvm::Value *isMet = builder.getTrue();
    for (const CpuidBits &need : level->needs) {
      llvm::Value *bits = builder.getInt32(need.bits);
      isMet = builder.CreateAnd(isMet, builder.CreateICmpEQ(builder.CreateAnd(cpuid.get(need.word), bits), bits));
    }
    if (level->needsTileRegisters) {
      llvm::Value *isGranted = builder.CreateLoad(builder.getInt8Ty(), addTileRequest(module));
      isMet = builder.CreateAnd(isMet, builder.CreateIsNotNull(isGranted));
    }
    best = builder.CreateSelect(isMet, builder.getInt32(index), best);
  }
  builder.CreateRet(best);
  return function;
}

void lowbit::addDispatcher(llvm::Module &module, StringRef name, ArrayRef<const MachineLevel *> levels,
                           llvm::Function &getLevel) {
  llvm::LLVMContext &context = module.getContext();
  SmallVector<llvm::Function *> versions;
  for (const MachineLevel *level : levels)
    versions.push_back(module.getFunction(getVersionName(name, *level)));
  auto *function =
      llvm::Function::Create(versions.front()->getFunctionType(), llvm::GlobalValue::ExternalLinkage, name, module);
  auto *pointer = llvm::PointerType::getUnqual(context);
  auto *chosen = new llvm::GlobalVariable(module, pointer, /*isConstant=*/false, llvm::GlobalValue::InternalLinkage,
                                          llvm::ConstantPointerNull::get(pointer), name + ".chosen");
  const llvm::Align alignment(8);
  auto *entry = llvm::BasicBlock::Create(context, "", function);
  auto *choose = llvm::BasicBlock::Create(context, "choose", function);
  auto *call = llvm::BasicBlock::Create(context, "call", function);
  llvm::IRBuilder<> builder(entry);
  llvm::LoadInst *known = builder.CreateAlignedLoad(pointer, chosen, alignment);
  known->setAtomic(llvm::AtomicOrdering::Monotonic);
  builder.CreateCondBr(builder.CreateIsNull(known), choose, call);

  builder.SetInsertPoint(choose);
  llvm::Value *level = builder.CreateCall(&getLevel);
  llvm::Value *found = versions.front();
  for (size_t index = 1; index < versions.size(); ++index)
    found = builder.CreateSelect(builder.CreateICmpEQ(level, builder.getInt32(index)), versions[index], found);
  builder.CreateAlignedStore(found, chosen, alignment)->setAtomic(llvm::AtomicOrdering::Monotonic);
  builder.CreateBr(call);

  builder.SetInsertPoint(call);
  llvm::PHINode *version = builder.CreatePHI(pointer, 2);
  version->addIncoming(known, entry);
  version->addIncoming(found, choose);
  SmallVector<llvm::Value *> arguments;
  for (llvm::Argument &argument : function->args())
    arguments.push_back(&argument);
  llvm::CallInst *status = builder.CreateCall(versions.front()->getFunctionType(), version, arguments);
  status->setTailCall();
  builder.CreateRet(status);
}
