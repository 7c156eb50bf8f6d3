#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Pipelines/Passes.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "lowbit/Pipelines/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The module attribute that code generation leaves.
static constexpr StringLiteral kTripleAttrName = "llvm.target_triple";

static bool isQuantized(Type type) { return isa<quant::QuantizedType>(getElementTypeOrSelf(type)); }

static bool touchesQuantized(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), isQuantized) || llvm::any_of(op->getResultTypes(), isQuantized);
}

/// The words for what a stage leaves, for diagnostics.
static StringRef getFormName(Stage stage) {
  switch (stage) {
  case Stage::Import:
  case Stage::Calibrate:
    return "float form";
  case Stage::Quantize:
  case Stage::Propagate:
    return "Q/DQ form";
  case Stage::Fuse:
    return "quantized form";
  case Stage::Lower:
    return "integer form";
  case Stage::Codegen:
    return "the LLVM dialect";
  }
  llvm_unreachable("a stage");
}

/// Dialects that every form on tensors is written in.
static bool isTensorProgramOp(Operation *op) {
  return isa_and_nonnull<linalg::LinalgDialect, tensor::TensorDialect, arith::ArithDialect, math::MathDialect,
                         func::FuncDialect, BuiltinDialect>(op->getDialect());
}

static bool isChannelsFirst(Operation *op) {
  return isa<linalg::Conv2DNchwFchwOp, linalg::Conv2DNchwFchwQOp, linalg::DepthwiseConv2DNchwChwOp,
             linalg::PoolingNchwMaxOp, linalg::PoolingNchwSumOp>(op);
}

static LogicalResult verifyStaticShapes(Operation *op) {
  auto verify = [&](Type type) -> LogicalResult {
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && (!shaped.hasRank() || !shaped.hasStaticShape()))
      return op->emitOpError() << "expected static shapes, but got " << type;
    return success();
  };
  SmallVector<Type> types(op->getResultTypes());
  if (auto function = dyn_cast<FunctionOpInterface>(op)) {
    llvm::append_range(types, function.getArgumentTypes());
    llvm::append_range(types, function.getResultTypes());
  }
  for (Type type : types)
    if (failed(verify(type)))
      return failure();
  return success();
}

/// The floats that constant integers stand for: weights that were quantized where the program comes from.
static bool isQuantizedConstant(Operation *op) {
  auto dequantize = dyn_cast<DequantizeOp>(op);
  auto storage = dequantize ? dequantize.getInput().getDefiningOp<quant::StorageCastOp>() : quant::StorageCastOp();
  return storage && matchPattern(storage.getInput(), m_Constant());
}

/// Whether an op of the dialect `lowbit` belongs to the form.
static bool isStageOp(Operation *op, Stage stage) {
  switch (stage) {
  case Stage::Import:
    return isQuantizedConstant(op);
  case Stage::Calibrate:
    return isa<ObserveOp>(op) || isQuantizedConstant(op);
  case Stage::Quantize:
    return isa<QuantizeOp, DequantizeOp, DynamicQuantizeOp, DynamicDequantizeOp>(op);
  case Stage::Propagate:
    return isa<QuantizeOp, DequantizeOp, RequantizeOp, DynamicQuantizeOp, DynamicDequantizeOp>(op);
  case Stage::Fuse:
    return !isa<ObserveOp>(op);
  case Stage::Lower:
    // A float program on its way to be calibrated.
    return isa<ObserveOp>(op);
  case Stage::Codegen:
    return false;
  }
  llvm_unreachable("a stage");
}

static LogicalResult verifyTensorProgramOp(Operation *op, Stage stage) {
  auto refuse = [&] {
    return op->emitOpError() << "does not belong to " << getFormName(stage) << ", which stage '"
                             << stringifyStage(stage) << "' leaves";
  };
  if (isa_and_nonnull<LowbitDialect>(op->getDialect()))
    return isStageOp(op, stage) ? verifyStaticShapes(op) : LogicalResult(refuse());
  const bool isStorageCast = isa_and_nonnull<quant::QuantDialect>(op->getDialect());
  if ((!isTensorProgramOp(op) && !(isStorageCast && stage != Stage::Lower)) || isChannelsFirst(op))
    return refuse();
  // A function may take and return what its caller quantized; constants come in through casts of their storage.
  if (touchesQuantized(op) && stage != Stage::Fuse && !isStorageCast && !isa<func::ReturnOp>(op))
    return op->emitOpError() << "has a quantized type, which only casts have in " << getFormName(stage);
  return verifyStaticShapes(op);
}

static LogicalResult verifyCompiled(ModuleOp module) {
  if (!module->hasAttr(kTripleAttrName))
    return emitError(module.getLoc()) << "expected the attribute '" << kTripleAttrName << "' of a compiled program";
  WalkResult result = module.walk([](Operation *op) {
    // LLVM's translation makes calls of the runtime library of the ops that share work among threads.
    if (isa_and_nonnull<LLVM::LLVMDialect, omp::OpenMPDialect>(op->getDialect()) || isa<ModuleOp>(op))
      return WalkResult::advance();
    op->emitOpError() << "does not belong to the LLVM dialect, which stage 'codegen' leaves";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
/// Calls end: each is of a function of the module with a body, and none comes back to a function it came from.
class CallVerifier {
public:
  explicit CallVerifier(ModuleOp module) : symbols(module) {}

  LogicalResult verify(func::FuncOp function) {
    if (!done.insert(function).second)
      return success();
    open.insert(function);
    WalkResult result = function.walk([&](func::CallOp call) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      if (!callee || callee.isExternal())
        call.emitOpError() << "calls '@" << call.getCallee() << "', which has no body";
      else if (open.contains(callee))
        call.emitOpError() << "calls '@" << call.getCallee() << "', which leads back here";
      else if (succeeded(verify(callee)))
        return WalkResult::advance();
      return WalkResult::interrupt();
    });
    open.erase(function);
    return failure(result.wasInterrupted());
  }

private:
  SymbolTable symbols;
  /// Functions whose calls are being followed, and all that were.
  llvm::DenseSet<Operation *> open, done;
};
} // namespace

static LogicalResult verifyStage(ModuleOp module, Stage stage) {
  if (Attribute attr = module->getAttr(kStageAttrName); attr && getStage(module) != stage)
    return emitError(module.getLoc()) << "expected a program that has been through stage '" << stringifyStage(stage)
                                      << "', but '" << kStageAttrName << "' is " << attr;
  if (stage == Stage::Codegen)
    return verifyCompiled(module);
  WalkResult result = module.walk([&](Operation *op) {
    // The bodies of structured ops compute with scalars.
    if (isa<ModuleOp>(op))
      return WalkResult::advance();
    if (failed(verifyTensorProgramOp(op, stage)))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  CallVerifier calls(module);
  for (auto function : module.getOps<func::FuncOp>())
    if (failed(calls.verify(function)))
      return failure();
  return success();
}

namespace {
struct VerifyStage : lowbit::impl::VerifyStageBase<VerifyStage> {
  using VerifyStageBase::VerifyStageBase;

  LogicalResult initialize(MLIRContext *context) override { return checkStageName(stage, UnknownLoc::get(context)); }

  void runOnOperation() override {
    if (failed(verifyStage(getOperation(), *parseStage(stage))))
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
