"""The interpreter against ONNX: every node test case of the operators that Lowbit has, and random tensors through the
`onnx` package's reference implementation.

The arithmetic agrees to the bit but for the differences that `SKIPPED` and the tolerances here write down."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from programs import Program, Quantization, tensor_type

OPERATORS = (
    "QuantizeLinear",
    "DequantizeLinear",
    "QLinearConv",
    "QLinearMatMul",
    "MatMulInteger",
    "ConvInteger",
    "DynamicQuantizeLinear",
)

# Why a node test case does not run; the key is part of its name.
SKIPPED = {
    "e4m3fn": "float storage: Lowbit's storage types are integers",
    "e5m2": "float storage: Lowbit's storage types are integers",
    "float4e2m1": "float storage: Lowbit's storage types are integers",
}

STORAGES = {
    onnx.TensorProto.UINT8: "u8",
    onnx.TensorProto.INT8: "i8",
    onnx.TensorProto.UINT16: "u16",
    onnx.TensorProto.INT16: "i16",
    onnx.TensorProto.INT32: "i32",
    onnx.TensorProto.UINT4: "u4",
    onnx.TensorProto.INT4: "i4",
    onnx.TensorProto.UINT2: "u2",
    onnx.TensorProto.INT2: "i2",
}


class Array:
    """A tensor of a test case: values in NumPy, one element each, and the ONNX element type."""

    def __init__(self, value: np.ndarray | onnx.TensorProto) -> None:
        if isinstance(value, onnx.TensorProto):
            self.type = value.data_type
            value = numpy_helper.to_array(value)
        else:
            value = np.asarray(value)
            self.type = helper.np_dtype_to_tensor_dtype(value.dtype)
        wide = np.float32 if value.dtype.kind == "f" else np.int64
        self.values = value if self.type not in STORAGES else value.astype(wide)
        self.shape = value.shape

    @property
    def storage(self) -> str:
        return STORAGES[self.type]


def quantization(
    storage: str, scale: Array | None, zero_point: Array | None, rank: int, axis: int = 1, block_size: int = 0
) -> Quantization:
    """The type that ONNX spells as operands. A tensor of one scale is per tensor."""
    scales = np.float32([1]) if scale is None else scale.values.astype(np.float32)
    zero_points = np.int64([0]) if zero_point is None else zero_point.values
    scales = np.broadcast_to(scales, np.broadcast_shapes(scales.shape, zero_points.shape))
    if block_size:
        return Quantization(storage, scales, zero_points, axis % rank, block_size)
    return Quantization(storage, scales, zero_points, axis % rank if scales.size > 1 else None)


def optional(inputs: list[Array], index: int) -> Array | None:
    return inputs[index] if index < len(inputs) else None


def build_quantize(inputs: list[Array], attributes: dict) -> Program:
    x, scale, zero_point = inputs[0], inputs[1], optional(inputs, 2)
    storage = zero_point.storage if zero_point else STORAGES[attributes.get("output_dtype", onnx.TensorProto.UINT8)]
    axis, block_size = attributes.get("axis", 1), attributes.get("block_size", 0)
    type = quantization(storage, scale, zero_point, len(x.shape), axis, block_size)
    program = Program()
    program.output_quantized(program.quantize(program.floats(x.values), x.shape, type), x.shape, type)
    return program


def build_dequantize(inputs: list[Array], attributes: dict) -> Program:
    x, scale, zero_point = inputs[0], inputs[1], optional(inputs, 2)
    axis, block_size = attributes.get("axis", 1), attributes.get("block_size", 0)
    type = quantization(x.storage, scale, zero_point, len(x.shape), axis, block_size)
    program = Program()
    value, result = program.quantized(x.values, type), tensor_type(x.shape, "f32")
    value = program.op(f"lowbit.dequantize {value} : {program.types[value]} -> {result}", result)
    program.output(value, x.shape, "f32", np.float32)
    return program


def build_dynamic_quantize(inputs: list[Array], _: dict) -> Program:
    (x,) = inputs
    program = Program()
    value, types = program.floats(x.values), f"{tensor_type(x.shape, 'i8')}, tensor<f32>, tensor<i8>"
    program.lines.append(f"%q, %s, %z = lowbit.dynamic_quantize {value} : {program.types[value]} -> {types}")
    program.output("%q", x.shape, "i8", np.uint8)
    program.output("%s", (), "f32", np.float32)
    program.output("%z", (), "i8", np.uint8)
    return program


def build_matmul(a: tuple, b: tuple, y: tuple | None) -> Program:
    """A product of (values, scale, zero point) each; `y` is (scale, zero point), or None for the accumulator."""
    program, rank = Program(), len(a[0].shape)
    lhs_type = quantization(a[0].storage, a[1], a[2], rank)
    rhs_type = quantization(b[0].storage, b[1], b[2], rank)
    lhs, rhs = program.quantized(a[0].values, lhs_type), program.quantized(b[0].values, rhs_type)
    shape = (*a[0].shape[:-1], b[0].shape[-1])
    result = quantization(y[1].storage, *y, rank) if y else None
    result_type = tensor_type(shape, result.element() if result else "i32")
    name = "matmul" if rank == 2 else "batch_matmul"
    types = f"{program.types[lhs]}, {program.types[rhs]} -> {result_type}"
    value = program.op(f"lowbit.{name} {lhs}, {rhs} : {types}", result_type)
    if result:
        program.output_quantized(value, shape, result)
    else:
        program.output(value, shape, "i32", np.int32)
    return program


def build_conv(x: tuple, w: tuple, y: tuple | None, bias: Array | None, attributes: dict) -> Program:
    """A convolution of (values, scale, zero point) each, NCHW and OIHW around an NHWC op; `y` as in `build_matmul`."""
    program = Program()
    x_type, w_type = quantization(x[0].storage, x[1], x[2], 4), quantization(w[0].storage, w[1], w[2], 4, axis=0)
    input_shape, filter_shape = x[0].shape, w[0].shape
    source = program.transpose(program.quantized(x[0].values, x_type), input_shape, [0, 2, 3, 1], x_type.element())
    filter = program.transpose(program.quantized(w[0].values, w_type), filter_shape, [0, 2, 3, 1], w_type.element())
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    strides, dilations = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    sizes = [
        (size + before + after - dilation * (kernel - 1) - 1) // stride + 1
        for size, before, after, dilation, kernel, stride in zip(
            input_shape[2:], (top, left), (bottom, right), dilations, filter_shape[2:], strides
        )
    ]
    shape = (input_shape[0], *sizes, filter_shape[0])
    result = quantization(y[1].storage, *y, 4) if y else None
    result_type = tensor_type(shape, result.element() if result else "i32")
    text, types = f"lowbit.conv_2d {source}, {filter}", f"{program.types[source]}, {program.types[filter]}"
    if bias:
        value = program.integers(bias.values.astype(np.int32))
        text, types = f"{text} bias {value}", f"{types}, {program.types[value]}"
    window = f"strides {strides} dilations {dilations} pad {[top, bottom, left, right]}"
    value = program.op(f"{text} {window} : {types} -> {result_type}", result_type)
    element = result.element() if result else "i32"
    value, shape = program.transpose(value, shape, [0, 3, 1, 2], element), tuple(shape[dim] for dim in (0, 3, 1, 2))
    if result:
        program.output_quantized(value, shape, result)
    else:
        program.output(value, shape, "i32", np.int32)
    return program


def build_qlinear_matmul(inputs: list[Array], _: dict) -> Program:
    return build_matmul(tuple(inputs[0:3]), tuple(inputs[3:6]), tuple(inputs[6:8]))


def build_matmul_integer(inputs: list[Array], _: dict) -> Program:
    return build_matmul((inputs[0], None, optional(inputs, 2)), (inputs[1], None, optional(inputs, 3)), None)


def build_qlinear_conv(inputs: list[Array], attributes: dict) -> Program:
    bias = optional(inputs, 8)
    return build_conv(tuple(inputs[0:3]), tuple(inputs[3:6]), tuple(inputs[6:8]), bias, attributes)


def build_conv_integer(inputs: list[Array], attributes: dict) -> Program:
    x, w = (inputs[0], None, optional(inputs, 2)), (inputs[1], None, optional(inputs, 3))
    return build_conv(x, w, None, None, attributes)


BUILDERS: dict[str, Callable[[list[Array], dict], Program]] = {
    "QuantizeLinear": build_quantize,
    "DequantizeLinear": build_dequantize,
    "QLinearConv": build_qlinear_conv,
    "QLinearMatMul": build_qlinear_matmul,
    "MatMulInteger": build_matmul_integer,
    "ConvInteger": build_conv_integer,
    "DynamicQuantizeLinear": build_dynamic_quantize,
}


def attributes_of(node: onnx.NodeProto) -> dict:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


@functools.cache
def node_cases() -> tuple:
    """The node test cases of the operators, without the variants that expand an operator into others."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    return tuple(
        case for case in cases if len(case.model.graph.node) == 1 and case.model.graph.node[0].op_type in OPERATORS
    )


@pytest.mark.parametrize("case", node_cases(), ids=lambda case: case.name)
def test_node_case(case) -> None:
    for part, reason in SKIPPED.items():
        if part in case.name:
            pytest.skip(reason)
    node = case.model.graph.node[0]
    for inputs, outputs in case.data_sets:
        actual = BUILDERS[node.op_type]([Array(value) for value in inputs], attributes_of(node)).run()
        assert len(actual) == len(outputs)
        for result, expected in zip(actual, map(Array, outputs)):
            np.testing.assert_array_equal(result, expected.values)


def test_every_operator_has_cases() -> None:
    assert {case.model.graph.node[0].op_type for case in node_cases()} == set(OPERATORS)
    for part in SKIPPED:
        assert any(part in case.name for case in node_cases()), f"nothing is skipped for {part}"
