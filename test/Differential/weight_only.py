"""Contractions of floats with weights that are dequantized from constant integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from programs import Quantization, tensor_type

if TYPE_CHECKING:
    from grammar import Graph


def weight_type(graph: Graph, shape: tuple[int, ...], channel_axis: int, group_axis: int) -> Quantization:
    """Integers of 8, 4 or 2 bits with one scale, one for each output channel, or one for each group of a row."""
    bits = graph.choices.one_of((8, 4, 4, 2))
    storage = f"{'u' if bits == 8 and graph.choices.flag(4) else 'i'}{bits}"
    granularity = graph.choices.one_of(("tensor", "axis", "group"))
    axis, block, count = None, None, (1,)
    if granularity == "axis":
        axis, count = channel_axis, (shape[channel_axis],)
    elif granularity == "group":
        size = shape[group_axis]
        axis, block = group_axis, graph.choices.one_of([part for part in range(1, size + 1) if size % part == 0])
        count = tuple(length // block if dim == axis else length for dim, length in enumerate(shape))
    scales = graph.random.uniform(0.001, 0.05, count).astype(np.float32)
    low, high = (0, 2**bits - 1) if storage[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    zero_points = graph.random.integers(low, high + 1, count) if graph.choices.flag(3) else np.zeros(count, np.int64)
    return Quantization(storage, scales, zero_points, axis, block)


def dequantized_weights(graph: Graph, shape: tuple[int, ...], channel_axis: int, group_axis: int) -> str:
    type = weight_type(graph, shape, channel_axis, group_axis)
    low, high = (0, 2**type.bits - 1) if not type.is_signed else (-(2 ** (type.bits - 1)), 2 ** (type.bits - 1) - 1)
    values = graph.values(shape, type.dtype, low, high)
    # A constant of integers without sign: those of 8 bits are spelled as signed ones.
    constant = graph.constant(values.view(np.int8), f"i{type.bits}")
    quantized, floats = tensor_type(shape, type.element()), tensor_type(shape, "f32")
    cast = graph.program.op(f"quant.scast {constant} : {graph.program.types[constant]} to {quantized}", quantized)
    return graph.program.op(f"lowbit.dequantize {cast} : {quantized} -> {floats}", floats)


def initial(graph: Graph, shape: tuple[int, ...]) -> str:
    """What is added to: zeros, a constant bias, or an argument."""
    type = tensor_type(shape, "f32")
    kind = graph.choices.one_of(("zero", "bias", "argument"))
    if kind == "argument":
        return graph.program.floats(graph.random.normal(0, 1, shape))
    empty = graph.program.op(f"tensor.empty() : {type}", type)
    if kind == "zero":
        zero = graph.program.op("arith.constant 0.0 : f32", "f32")
        return graph.program.op(f"linalg.fill ins({zero} : f32) outs({empty} : {type}) -> {type}", type)
    bias = graph.constant(graph.random.normal(0, 1, shape[-1:]).astype(np.float32), "f32")
    operands = f"ins({bias} : {graph.program.types[bias]}) outs({empty} : {type})"
    return graph.program.op(f"linalg.broadcast {operands} dimensions = {list(range(len(shape) - 1))}", type)


def contract_floats(graph: Graph, floats: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """`floats`, a matrix or a picture, times weights."""
    program = graph.program
    if len(shape) == 2:
        columns = graph.choices.integer(1, 70)
        weights, result = dequantized_weights(graph, (shape[1], columns), 1, 0), (shape[0], columns)
        op = "linalg.matmul"
    else:
        kernel = [graph.choices.integer(1, min(3, size)) for size in shape[1:3]]
        strides = [graph.choices.integer(1, 2) for _ in kernel]
        sizes = [(size - k) // s + 1 for size, k, s in zip(shape[1:3], kernel, strides, strict=True)]
        words = f"strides = dense<{strides}> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>"
        if graph.choices.flag(4):
            op, channels = "linalg.depthwise_conv_2d_nhwc_hwc", shape[3]
            weights = dequantized_weights(graph, (*kernel, channels), 2, 2)
        else:
            op, channels = "linalg.conv_2d_nhwc_fhwc", graph.choices.integer(1, 40)
            weights = dequantized_weights(graph, (channels, *kernel, shape[3]), 0, 3)
        op, result = f"{op} {{{words}}}", (shape[0], *sizes, channels)
    init, type = initial(graph, result), tensor_type(result, "f32")
    operands = f"ins({floats}, {weights} : {program.types[floats]}, {program.types[weights]})"
    return program.op(f"{op} {operands} outs({init} : {type}) -> {type}", type), result
