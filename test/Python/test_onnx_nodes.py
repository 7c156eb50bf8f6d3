"""The interpreter against ONNX: every node test case of the operators that Lowbit has, and random tensors through the
`onnx` package's reference implementation.

What differs is written down here: `SKIPPED` names the types that Lowbit has not, and `assert_equal_but_at_halves` says
where the roundings of QLinearMatMul and QLinearConv part."""

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

FLOAT_STORAGE = "quantizes to floats of 8 or 4 bits: the storage type of an MLIR quantized type is an integer"
# Why a node test case does not run; the key is part of its name.
SKIPPED = {
    "e4m3fn": FLOAT_STORAGE,
    "e5m2": FLOAT_STORAGE,
    "float4e2m1": FLOAT_STORAGE,
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
            input_shape[2:], (top, left), (bottom, right), dilations, filter_shape[2:], strides, strict=True
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
        for result, expected in zip(actual, map(Array, outputs), strict=True):
            np.testing.assert_array_equal(result, expected.values)


def test_every_operator_has_cases() -> None:
    assert {case.model.graph.node[0].op_type for case in node_cases()} == set(OPERATORS)
    for part in SKIPPED:
        assert any(part in case.name for case in node_cases()), f"nothing is skipped for {part}"


def evaluate(operator: str, inputs: list[np.ndarray], output_types: list[int], **attributes) -> list[np.ndarray]:
    """The results of one operator by the `onnx` package's reference implementation."""
    names = [f"in{i}" for i in range(len(inputs))]
    values = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, inputs, strict=True)
    ]
    outputs = [f"out{i}" for i in range(len(output_types))]
    infos = [helper.make_tensor_value_info(name, type, None) for name, type in zip(outputs, output_types, strict=True)]
    node = helper.make_node(operator, names, outputs, **attributes)
    graph = helper.make_graph([node], operator, values, infos)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 25)])
    return ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))


def random_integers(random: np.random.Generator, type: int, shape: tuple[int, ...]) -> np.ndarray:
    """Any storage integers of an ONNX type."""
    storage = STORAGES[type]
    bits = int(storage[1:])
    low = -(1 << (bits - 1)) if storage[0] == "i" else 0
    values = random.integers(low, low + (1 << bits), shape)
    return values.astype(helper.tensor_dtype_to_np_dtype(type))


