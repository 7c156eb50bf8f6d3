"""Contractions whose activations get their scales at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from programs import Quantization, tensor_type

if TYPE_CHECKING:
    from grammar import Graph

# Bits of steps and their bounds; those of less than 8 bits reach one further below zero.
STEPS = ((8, (-127, 127)), (8, (-127, 127)), (4, (-8, 7)), (2, (-2, 1)))


def special_floats(graph: Graph, shape: tuple[int, ...]) -> np.ndarray:
    """Rows of very different sizes, with special values among them; some of zeros, of subnormals or without a finite
    element."""
    x = graph.random.normal(0, 1, shape).astype(np.float32)
    rows = x.reshape(-1, shape[-1])
    for row in rows:
        row *= np.float32(graph.random.choice(np.float32([1, 1e3, 1e-5, 1e30, 1e-41, 0])))
        if graph.random.random() < 0.1:
            row[...] = graph.random.choice(np.float32([np.nan, np.inf, -np.inf]))
    special = np.float32([np.nan, np.inf, -np.inf, -0.0, 1e-42, 3e38])
    where = graph.random.random(shape) < 0.03
    x[where] = graph.random.choice(special, int(where.sum()))
    return x


def quantize_rows(graph: Graph, floats: str, shape: tuple[int, ...], rank: int) -> tuple[str, str]:
    """The steps of `floats`, and a scale for each index of the first `rank` dimensions."""
    bits, bounds = graph.choices.one_of(STEPS)
    steps = Quantization(f"i{bits}", np.float32([1]), np.int64([0]), bounds=bounds)
    types = graph.program.types
    name = f"%{len(graph.program.lines)}"
    quantized, scale = f"{name}#0", f"{name}#1"
    types[quantized], types[scale] = tensor_type(shape, steps.element()), tensor_type(shape[:rank], "f32")
    graph.program.lines.append(
        f"{name}:2 = lowbit.dynamic_quantize {floats} : {types[floats]} -> {types[quantized]}, {types[scale]}"
    )
    return quantized, scale


def dequantize_rows(graph: Graph, sums: str, scale: str, shape: tuple[int, ...], has_bias: bool) -> str:
    operands, words = [sums, scale], ""
    if has_bias:
        operands.append(graph.program.floats(graph.random.normal(0, 2, shape[-1])))
        words = f" bias {operands[-1]}"
    result = tensor_type(shape, "f32")
    types = ", ".join(graph.program.types[operand] for operand in operands)
    return graph.program.op(f"lowbit.dynamic_dequantize {sums}, {scale}{words} : {types} -> {result}", result)


def channel_scales(type: Quantization, channel_axis: int) -> np.ndarray:
    """The scales of sums of products with weights of `type`: of groups the common divisors of each channel's scales,
    which are multiples of 2^-22."""
    if type.block_size is None:
        return type.scales
    others = tuple(dim for dim in range(type.scales.ndim) if dim != channel_axis)
    multiples = (type.scales.astype(np.float64) * 2.0**22).astype(np.int64)
    return np.float32(np.gcd.reduce(multiples, axis=others) * 2.0**-22)


def contract_rows(graph: Graph, floats: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """`floats` in steps, times weights, and the exact sums as floats again; or only the way there and back."""
    rows = {2: 1, 3: 2, 4: 1}.get(len(shape), 0)
    quantized, scale = quantize_rows(graph, floats, shape, graph.choices.integer(0, rows))
    axis = len(shape) - 1
    if len(shape) == 2:
        columns = graph.choices.integer(1, 70)
        weights, result, words = graph.weights((shape[1], columns), 1, 0), (shape[0], columns), ""
        op, channel_axis = "lowbit.matmul", 1
    elif len(shape) == 4:
        kernel, sizes, windows, pad = graph.window_of(shape)
        words = windows + pad
        if graph.choices.flag(3):
            op, weights, channels = "lowbit.depthwise_conv_2d", graph.weights((*kernel, shape[3]), 2), shape[3]
            channel_axis = 2
        else:
            channels = graph.choices.integer(1, 40)
            op, weights = "lowbit.conv_2d", graph.weights((channels, *kernel, shape[3]), 0, 3)
            channel_axis = 0
        result = (shape[0], *sizes, channels)
    else:
        return dequantize_rows(graph, quantized, scale, shape, has_bias=graph.choices.flag()), shape
    scales = channel_scales(weights.type, channel_axis)
    type = Quantization("i32", scales, np.int64([0]), axis if weights.type.axis is not None else None)
    sums = graph.apply(f"{op} {quantized}, {weights.name}{words}", [quantized, weights.name], result, type)
    return dequantize_rows(graph, sums.name, scale, result, has_bias=graph.choices.flag()), result
