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
        True where the result holds each value of the first operand several times. Such an op is quantized where an op with
        weights computed the operand, as the factor of each channel in a squeeze-and-excitation.
      }], "bool", "repeatsValues", (ins), "", "return false;">,
    InterfaceMethod<[{
        The bounds, where the op is a clamp. A clamp can be computed inside its producer's requantization: no
        quantization is placed between the two where the clamp is the only user of a producer that `acceptsClamp`.
      }], "::std::optional<::mlir::lowbit::FloatRange>", "getClampBounds", (ins), "", "return std::nullopt;">,
    InterfaceMethod<[{
        True where the quantized form can bound its storage integers, i.e. where `buildQuantized` takes a clamp.
      }], "bool", "acceptsClamp", (ins), "", "return false;">,
    InterfaceMethod<[{
        The operand that holds the constant vector of biases: of this op, or of the op that broadcasts the vector into
        the destination of this one. Null where there is no bias.
      }], "::mlir::OpOperand *", "getBiasOperand", (ins), "", "return nullptr;">,
    InterfaceMethod<[{
        The range of the result where the op fixes it whatever its input is, as [0, 1] for softmax.
      }], "::std::optional<::mlir::lowbit::FloatRange>", "getFixedResultRange", (ins), "", "return std::nullopt;">,
    InterfaceMethod<[{
        True where integers gain only between other integer ops: a function that becomes a table. Rounding its operand and
        its result for it alone would lose precision, so that it stays float where one of them is float anyway.
      }], "bool", "needsIntegerNeighbors", (ins), "", "return false;">,
    InterfaceMethod<[{
        True where the quantized form can return its exact 32-bit sums instead of rounding them to the width of an
        activation, i.e. where `buildQuantized` takes the result type that `getAccumulatorType` gives. Such a result is
        not quantized where none but float ops and the end of the program read it.
      }], "bool", "returnsAccumulators", (ins), "", "return false;">,
    InterfaceMethod<[{
        How many leading dimensions of the first activation number its rows: the result has them too, and what it has at
        their indices is computed of that row of the activation alone. Each row may have a scale that is found while the
        program runs; 0 for one scale in all.
      }], "int64_t", "getRowRank", (ins), "", "return 0;">,
    InterfaceMethod<[{
        The element type of the exact sums of an op that `returnsAccumulators` and reads `operands`, which are those of
        `QuantizedParts`. Null where their scales have none.
      }], "::mlir::quant::QuantizedType", "getAccumulatorType", (ins "::mlir::ValueRange":$operands), "",
      "return {};">,
    InterfaceMethod<[{
        Success where an integer kernel exists for this op at these widths; the reason it does not goes to `reason`.
      }], "::llvm::LogicalResult", "verifyQuantizable",
      (ins "const ::mlir::lowbit::QuantWidths &":$widths, "::std::string &":$reason)>,
    InterfaceMethod<[{
        Builds the quantized form of the op before it. The op itself and its users are left as they are. Returns the
        quantized result, or failure with the reason in `reason`.
      }], "::mlir::FailureOr<::mlir::Value>", "buildQuantized",
      (ins "::mlir::OpBuilder &":$builder, "const ::mlir::lowbit::QuantizedParts &":$parts, "::std::string &":$reason)>
  ];
}

#endif // LOWBIT_INTERFACES
