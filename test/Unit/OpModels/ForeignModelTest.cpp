// An op of a dialect that Lowbit knows nothing of joins by a model of its own, attached from outside.

#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Dialect/LowbitInterfaces.h"
#include "lowbit/Fuse/Pipeline.h"
#include "lowbit/OpModels/OpModels.h"
#include "lowbit/Propagate/Pipeline.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct ReverseModel : QuantizableOpInterface::ExternalModel<ReverseModel, tosa::ReverseOp> {
  SmallVector<OperandRole> getOperandRoles(Operation *) const { return {OperandRole::activation()}; }
  bool sharesScale(Operation *) const { return true; }
  LogicalResult verifyQuantizable(Operation *, const QuantWidths &, std::string &) const { return success(); }
  FailureOr<Value> buildQuantized(Operation *op, OpBuilder &builder, const QuantizedParts &parts, std::string &) const {
    return tosa::ReverseOp::create(builder, op->getLoc(), parts.resultType, parts.operands[0],
                                   cast<tosa::ReverseOp>(op).getAxis())
        .getResult();
  }
};
} // namespace

TEST(ForeignModel, IsPropagatedAndFused) {
  DialectRegistry registry;
  registry.insert<LowbitDialect, func::FuncDialect, tosa::TosaDialect>();
  registerQuantizableOpModels(registry);
  registry.addExtension(
      +[](MLIRContext *context, tosa::TosaDialect *) { tosa::ReverseOp::attachInterface<ReverseModel>(*context); });
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = lowbit.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 5.0e-1>>
      %1 = lowbit.dequantize %0 : tensor<4x!quant.uniform<i8:f32, 5.0e-1>> -> tensor<4xf32>
      %2 = tosa.reverse %1 {axis = 0 : i32} : (tensor<4xf32>) -> tensor<4xf32>
      %3 = lowbit.quantize %2 : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32, 2.5e-1>>
      %4 = lowbit.dequantize %3 : tensor<4x!quant.uniform<i8:f32, 2.5e-1>> -> tensor<4xf32>
      return %4 : tensor<4xf32>
    })",
                                            &context);
  ASSERT_TRUE(module);
  PassManager manager(&context);
  buildPropagatePipeline(manager);
  buildFusePipeline(manager, /*requireInteger=*/true);
  ASSERT_TRUE(succeeded(manager.run(*module)));
  unsigned count = 0;
  module->walk([&](tosa::ReverseOp op) {
    ++count;
    EXPECT_TRUE(isa<quant::UniformQuantizedType>(op.getInput1().getType().getElementType()));
    EXPECT_EQ(op.getInput1().getType(), op.getOutput().getType());
  });
  EXPECT_EQ(count, 1u);
}
