"""A layer as an ONNX model, the way each runtime likes it best."""

from __future__ import annotations

import numpy as np
import onnx
from layers import Layer, Parameters
from onnx import TensorProto, helper, numpy_helper

_MICROSOFT = "com.microsoft"


class _Graph:
    """Nodes and constants of a model with one input `x` and one output `y`."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def parameters(self, name: str, parameters: Parameters) -> list[str]:
        """Scale and zero point of a tensor stored as u8."""
        return [
            self.constant(f"{name}_scale", np.float32(parameters.scale)),
            self.constant(f"{name}_zero", np.uint8(parameters.unsigned_zero())),
        ]

    def model(self, x_type: int, x_shape: tuple[int, ...], y_type: int, y_shape: tuple[int, ...]) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "layer",
            [helper.make_tensor_value_info("x", x_type, x_shape)],
            [helper.make_tensor_value_info("y", y_type, y_shape)],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def result_shape(layer: Layer) -> tuple[int, ...]:
    """Of the output as Lowbit lays it out: channels last."""
    if layer.kind == "matmul":
        return layer.x.shape[0], layer.weights.shape[1]
    if not layer.is_convolution:
        return layer.x.shape
    filters, kernel = layer.filters().shape[:2]
    size = (layer.x.shape[1] + 2 * layer.pad - (kernel - 1) * layer.dilation - 1) // layer.stride + 1
    return 1, size, size, filters


def channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[0], shape[3], shape[1], shape[2]) if len(shape) == 4 else shape


def _window(layer: Layer) -> dict[str, object]:
    return {
        "strides": [layer.stride] * 2,
        "dilations": [layer.dilation] * 2,
        "pads": [layer.pad] * 4,
        "group": layer.groups(),
    }


def floating(layer: Layer) -> onnx.ModelProto:
    """The float layer; convolutions have channels first, as ONNX has them."""
    graph = _Graph()
    w, b = layer.float_weights(), graph.constant("b", layer.float_bias())
    if layer.kind == "matmul":
        graph.node("Gemm", ["x", graph.constant("w", w), b], "y")
    else:
        graph.node("Conv", ["x", graph.constant("w", w.transpose(0, 3, 1, 2)), b], "y", **_window(layer))
    x_shape, y_shape = channels_first(layer.x.shape), channels_first(result_shape(layer))
    return graph.model(TensorProto.FLOAT, x_shape, TensorProto.FLOAT, y_shape)


def conversion(layer: Layer) -> onnx.ModelProto:
    """The layers that change how numbers are stored."""
    graph = _Graph()
    value, x_type, y_type = "x", TensorProto.FLOAT, TensorProto.FLOAT
    if layer.kind != "quantize":
        x_type = TensorProto.UINT8
        name = "y" if layer.kind == "dequantize" else "real"
        value = graph.node("DequantizeLinear", ["x", *graph.parameters("x", layer.input)], name)
    if layer.kind != "dequantize":
        y_type = TensorProto.UINT8
        graph.node("QuantizeLinear", [value, *graph.parameters("y", layer.output)], "y")
    return graph.model(x_type, layer.x.shape, y_type, layer.x.shape)


def with_integer_operators(layer: Layer) -> onnx.ModelProto:
    """The fused operators of ONNX Runtime that Q/DQ models become; convolutions have channels last, as they compute."""
    graph = _Graph()
    x, y = graph.parameters("x", layer.input), graph.parameters("y", layer.output)
    scales = graph.constant("w_scale", layer.weight_scales.astype(np.float32))
    zeros = graph.constant("w_zero", np.zeros(len(layer.bias), np.int8))
    b = graph.constant("b", layer.bias)
    if layer.kind == "matmul":
        inputs = ["x", *x, graph.constant("w", layer.weights), scales, zeros, b, *y]
        graph.node("QGemm", inputs, "y", domain=_MICROSOFT)
    else:
        w = graph.constant("w", layer.filters().transpose(0, 3, 1, 2))
        inputs = ["x", *x, w, scales, zeros, *y, b]
        graph.node("QLinearConv", inputs, "y", domain=_MICROSOFT, channels_last=1, **_window(layer))
    return graph.model(TensorProto.UINT8, layer.x.shape, TensorProto.UINT8, result_shape(layer))


def with_casts(layer: Layer) -> onnx.ModelProto:
    """The Q/DQ form; convolutions have channels first: OpenVINO computes them in float between transpositions."""
    graph = _Graph()
    real = graph.node("DequantizeLinear", ["x", *graph.parameters("x", layer.input)], "x_real")
    scales = layer.weight_scales.astype(np.float32)
    axis = 1 if layer.kind == "matmul" else 0
    stored = layer.weights if layer.kind == "matmul" else layer.filters().transpose(0, 3, 1, 2)
    casts = [graph.constant("w_scale", scales), graph.constant("w_zero", np.zeros(len(scales), np.int8))]
    weights = graph.node("DequantizeLinear", [graph.constant("w", stored), *casts], "w_real", axis=axis)
    bias = graph.constant("b", layer.float_bias())
    if layer.kind == "matmul":
        graph.node("Gemm", [real, weights, bias], "y_real")
    else:
        graph.node("Conv", [real, weights, bias], "y_real", **_window(layer))
    graph.node("QuantizeLinear", ["y_real", *graph.parameters("y", layer.output)], "y")
    x_shape, y_shape = channels_first(layer.x.shape), channels_first(result_shape(layer))
    return graph.model(TensorProto.UINT8, x_shape, TensorProto.UINT8, y_shape)


def to_unsigned(values: np.ndarray) -> np.ndarray:
    """Signed integers as the unsigned ones that stand for the same numbers."""
    return (values.astype(np.int16) + 128).astype(np.uint8)


def to_signed(values: np.ndarray) -> np.ndarray:
    return (values.astype(np.int16) - 128).astype(np.int8)


def to_channels_first(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2)) if values.ndim == 4 else values


def channels_last(values: np.ndarray) -> np.ndarray:
    return values.transpose(0, 2, 3, 1) if values.ndim == 4 else values
