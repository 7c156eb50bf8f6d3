#ifndef LOWBIT_INTERFACES
#define LOWBIT_INTERFACES

include "mlir/IR/OpBase.td"

def QuantizableOpInterface : OpInterface<"QuantizableOpInterface"> {
  let cppNamespace = "::mlir::lowbit";
  let description = [{
    What the quantizer has to know of a float op: which operands it may hold as integers, which scales must agree, and
    how to build its quantized form. Attached to the ops of other dialects as external models, so that a compiler with
    a dialect of its own joins by attaching one.
  }];
  let methods = [
    InterfaceMethod<[{
        The role of every operand, in operand order. See `OperandRole`.
      }], "::llvm::SmallVector<::mlir::lowbit::OperandRole>", "getOperandRoles", (ins)>,
    InterfaceMethod<[{
        True where all activations and results must have one scale, because values move or are compared but never
        combined: concatenation, maximum pooling, reshape, padding, slicing, clamping.
      }], "bool", "sharesScale", (ins), "", "return false;">,
    InterfaceMethod<[{
        True where the op can be computed inside its producer's requantization (a clamp): no quantization is placed
        between the producer and this op where it is the producer's only user.
      }], "bool", "fusesIntoProducer", (ins), "", "return false;">,
    InterfaceMethod<[{
        The range of the result where the op fixes it whatever its input is, as [0, 1] for softmax.
      }], "::std::optional<::mlir::lowbit::FloatRange>", "getFixedResultRange", (ins), "", "return std::nullopt;">,
    InterfaceMethod<[{
        Success where an integer kernel exists for this op at these widths; the reason it does not goes to `reason`.
      }], "::llvm::LogicalResult", "verifyQuantizable",
      (ins "const ::mlir::lowbit::QuantWidths &":$widths, "::std::string &":$reason)>,
    InterfaceMethod<[{
        Builds the quantized form of the op. `operands` are in operand order: quantized tensors for activations and
        weights, an i32 tensor or null for a bias, the original value otherwise; `resultType` has a quantized element
        type. Returns the quantized result, or failure with the reason in `reason`.
      }], "::mlir::FailureOr<::mlir::Value>", "buildQuantized",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands, "::mlir::RankedTensorType":$resultType,
           "::std::string &":$reason)>
  ];
}

#endif // LOWBIT_INTERFACES
