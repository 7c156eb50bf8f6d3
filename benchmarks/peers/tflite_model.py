"""A layer as a TensorFlow Lite model: the only way to XNNPACK that a package brings."""

from __future__ import annotations

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from layers import Layer, Parameters

from peers.onnx_models import result_shape

_TYPES = {
    np.dtype(np.float32): schema.TensorType.FLOAT32,
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.int32): schema.TensorType.INT32,
}
_OPERATORS = {
    "matmul": (schema.BuiltinOperator.FULLY_CONNECTED, schema.BuiltinOptions.FullyConnectedOptions),
    "conv": (schema.BuiltinOperator.CONV_2D, schema.BuiltinOptions.Conv2DOptions),
    "depthwise": (schema.BuiltinOperator.DEPTHWISE_CONV_2D, schema.BuiltinOptions.DepthwiseConv2DOptions),
    "quantize": (schema.BuiltinOperator.QUANTIZE, schema.BuiltinOptions.QuantizeOptions),
    "dequantize": (schema.BuiltinOperator.DEQUANTIZE, schema.BuiltinOptions.DequantizeOptions),
    "requantize": (schema.BuiltinOperator.QUANTIZE, schema.BuiltinOptions.QuantizeOptions),
    "pad": (schema.BuiltinOperator.PAD, schema.BuiltinOptions.PadOptions),
}


class _Builder:
    """A model of one subgraph; tensors are known by their numbers."""

    def __init__(self) -> None:
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version = 3
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.model.subgraphs = [self.graph]
        self.graph.tensors, self.graph.operators = [], []

    def tensor(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype,
        scales: list[float] | None = None,
        zeros: list[int] | None = None,
        axis: int = 0,
        data: np.ndarray | None = None,
    ) -> int:
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.buffer = list(shape), _TYPES[np.dtype(dtype)], 0
        if scales is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = zeros or [0] * len(scales)
            tensor.quantization.quantizedDimension = axis
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def activation(self, shape: tuple[int, ...], parameters: Parameters | None) -> int:
        """Float where there are no parameters."""
        if parameters is None:
            return self.tensor(shape, np.float32)
        return self.tensor(shape, np.int8, [parameters.scale], [parameters.zero])

    def operator(self, kind: str, inputs: list[int], output: int, options: object) -> None:
        code, options_type = _OPERATORS[kind]
        operator_code, operator = schema.OperatorCodeT(), schema.OperatorT()
        operator_code.builtinCode = code
        operator_code.deprecatedBuiltinCode = min(code, 127)
        operator_code.version = 5
        operator.opcodeIndex = len(self.model.operatorCodes)
        self.model.operatorCodes.append(operator_code)
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType, operator.builtinOptions = options_type, options
        self.graph.operators.append(operator)

    def finish(self, x: int, y: int) -> bytes:
        self.graph.inputs, self.graph.outputs = [x], [y]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _options(layer: Layer) -> object:
    if layer.kind == "matmul":
        return schema.FullyConnectedOptionsT()
    if not layer.is_convolution:
        return schema.DequantizeOptionsT() if layer.kind == "dequantize" else schema.QuantizeOptionsT()
    options = schema.DepthwiseConv2DOptionsT() if layer.kind == "depthwise" else schema.Conv2DOptionsT()
    options.padding = schema.Padding.SAME if _is_same(layer) else schema.Padding.VALID
    options.strideH = options.strideW = layer.stride
    options.dilationHFactor = options.dilationWFactor = layer.dilation
    if layer.kind == "depthwise":
        options.depthMultiplier = 1
    return options


def _is_same(layer: Layer) -> bool:
    """Whether TensorFlow's padding SAME is the layer's: it pads the left less where the sum is odd."""
    size, kernel = layer.x.shape[1], layer.filters().shape[1]
    needed = (-(-size // layer.stride) - 1) * layer.stride + (kernel - 1) * layer.dilation + 1 - size
    return needed == 2 * layer.pad


def _pad(builder: _Builder, layer: Layer, x: int, parameters: Parameters | None) -> int:
    """A pad of its own before a convolution whose padding is not TensorFlow's."""
    amount, size = layer.pad, layer.x.shape[1] + 2 * layer.pad
    pads = np.array([[0, 0], [amount, amount], [amount, amount], [0, 0]], np.int32)
    padded = builder.activation((1, size, size, layer.x.shape[3]), parameters)
    builder.operator("pad", [x, builder.tensor(pads.shape, np.int32, data=pads)], padded, schema.PadOptionsT())
    return padded


def build(layer: Layer, *, is_integer: bool) -> bytes:
    """The model: with s8 input, output and weights, or float."""
    builder = _Builder()
    takes_integers = is_integer and layer.kind != "quantize"
    gives_integers = is_integer and layer.kind != "dequantize"
    source = builder.activation(layer.x.shape, layer.input if takes_integers else None)
    inputs = [source]
    if layer.weights is not None:
        if layer.is_convolution and not _is_same(layer):
            inputs = [_pad(builder, layer, source, layer.input if takes_integers else None)]
        inputs += _weights(builder, layer, is_integer)
    result = builder.activation(result_shape(layer), layer.output if gives_integers else None)
    builder.operator(layer.kind, inputs, result, _options(layer))
    return builder.finish(source, result)


def _weights(builder: _Builder, layer: Layer, is_integer: bool) -> list[int]:
    """Weights and bias. A product has its output channels first; a depthwise convolution last."""
    weights, axis = layer.weights, 0
    if not is_integer:
        weights = layer.float_weights() if layer.kind == "conv" else layer.weights * layer.weight_scales
    if layer.kind == "matmul":
        weights = weights.T
    elif layer.kind == "depthwise":
        weights, axis = weights[None], 3
    if not is_integer:
        weights, bias = weights.astype(np.float32), layer.float_bias()
        return [builder.tensor(v.shape, np.float32, data=v) for v in (weights, bias)]
    scales = [float(scale) for scale in layer.weight_scales.astype(np.float32)]
    sums = [layer.input.scale * scale for scale in scales]
    return [
        builder.tensor(weights.shape, np.int8, scales, axis=axis, data=weights),
        builder.tensor(layer.bias.shape, np.int32, sums, data=layer.bias),
    ]
