#ifndef LOWBIT_TEST_UNIT_REFERENCE_INTERPRET_H
#define LOWBIT_TEST_UNIT_REFERENCE_INTERPRET_H

#include "lowbit/Dialect/LowbitDialect.h"
#include "lowbit/Reference/Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

namespace mlir::lowbit::reference {

/// Parses programs and interprets their function @f.
class InterpreterTest : public testing::Test {
protected:
  InterpreterTest() {
    context.loadDialect<LowbitDialect, quant::QuantDialect, arith::ArithDialect, func::FuncDialect,
                        linalg::LinalgDialect, math::MathDialect, tensor::TensorDialect>();
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) { error = diagnostic.str(); });
  }

  /// The results of @f; failure, and what was said in `error`, where it can't be parsed or interpreted.
  FailureOr<SmallVector<Tensor>> run(StringRef source, ArrayRef<Tensor> inputs) {
    module = parseSourceString<ModuleOp>(source, &context);
    auto function = module ? module->lookupSymbol<func::FuncOp>("f") : nullptr;
    if (!function)
      return failure();
    return interpret(function, inputs);
  }

  /// The elements of the only result.
  template <typename T> std::vector<T> runTo(StringRef source, ArrayRef<Tensor> inputs) {
    FailureOr<SmallVector<Tensor>> results = run(source, inputs);
    EXPECT_TRUE(succeeded(results)) << error;
    if (failed(results) || results->size() != 1)
      return {};
    return (*results)[0].template get<T>().vec();
  }

  template <typename T> static Tensor makeTensor(ArrayRef<int64_t> shape, ElementKind kind, ArrayRef<T> values) {
    Tensor tensor(shape, kind);
    EXPECT_EQ(static_cast<int64_t>(values.size()), tensor.getNumElements());
    llvm::copy(values, tensor.get<T>().begin());
    return tensor;
  }
  static Tensor floats(ArrayRef<int64_t> shape, ArrayRef<float> values) {
    return makeTensor<float>(shape, ElementKind::F32, values);
  }
  static Tensor bytes(ArrayRef<int64_t> shape, ArrayRef<int8_t> values) {
    return makeTensor<int8_t>(shape, ElementKind::I8, values);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string error;
};

} // namespace mlir::lowbit::reference

#endif // LOWBIT_TEST_UNIT_REFERENCE_INTERPRET_H
