"""Small random graphs of quantized ops, of a random shape, with random parameters and values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from choices import Choices
from dynamic import contract_rows, special_floats
from floats import add_float_ops
from programs import Program, Quantization, nest, tensor_type
from weight_only import contract_floats

I8, U8, I16 = "i8", "u8", "i16"

# So many products of 16 bits by the difference of two bytes, and a bias, fit 32 bits.
MOST_WIDE_TERMS = 250


@dataclass(frozen=True)
class Value:
    """A quantized tensor of a program."""

    name: str
    shape: tuple[int, ...]
    type: Quantization


class Graph:
    """Adds ops to a program, each on what the op before it gave."""

    def __init__(self, program: Program, choices: Choices) -> None:
        self.program = program
        self.choices = choices
        self.random = np.random.default_rng(choices.integer(0, 2**31 - 1))

    # Values and types

    def activation_type(self) -> Quantization:
        if self.choices.flag(5):
            return Quantization(I16, np.float32([2.0 ** -self.choices.integer(4, 14)]), np.int64([0]))
        return self.byte_type()

    def byte_type(self) -> Quantization:
        storage = self.choices.one_of((I8, I8, U8))
        low, high = (-128, 127) if storage == I8 else (0, 255)
        zero_point = self.choices.one_of((0, low, high, low + self.choices.integer(0, 255)))
        scale = 2.0 ** -self.choices.integer(0, 8) * (1.0 + self.choices.integer(0, 99) / 100)
        return Quantization(storage, np.float32([scale]), np.int64([max(low, min(high, zero_point))]))

    def values(self, shape: tuple[int, ...], dtype: np.dtype, low: int, high: int) -> np.ndarray:
        """Uniform; or all at one end, at both, or nearly all 0: where sums overflow and pairs saturate."""
        kind = self.choices.integer(0, 5)
        ends = {1: [low], 2: [high], 3: [low, high], 4: [0] * 7 + [low]}
        if kind in ends:
            return self.random.choice(np.array(ends[kind]), shape).astype(dtype)
        return self.random.integers(low, high + 1, shape).astype(dtype)

    def input(self, shape: tuple[int, ...], type: Quantization | None = None) -> Value:
        type = type or self.activation_type()
        info = np.iinfo(type.dtype)
        return Value(self.program.quantized(self.values(shape, type.dtype, info.min, info.max), type), shape, type)

    def quantized_input(self, shape: tuple[int, ...]) -> Value:
        """A float argument, special values among its elements, through `lowbit.quantize`."""
        type = self.activation_type()
        x = self.random.normal(0, 60, shape).astype(np.float32) * type.scales[0]
        special = np.float32([np.nan, np.inf, -np.inf, -0.0, 0.5, 1e-42, 3e38])
        where = self.random.random(shape) < 0.05
        x[where] = self.random.choice(special, int(where.sum()))
        return Value(self.program.quantize(self.program.floats(x), shape, type), shape, type)

    def constant(self, array: np.ndarray, element: str) -> str:
        type = tensor_type(array.shape, element)
        listed = nest([str(value) for value in array.flat], array.shape).replace("{", "[").replace("}", "]")
        return self.program.op(f"arith.constant dense<{listed}> : {type}", type)

    def weight_type(self, shape: tuple[int, ...], axis: int) -> Quantization:
        """With a scale for each index of `axis` or one for all."""
        bits = self.choices.one_of((8, 8, 8, 4, 2))
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        low += 0 if self.choices.flag(4) else 1
        count = shape[axis] if self.choices.flag() else 1
        scales = np.float32(self.random.uniform(0.001, 0.05, count))
        # The differences of narrow weights fit a byte, those of bytes not always.
        zero_points = self.random.integers(low, high + 1, count) if self.choices.flag(3) else np.int64([0])
        return Quantization(f"i{bits}", scales, zero_points, axis if count > 1 else None, bounds=(low, high))

    def group_type(self, shape: tuple[int, ...], axis: int, group_axis: int) -> Quantization:
        """With a scale for each group along `group_axis`, a multiple of that of its index of `axis`."""
        bits = self.choices.one_of((4, 2))
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        group = self.choices.one_of([size for size in (1, 2, 4, 8, 16, 32, 64) if shape[group_axis] % size == 0][::-1])
        counts = list(shape)
        counts[group_axis] //= group
        zero_points = (
            self.random.integers(low, high + 1, counts) if self.choices.flag(3) else np.zeros(counts, np.int64)
        )
        most = 127 // np.maximum(high - zero_points, zero_points - low)
        multipliers = self.random.integers(1, most + 1)
        # A significand of at most 16 bits, so that its multiples are exact.
        channels = self.random.integers(1, 2**16, shape[axis]) * np.float32(2.0**-22)
        scales = np.float32(multipliers * channels.reshape([-1 if dim == axis else 1 for dim in range(len(shape))]))
        return Quantization(f"i{bits}", scales, zero_points, group_axis, group)

    def weights(self, shape: tuple[int, ...], axis: int, group_axis: int | None = None) -> Value:
        """A quantized constant, output channels along `axis`, now and then in groups along `group_axis`."""
        if group_axis is not None and self.choices.flag(3):
            type = self.group_type(shape, axis, group_axis)
        else:
            type = self.weight_type(shape, axis)
        low, high = type.bounds or (-(2 ** (type.bits - 1)), 2 ** (type.bits - 1) - 1)
        if type.bits == 8 and self.choices.flag(3):
            low, high = low // 5, high // 5  # as small as trained ones: products are added in 16 bits
        values = self.values(shape, np.dtype(np.int8), low, high)
        if type.bits == 4 and self.choices.flag(3):
            values = self.random.choice(np.int8([-3, -1, 1, 3]), shape)  # half steps
        constant = self.constant(values, type.storage)
        result = tensor_type(shape, type.element())
        name = self.program.op(f"quant.scast {constant} : {self.program.types[constant]} to {result}", result)
        return Value(name, shape, type)

    def weights_of_batch(self, shape: tuple[int, ...]) -> Value:
        """A quantized constant of one scale, other integers for each index of the first dimension."""
        type = Quantization(I8, np.float32([0.01]), np.int64([self.choices.one_of((0, 0, -7))]))
        most = self.choices.one_of((20, 127))
        constant = self.constant(self.values(shape, np.dtype(np.int8), -most, most), type.storage)
        result = tensor_type(shape, type.element())
        name = self.program.op(f"quant.scast {constant} : {self.program.types[constant]} to {result}", result)
        return Value(name, shape, type)

    def output_type(self, input_scale: float, terms: int) -> Quantization:
        """A type whose range the results of `terms` products about fill."""
        type = self.activation_type()
        steps = 2.0 ** self.choices.integer(0, 4) * (2.0**7 if type.storage == I16 else 1.0)
        scale = np.float32(input_scale * 60 * max(1.0, terms**0.5) / steps)
        return Quantization(type.storage, np.array([scale]), type.zero_points)

    def clamp(self, type: Quantization) -> str:
        if not self.choices.flag(3):
            return ""
        info = np.iinfo(type.dtype)
        low, high = sorted(int(value) for value in self.random.integers(info.min, info.max + 1, 2))
        return f" clamp [{low}, {high}]"

    def apply(self, text: str, operands: list[str], shape: tuple[int, ...], type: Quantization) -> Value:
        """Adds an op of the dialect; `text` is what is written before the types."""
        result = tensor_type(shape, type.element())
        types = ", ".join(self.program.types[operand] for operand in operands)
        return Value(self.program.op(f"{text} : {types} -> {result}", result), shape, type)

    # Ops on images, NHWC

    def contract(self, name: str, value: Value, weights: Value, shape: tuple[int, ...], terms: int, text: str) -> Value:
        """A contraction with a bias, a clamp and a mode, each now and then."""
        if value.type.storage == I16 and terms > MOST_WIDE_TERMS:
            value = self.apply(f"lowbit.requantize {value.name}", [value.name], value.shape, self.byte_type())
        operands = [value.name, weights.name]
        bias = ""
        if self.choices.flag():
            constant = self.constant(self.random.integers(-5000, 5000, shape[-1]), "i32")
            operands.append(constant)
            bias = f" bias {constant}"
        type = self.output_type(float(value.type.scales[0] * weights.type.scales.max()), terms)
        mode = " mode fixed" if self.choices.flag(4) else ""
        words = f"{name} {value.name}, {weights.name}{bias}{text}{self.clamp(type)}{mode}"
        return self.apply(words, operands, shape, type)

    def window(self, value: Value, most: int = 3) -> tuple[list[int], tuple[int, int], str, str]:
        return self.window_of(value.shape, most)

    def window_of(self, shape: tuple[int, ...], most: int = 3) -> tuple[list[int], tuple[int, int], str, str]:
        """Kernel, spatial result, and the words for strides and dilations and for padding, of a window that fits."""
        kernel = [self.choices.integer(1, most), self.choices.integer(1, most)]
        strides = [self.choices.integer(1, 3), self.choices.integer(1, 3)]
        dilations = [self.choices.integer(1, 2), self.choices.integer(1, 2)]
        pad, sizes = [], []
        for dim in (0, 1):
            reach = (kernel[dim] - 1) * dilations[dim] + 1
            before, after = self.choices.integer(0, kernel[dim] - 1), self.choices.integer(0, kernel[dim] - 1)
            lacking = max(0, reach - shape[dim + 1] - before - after)
            if lacking:
                dilations[dim] = 1
                kernel[dim] = min(kernel[dim], shape[dim + 1])
                reach, before, after = kernel[dim], min(before, kernel[dim] - 1), min(after, kernel[dim] - 1)
            pad += [before, after]
            sizes.append((shape[dim + 1] + before + after - reach) // strides[dim] + 1)
        words = f" strides {strides} dilations {dilations}"
        return kernel, (sizes[0], sizes[1]), words, f" pad {pad}"

    def conv_2d(self, value: Value) -> Value:
        # A first layer has few channels and a large window; a last one many channels.
        kernel, sizes, words, pad = self.window(value, most=7 if value.shape[3] <= 4 else 3)
        channels = self.choices.integer(1, 150 if self.choices.flag(4) else 40)
        weights = self.weights((channels, *kernel, value.shape[3]), 0, group_axis=3)
        terms = kernel[0] * kernel[1] * value.shape[3]
        return self.contract("lowbit.conv_2d", value, weights, (value.shape[0], *sizes, channels), terms, words + pad)

    def depthwise_conv_2d(self, value: Value) -> Value:
        kernel, sizes, words, pad = self.window(value)
        weights = self.weights((*kernel, value.shape[3]), 2)
        shape = (value.shape[0], *sizes, value.shape[3])
        return self.contract("lowbit.depthwise_conv_2d", value, weights, shape, kernel[0] * kernel[1], words + pad)

    def max_pool_2d(self, value: Value) -> Value:
        kernel, sizes, words, pad = self.window(value)
        text = f"lowbit.max_pool_2d {value.name} kernel {kernel}{words}{pad}"
        return self.apply(text, [value.name], (value.shape[0], *sizes, value.shape[3]), value.type)

    def avg_pool_2d(self, value: Value) -> Value:
        kernel = [self.choices.integer(1, min(3, value.shape[1])), self.choices.integer(1, min(3, value.shape[2]))]
        strides = [self.choices.integer(1, 2), self.choices.integer(1, 2)]
        sizes = [(value.shape[dim + 1] - kernel[dim]) // strides[dim] + 1 for dim in (0, 1)]
        text = f"lowbit.avg_pool_2d {value.name} kernel {kernel} strides {strides} pad [0, 0, 0, 0]"
        shape = (value.shape[0], sizes[0], sizes[1], value.shape[3])
        return self.apply(text, [value.name], shape, self.output_type(float(value.type.scales[0]) / 60, 1))

    # Ops on matrices

    def matmul(self, value: Value) -> Value:
        columns = self.choices.integer(1, 70)
        shape = (value.shape[1], columns)
        if self.choices.flag(4):
            other = self.input(shape, self.byte_type())
            type = self.output_type(float(value.type.scales[0] * other.type.scales[0]) / 4, shape[0])
            text = f"lowbit.matmul {value.name}, {other.name}{self.clamp(type)}"
            return self.apply(text, [value.name, other.name], (value.shape[0], columns), type)
        weights = self.weights(shape, 1, group_axis=0)
        return self.contract("lowbit.matmul", value, weights, (value.shape[0], columns), shape[0], "")

    def batch_matmul(self, value: Value) -> Value:
        columns = self.choices.integer(1, 40)
        shape = (value.shape[0], value.shape[2], columns)
        other = self.weights_of_batch(shape) if self.choices.flag(3) else self.input(shape, self.byte_type())
        type = self.output_type(float(value.type.scales[0] * other.type.scales[0]) / 4, value.shape[2])
        text = f"lowbit.batch_matmul {value.name}, {other.name}{self.clamp(type)}"
        return self.apply(text, [value.name, other.name], (*value.shape[:2], columns), type)

    # Ops on any shape

    def binary(self, value: Value) -> Value:
        name = self.choices.one_of(("add", "sub", "mul"))
        other = self.input(value.shape)
        scales = float(value.type.scales[0]), float(other.type.scales[0])
        type = self.output_type((scales[0] * scales[1] if name == "mul" else max(scales) / 60), 1)
        text = f"lowbit.{name} {value.name}, {other.name}{self.clamp(type)}"
        return self.apply(text, [value.name, other.name], value.shape, type)

    def bounded(self, value: Value) -> Value:
        info = np.iinfo(value.type.dtype)
        low, high = sorted(int(bound) for bound in self.random.integers(info.min, info.max + 1, 2))
        type = self.program.types[value.name]
        return Value(
            self.program.op(f"lowbit.clamp {value.name} min {low} max {high} : {type}", type), value.shape, value.type
        )

    def lookup(self, value: Value) -> Value:
        if value.type.storage == I16:
            return self.bounded(value)
        type = self.byte_type()
        table = ", ".join(str(entry) for entry in self.random.integers(-128, 128, 256))
        text = f"lowbit.lookup {value.name}, dense<[{table}]> : tensor<256xi8>"
        return self.apply(text, [value.name], value.shape, type)

    def requantize(self, value: Value) -> Value:
        mode = " mode fixed" if self.choices.flag(3) else ""
        type = self.output_type(float(value.type.scales[0]) / 60, 1)
        return self.apply(f"lowbit.requantize {value.name}{mode}", [value.name], value.shape, type)

    def reduce_mean(self, value: Value) -> Value:
        dims = [dim for dim in range(len(value.shape)) if self.choices.flag()] or [len(value.shape) - 1]
        shape = tuple(size for dim, size in enumerate(value.shape) if dim not in dims)
        type = self.output_type(float(value.type.scales[0]) / 60, 1)
        return self.apply(f"lowbit.reduce_mean {value.name} dims {dims}", [value.name], shape, type)

    def concat(self, value: Value) -> Value:
        dim = self.choices.integer(0, len(value.shape) - 1)
        shape = list(value.shape)
        shape[dim] = self.choices.integer(1, 9)
        other = self.input(tuple(shape), value.type)
        shape[dim] += value.shape[dim]
        operands = [value.name, other.name] if self.choices.flag() else [other.name, value.name]
        result, types = tensor_type(tuple(shape), value.type.element()), self.program.types
        text = f"tensor.concat dim({dim}) {operands[0]}, {operands[1]} : ({types[operands[0]]}, {types[operands[1]]})"
        return Value(self.program.op(f"{text} -> {result}", result), tuple(shape), value.type)

    def transpose(self, value: Value) -> Value:
        order = [int(dim) for dim in self.random.permutation(len(value.shape))]
        shape = tuple(value.shape[dim] for dim in order)
        name = self.program.transpose(value.name, value.shape, order, value.type.element())
        return Value(name, shape, value.type)

    def large_transpose(self) -> None:
        """A tensor of its own, of integers or floats, with dimensions around the sizes of tiles."""
        # Of rows 512 bytes apart the caches hold few.
        sizes, shape = (1, 2, 3, 5, 8, 16, 17, 35, 64, 70, 130, 330, 512), [1]
        while len(shape) < 3 and np.prod(shape) < 2000:
            shape.append(self.choices.one_of(sizes))
        shape = shape[1:] if self.choices.flag() else [*shape[1:], self.choices.one_of(sizes[:6])]
        if self.choices.flag():
            value = self.transpose(self.input(tuple(shape)))
            self.program.output_quantized(value.name, value.shape, value.type)
            return
        order = [int(dim) for dim in self.random.permutation(len(shape))]
        name = self.program.floats(special_floats(self, tuple(shape)))
        name = self.program.transpose(name, tuple(shape), order, "f32")
        self.program.output(name, tuple(shape[dim] for dim in order), "f32", np.dtype(np.float32))

    def broadcast(self, value: Value) -> Value:
        dimension = self.choices.integer(0, len(value.shape))
        shape = list(value.shape)
        shape.insert(dimension, self.choices.integer(1, 9))
        name = self.program.broadcast(value.name, tuple(shape), dimension, value.type.element())
        return Value(name, tuple(shape), value.type)

    def cut(self, value: Value) -> Value:
        """A slice."""
        sizes = [self.choices.integer(1, size) for size in value.shape]
        offsets = [self.choices.integer(0, whole - size) for whole, size in zip(value.shape, sizes, strict=True)]
        result = tensor_type(tuple(sizes), value.type.element())
        text = f"tensor.extract_slice {value.name}{offsets} {sizes} {[1] * len(sizes)}"
        name = self.program.op(f"{text} : {self.program.types[value.name]} to {result}", result)
        return Value(name, tuple(sizes), value.type)

    def through_floats(self, value: Value) -> Value:
        """Float ops between a dequantize and a quantize."""
        floats = tensor_type(value.shape, "f32")
        source = self.program.types[value.name]
        name = self.program.op(f"lowbit.dequantize {value.name} : {source} -> {floats}", floats)
        name, shape = add_float_ops(self.program, self.choices, self.random, name, value.shape)
        # Eight bits would hide what differs in the last place.
        if self.choices.flag():
            self.program.output(name, shape, "f32", np.dtype(np.float32))
        type = self.output_type(1.0 / 60, 1)
        return Value(self.program.quantize(name, shape, type), shape, type)

    def as_floats(self, value: Value) -> str:
        """The dequantized tensor, or an argument of its shape."""
        floats = tensor_type(value.shape, "f32")
        if self.choices.flag():
            return self.program.floats(special_floats(self, value.shape))
        source = self.program.types[value.name]
        return self.program.op(f"lowbit.dequantize {value.name} : {source} -> {floats}", floats)

    def weight_only(self, value: Value) -> Value:
        """A contraction of floats with weights that are integers."""
        name, shape = contract_floats(self, self.as_floats(value), value.shape)
        if self.choices.flag():
            name, shape = add_float_ops(self.program, self.choices, self.random, name, shape)
        self.program.output(name, shape, "f32", np.dtype(np.float32))
        type = self.output_type(1.0 / 60, 1)
        return Value(self.program.quantize(name, shape, type), shape, type)

    def dynamic(self, value: Value) -> Value:
        """A contraction in scales found at run time."""
        name, shape = contract_rows(self, self.as_floats(value), value.shape)
        if self.choices.flag():
            name, shape = add_float_ops(self.program, self.choices, self.random, name, shape)
        self.program.output(name, shape, "f32", np.dtype(np.float32))
        type = self.output_type(1.0 / 60, 1)
        return Value(self.program.quantize(name, shape, type), shape, type)


ANY: tuple[Callable[[Graph, Value], Value], ...] = (
    Graph.binary,
    Graph.bounded,
    Graph.lookup,
    Graph.requantize,
    Graph.reduce_mean,
    Graph.concat,
    Graph.transpose,
    Graph.broadcast,
    Graph.cut,
    Graph.through_floats,
    Graph.dynamic,
)
OF_RANK = {
    2: (Graph.matmul, Graph.matmul, Graph.matmul, Graph.weight_only),
    3: (Graph.batch_matmul, Graph.batch_matmul),
    4: (
        Graph.conv_2d,
        Graph.conv_2d,
        Graph.conv_2d,
        Graph.depthwise_conv_2d,
        Graph.max_pool_2d,
        Graph.avg_pool_2d,
        Graph.weight_only,
    ),
}


FLOAT = (Graph.through_floats, Graph.dynamic, Graph.weight_only)


def add_integer_graph(program: Program, choices: Choices) -> None:
    """A graph without float ops."""
    add_graph(program, choices, excluded=FLOAT)


def add_graph(program: Program, choices: Choices, excluded: tuple[Callable[[Graph, Value], Value], ...] = ()) -> None:
    """Adds a chain of one to four ops, with inputs and outputs of its own."""
    graph = Graph(program, choices)
    rank = choices.one_of((2, 3, 4, 4))
    # The images: small with channels, as large as a few tiles of rows, and what a first layer reads.
    images = choices.one_of(((2, 9, 9, 40), (1, 4, 50, 40), (1, 20, 20, 4)))
    largest = {2: (40, 80), 3: (4, 12, 40), 4: images}[rank]
    shape = tuple(choices.integer(1, size) for size in largest)
    # Groups of weights are as long as a power of two; channels fill vectors of bytes, alone or with those of others.
    if rank != 3 and choices.flag(3):
        shape = (*shape[:-1], choices.one_of((16, 32, 48, 64)))
    if choices.flag(6):
        graph.large_transpose()
    value = graph.quantized_input(shape) if choices.flag(4) else graph.input(shape)
    for _ in range(choices.integer(1, 4)):
        options = [op for op in OF_RANK.get(len(value.shape), ()) + ANY if op not in excluded]
        if not value.shape:
            break
        value = choices.one_of(options)(graph, value)
        # An op with a second user is not fused into the first.
        if choices.flag(6):
            program.output_quantized(value.name, value.shape, value.type)
    program.output_quantized(value.name, value.shape, value.type)
