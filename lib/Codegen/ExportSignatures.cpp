#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_EXPORTSIGNATURES
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kNameAttrName = "lowbit.name";
static constexpr StringLiteral kSignatureAttrName = "lowbit.signature";

/// The name, shape and element type of an input or output.
static Attribute describe(Builder &builder, StringAttr name, std::string defaultName, RankedTensorType type) {
  if (!name)
    name = builder.getStringAttr(defaultName);
  return builder.getDictionaryAttr({builder.getNamedAttr("name", name),
                                    builder.getNamedAttr("shape", builder.getI64ArrayAttr(type.getShape())),
                                    builder.getNamedAttr("type", TypeAttr::get(type.getElementType()))});
}

static FailureOr<Attribute> exportSignature(func::FuncOp function) {
  Builder attrs(function.getContext());
  auto checkType = [&](Type type) -> FailureOr<RankedTensorType> {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || !tensor.getElementType().isIntOrFloat())
      return function.emitOpError() << "expected tensors of static shape in the signature of a program, but got "
                                    << type;
    return tensor;
  };
  SmallVector<Attribute> inputs, outputs;
  SmallVector<Type> bufferTypes;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    FailureOr<RankedTensorType> tensor = checkType(type);
    if (failed(tensor))
      return failure();
    inputs.push_back(describe(attrs, function.getArgAttrOfType<StringAttr>(index, kNameAttrName),
                              "input" + std::to_string(index), *tensor));
    bufferTypes.push_back(MemRefType::get(tensor->getShape(), tensor->getElementType()));
  }
  for (auto [index, type] : llvm::enumerate(function.getResultTypes())) {
    FailureOr<RankedTensorType> tensor = checkType(type);
    if (failed(tensor))
      return failure();
    outputs.push_back(describe(attrs, function.getResultAttrOfType<StringAttr>(index, kNameAttrName),
                               "output" + std::to_string(index), *tensor));
    bufferTypes.push_back(MemRefType::get(tensor->getShape(), tensor->getElementType()));
  }
  if (!function.getBody().hasOneBlock())
    return function.emitOpError() << "expected one block in the body of a program, but got "
                                  << function.getBody().getBlocks().size();

  const unsigned inputCount = function.getNumArguments();
  Block &body = function.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  for (unsigned index = 0; index < inputCount; ++index) {
    BlockArgument argument = body.getArgument(index);
    Type tensorType = argument.getType();
    argument.setType(bufferTypes[index]);
    auto tensor = bufferization::ToTensorOp::create(builder, argument.getLoc(), tensorType, argument,
                                                    /*restrict=*/true, /*writable=*/false);
    argument.replaceAllUsesExcept(tensor, tensor);
  }
  auto returnOp = cast<func::ReturnOp>(body.getTerminator());
  builder.setInsertionPoint(returnOp);
  for (auto [index, value] : llvm::enumerate(returnOp.getOperands())) {
    BlockArgument output = body.addArgument(bufferTypes[inputCount + index], returnOp.getLoc());
    auto write = bufferization::MaterializeInDestinationOp::create(builder, returnOp.getLoc(), value, output);
    write.setRestrict(true);
    write.setWritable(true);
  }
  Value status = arith::ConstantOp::create(builder, returnOp.getLoc(), builder.getI32IntegerAttr(0));
  returnOp->setOperands(status);
  function.removeResAttrsAttr();
  function.removeArgAttrsAttr();
  function.setFunctionType(FunctionType::get(function.getContext(), bufferTypes, attrs.getI32Type()));
  return attrs.getDictionaryAttr({attrs.getNamedAttr("function", function.getNameAttr()),
                                  attrs.getNamedAttr("inputs", attrs.getArrayAttr(inputs)),
                                  attrs.getNamedAttr("outputs", attrs.getArrayAttr(outputs))});
}

namespace {
struct ExportSignatures : lowbit::impl::ExportSignaturesBase<ExportSignatures> {
  void runOnOperation() override {
    SmallVector<Attribute> signatures;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isDeclaration() || !function.isPublic())
        continue;
      FailureOr<Attribute> signature = exportSignature(function);
      if (failed(signature))
        return signalPassFailure();
      signatures.push_back(*signature);
    }
    getOperation()->setAttr(kSignatureAttrName, ArrayAttr::get(&getContext(), signatures));
  }
};
} // namespace