def random_scales(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.exp(random.uniform(-6, 1, shape)).astype(np.float32)


EIGHT_BITS = [onnx.TensorProto.UINT8, onnx.TensorProto.INT8]
QUANTIZE_TYPES = [type for type in STORAGES if type != onnx.TensorProto.INT32]
# The shape of the scales of a [4, 6, 3] tensor, and the attributes that say so.
GRANULARITIES = {
    "tensor": ((), {}),
    "axis": ((6,), {"axis": 1}),
    "last": ((3,), {"axis": -1}),
    "blocks": ((4, 2, 3), {"axis": 1, "block_size": 3}),
}


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("type", QUANTIZE_TYPES, ids=STORAGES.get)
def test_quantize_linear(type: int, granularity: str) -> None:
    random = np.random.default_rng(type)
    shape, attributes = GRANULARITIES[granularity]
    scale, zero_point = random_scales(random, shape), random_integers(random, type, shape)
    x = (random.normal(0, 40, (4, 6, 3))).astype(np.float32)
    (expected,) = evaluate("QuantizeLinear", [x, scale, zero_point], [type], **attributes)
    (actual,) = build_quantize([Array(value) for value in (x, scale, zero_point)], attributes).run()
    np.testing.assert_array_equal(actual, expected.astype(np.int64))


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("type", STORAGES, ids=STORAGES.get)
def test_dequantize_linear(type: int, granularity: str) -> None:
    random = np.random.default_rng(type)
    shape, attributes = GRANULARITIES[granularity]
    scale, zero_point = random_scales(random, shape), random_integers(random, type, shape)
    if type == onnx.TensorProto.INT32:
        zero_point = np.zeros_like(zero_point)
    x = random_integers(random, type, (4, 6, 3))
    (expected,) = evaluate("DequantizeLinear", [x, scale, zero_point], [onnx.TensorProto.FLOAT], **attributes)
    (actual,) = build_dequantize([Array(value) for value in (x, scale, zero_point)], attributes).run()
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("low,high", [(-3, 5), (1, 4), (-4, -1), (0, 0), (-1e-38, 1e-38), (2, 2), (-1e30, 1e30)])
def test_dynamic_quantize_linear(low: float, high: float) -> None:
    x = np.random.default_rng(1).uniform(low, high, (5, 7)).astype(np.float32)
    types = [onnx.TensorProto.UINT8, onnx.TensorProto.FLOAT, onnx.TensorProto.UINT8]
    expected = evaluate("DynamicQuantizeLinear", [x], types)
    if not x.any():
        # Any scale represents zeros: the reference has 1 / 255, Lowbit and ONNX Runtime have 1.
        expected[1] = np.float32(1)
    for result, reference in zip(build_dynamic_quantize([Array(x)], {}).run(), expected, strict=True):
        np.testing.assert_array_equal(result, reference)


@pytest.mark.parametrize("b_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("a_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("shapes", [((5, 9), (9, 4)), ((3, 2, 5), (3, 5, 6)), ((1, 1), (1, 1)), ((2, 0), (0, 3))])
def test_matmul_integer(shapes: tuple, a_type: int, b_type: int) -> None:
    random = np.random.default_rng(2)
    a, b = random_integers(random, a_type, shapes[0]), random_integers(random, b_type, shapes[1])
    inputs = [a, b, random_integers(random, a_type, ()), random_integers(random, b_type, ())]
    (expected,) = evaluate("MatMulInteger", inputs, [onnx.TensorProto.INT32])
    (actual,) = build_matmul_integer([Array(value) for value in inputs], {}).run()
    np.testing.assert_array_equal(actual, expected)


WINDOWS = [
    {},
    {"pads": [1, 2, 3, 0]},
    {"strides": [2, 1], "pads": [1, 1, 1, 1]},
    {"dilations": [2, 3], "pads": [2, 2, 2, 2]},
    {"strides": [3, 2], "dilations": [1, 2]},
]


@pytest.mark.parametrize("w_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("x_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_conv_integer(window: dict, x_type: int, w_type: int) -> None:
    random = np.random.default_rng(3)
    x, w = random_integers(random, x_type, (2, 3, 9, 8)), random_integers(random, w_type, (4, 3, 3, 2))
    inputs = [x, w, random_integers(random, x_type, ()), random_integers(random, w_type, (4,))]
    (expected,) = evaluate("ConvInteger", inputs, [onnx.TensorProto.INT32], **window)
    (actual,) = build_conv_integer([Array(value) for value in inputs], window).run()
    np.testing.assert_array_equal(actual, expected)


def assert_equal_but_at_halves(actual: np.ndarray, expected: np.ndarray, exact: np.ndarray) -> None:
    """ONNX's reference adds the zero point before it rounds, so halves go the other way where it is odd; and it rounds
    the product and the quotient of the scales to f32 one after the other, where Lowbit's multiplier rounds once. Both
    matter only where the exact result is a half, to within the error of the multiplier."""
    differing = actual != expected.astype(np.int64)
    steps = np.abs(actual.astype(np.int64) - expected.astype(np.int64))
    assert steps.max(initial=0) <= 1
    distance = np.abs(np.abs(exact - np.floor(exact)) - 0.5)
    assert (distance[differing] <= 4e-7 * np.abs(exact[differing])).all()


@pytest.mark.parametrize("y_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("b_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("a_type", EIGHT_BITS, ids=STORAGES.get)
def test_qlinear_matmul(a_type: int, b_type: int, y_type: int) -> None:
    random = np.random.default_rng(4)
    a, b = random_integers(random, a_type, (64, 50)), random_integers(random, b_type, (50, 70))
    a_scale, b_scale, y_scale = np.float32(0.0371), np.float32(0.0123), np.float32(1.731)
    a_zero, b_zero, y_zero = (random_integers(random, type, ()) for type in (a_type, b_type, y_type))
    inputs = [a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero]
    (expected,) = evaluate("QLinearMatMul", [np.asarray(value) for value in inputs], [y_type])
    (actual,) = build_qlinear_matmul([Array(value) for value in inputs], {}).run()
    product = (a.astype(np.int64) - int(a_zero)) @ (b.astype(np.int64) - int(b_zero))
    assert_equal_but_at_halves(actual, expected, product * (float(a_scale) * float(b_scale) / float(y_scale)))


@pytest.mark.parametrize("y_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("x_type", EIGHT_BITS, ids=STORAGES.get)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_qlinear_conv(window: dict, x_type: int, y_type: int) -> None:
    random = np.random.default_rng(5)
    x, w = random_integers(random, x_type, (1, 3, 17, 16)), random_integers(random, onnx.TensorProto.INT8, (4, 3, 3, 2))
    x_scale, y_scale, w_scale = np.float32(0.0371), np.float32(0.731), random_scales(random, (4,))
    x_zero, y_zero = random_integers(random, x_type, ()), random_integers(random, y_type, ())
    bias = random.integers(-1000, 1000, (4,)).astype(np.int32)
    inputs = [x, x_scale, x_zero, w, w_scale, np.zeros(4, np.int8), y_scale, y_zero, bias]
    (expected,) = evaluate("QLinearConv", [np.asarray(value) for value in inputs], [y_type], **window)
    (actual,) = build_qlinear_conv([Array(value) for value in inputs], window).run()
    integers = [x, w, x_zero, np.int8(0)]
    (sums,) = evaluate("ConvInteger", [np.asarray(value) for value in integers], [onnx.TensorProto.INT32], **window)
    ratios = float(x_scale) * w_scale.astype(np.float64) / float(y_scale)
    exact = (sums + bias[:, None, None]) * ratios[:, None, None]
    assert_equal_but_at_halves(actual, expected, exact)
