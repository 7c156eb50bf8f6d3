"""Kernels of one op each, in quantized form or float, with their data and what NumPy makes of it.

`python benchmarks/kernels.py [NAME...]` measures those whose name contains a NAME; `measure(kernel, folder)` of
`kernel_timing` is the way from Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from layers import Layer, Parameters

_INPUT_SCALE = float(np.float32(0.05))
# As after a ReLU: the least integer stands for zero. Lowbit doesn't care, the kernels of most runtimes do.
_INPUT_ZERO = -128
_OUTPUT_ZERO = -5


@dataclass(frozen=True)
class Kernel:
    """A program of one function `main` with one output.

    `operations` counts a multiplication and an addition as two; `bytes` is what has to be read, `moved` what has to be
    read and written, where memory is the limit, 0 elsewhere; `asked` is the share of the limit that is asked for.
    """

    name: str
    program: str
    inputs: list[np.ndarray]
    expected: Callable[[], np.ndarray]
    operations: int
    asked: float
    bytes: int = 0
    moved: int = 0
    is_float: bool = False
    # Whether products and sums of floats may be fused.
    fast_float: bool = False
    tolerance: float = 0.0
    # The same for other runtimes, and how many times as fast as their best 8-bit and float code ours has to be.
    layer: Layer | None = None
    asked_of_peer: float = 0.0
    asked_of_float: float = 0.0


def _random(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _dense(values: np.ndarray) -> str:
    """A constant's attribute: its bytes as hexadecimal digits."""
    return f'dense<"0x{np.ascontiguousarray(values).tobytes().hex().upper()}">'


def _shape(shape: tuple[int, ...], element: str) -> str:
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


def _type(scale: float, zero: int) -> str:
    return f"!quant.uniform<i8:f32, {scale!r}:{zero}>"


@dataclass(frozen=True)
class _Weights:
    """Weights, biases and scales of a contraction of `depth` products per element."""

    weights: np.ndarray
    bias: np.ndarray
    weight_scales: np.ndarray
    output_scale: float

    @staticmethod
    def make(shape: tuple[int, ...], channels: int, depth: int, seed: int) -> _Weights:
        random = _random(seed)
        weights = random.integers(-127, 128, shape, dtype=np.int8)
        bias = random.integers(-1000, 1000, channels, dtype=np.int32)
        scales = random.uniform(0.001, 0.002, channels).astype(np.float32).astype(np.float64)
        # A typical accumulator, about 147 * 74 * sqrt(depth), comes out near 50.
        output = float(np.float32(_INPUT_SCALE * 0.0015 * 147 * 74 * np.sqrt(depth) / 50))
        return _Weights(weights, bias, scales, output)

    def layer(self, kind: str, x: np.ndarray, **window: int) -> Layer:
        output = Parameters(self.output_scale, _OUTPUT_ZERO)
        return Layer(
            kind,
            x,
            Parameters(_INPUT_SCALE, _INPUT_ZERO),
            output,
            self.weights,
            self.weight_scales,
            self.bias,
            **window,
        )

    def requantize(self, accumulator: np.ndarray) -> np.ndarray:
        """Of sums whose last dimension is the channels, as docs/Arithmetic.md says."""
        multiplier = (_INPUT_SCALE * self.weight_scales / self.output_scale).astype(np.float32)
        scaled = (accumulator + self.bias).astype(np.int32).astype(np.float32) * multiplier
        return np.clip(np.rint(scaled) + _OUTPUT_ZERO, -128, 127).astype(np.int8)


def _sums(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Exact sums of products of small integers: doubles hold them."""
    return np.matmul(left.astype(np.float64), right.astype(np.float64))


def _quantized_program(op: str, x: np.ndarray, result: tuple[int, ...], parameters: _Weights, axis: int) -> str:
    """`op` has placeholders for the types of input, weights and result."""
    scales = ", ".join(repr(float(scale)) for scale in parameters.weight_scales)
    weights, channels = parameters.weights, len(parameters.bias)
    plain = _shape(weights.shape, "i8")
    types = f"{_shape(x.shape, '!x')}, {_shape(weights.shape, '!w')}, tensor<{channels}xi32> -> {_shape(result, '!y')}"
    return f"""\
!x = {_type(_INPUT_SCALE, _INPUT_ZERO)}
!w = !quant.uniform<i8<-127:127>:f32:{axis}, {{{scales}}}>
!y = {_type(parameters.output_scale, _OUTPUT_ZERO)}
module attributes {{lowbit.stage = "fuse"}} {{
  func.func @main(%x: {_shape(x.shape, "!x")}) -> {_shape(result, "!y")} {{
    %c = arith.constant {_dense(weights)} : {plain}
    %w = quant.scast %c : {plain} to {_shape(weights.shape, "!w")}
    %b = arith.constant {_dense(parameters.bias)} : tensor<{channels}xi32>
    %y = {op} : {types}
    return %y : {_shape(result, "!y")}
  }}
}}
"""


def matmul(m: int, n: int, k: int, asked: float, *, of_peer: float = 0.0, seed: int = 1) -> Kernel:
    """Rows of 8-bit activations by constant weights, bias and requantization fused."""
    x = _random(seed).integers(-128, 128, (m, k), dtype=np.int8)
    parameters = _Weights.make((k, n), n, k, seed + 1)
    program = _quantized_program("lowbit.matmul %x, %w bias %b", x, (m, n), parameters, axis=1)

    def expected() -> np.ndarray:
        return parameters.requantize(_sums(x.astype(np.int32) - _INPUT_ZERO, parameters.weights))

    name = f"matmul {m}x{n}x{k}"
    return Kernel(
        name,
        program,
        [x],
        expected,
        2 * m * n * k,
        asked,
        bytes=n * k if m == 1 else 0,
        layer=parameters.layer("matmul", x),
        asked_of_peer=of_peer,
    )


def _windows(x: np.ndarray, kernel: int, stride: int, pad: int, dilation: int, fill: int) -> np.ndarray:
    """[n, oh, ow, kh, kw, c] of a picture padded with `fill`."""
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), constant_values=fill)
    span = (kernel - 1) * dilation + 1
    view = np.lib.stride_tricks.sliding_window_view(padded, (span, span), axis=(1, 2))
    return view[:, ::stride, ::stride, :, ::dilation, ::dilation].transpose(0, 1, 2, 4, 5, 3)


def conv(
    size: int,
    channels: int,
    filters: int,
    asked: float,
    *,
    kernel: int = 3,
    stride: int = 1,
    dilation: int = 1,
    pad: int | None = None,
    of_peer: float = 0.0,
    seed: int = 1,
) -> Kernel:
    """A square convolution of one picture, padding and requantization included."""
    pad = dilation * (kernel - 1) // 2 if pad is None else pad
    x = _random(seed).integers(-128, 128, (1, size, size, channels), dtype=np.int8)
    depth = kernel * kernel * channels
    parameters = _Weights.make((filters, kernel, kernel, channels), filters, depth, seed + 1)
    out = (size + 2 * pad - (kernel - 1) * dilation - 1) // stride + 1
    op = (
        f"lowbit.conv_2d %x, %w bias %b strides [{stride}, {stride}] dilations [{dilation}, {dilation}]"
        f" pad [{pad}, {pad}, {pad}, {pad}]"
    )
    program = _quantized_program(op, x, (1, out, out, filters), parameters, axis=0)

    def expected() -> np.ndarray:
        windows = _windows(x.astype(np.int32), kernel, stride, pad, dilation, _INPUT_ZERO) - _INPUT_ZERO
        weights = parameters.weights.reshape(filters, depth)
        return parameters.requantize(_sums(windows.reshape(1, out, out, depth), weights.T))

    name = f"conv {kernel}x{kernel} {size}x{size} {channels}->{filters}"
    name += f" stride {stride}" if stride != 1 else ""
    name += f" dilation {dilation}" if dilation != 1 else ""
    layer = parameters.layer("conv", x, stride=stride, dilation=dilation, pad=pad)
    operations = 2 * out * out * filters * depth
    return Kernel(name, program, [x], expected, operations, asked, layer=layer, asked_of_peer=of_peer)


def depthwise(size: int, channels: int, *, of_peer: float, of_float: float, seed: int = 1) -> Kernel:
    """A 3x3 window over each channel by itself: no reduction that a dot instruction could do."""
    x = _random(seed).integers(-128, 128, (1, size, size, channels), dtype=np.int8)
    parameters = _Weights.make((3, 3, channels), channels, 9, seed + 1)
    op = "lowbit.depthwise_conv_2d %x, %w bias %b strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]"
    program = _quantized_program(op, x, x.shape, parameters, axis=2)

    def expected() -> np.ndarray:
        windows = _windows(x.astype(np.int32), 3, 1, 1, 1, _INPUT_ZERO) - _INPUT_ZERO
        return parameters.requantize((windows * parameters.weights).sum(axis=(3, 4)))

    return Kernel(
        f"depthwise 3x3 {size}x{size} {channels}",
        program,
        [x],
        expected,
        2 * 9 * x.size,
        0.0,
        layer=parameters.layer("depthwise", x, pad=1),
        asked_of_peer=of_peer,
        asked_of_float=of_float,
    )


def batch_matmul(batch: int, m: int, n: int, k: int, asked: float, *, seed: int = 1) -> Kernel:
    """Products of activations with activations: neither side is known at compile time."""
    random = _random(seed)
    a = random.integers(-128, 128, (batch, m, k), dtype=np.int8)
    b = random.integers(-128, 128, (batch, k, n), dtype=np.int8)
    output = float(np.float32(_INPUT_SCALE * _INPUT_SCALE * 74 * 74 * np.sqrt(k) / 50))
    program = f"""\
!x = {_type(_INPUT_SCALE, _INPUT_ZERO)}
!y = {_type(output, _OUTPUT_ZERO)}
module attributes {{lowbit.stage = "fuse"}} {{
  func.func @main(%a: {_shape(a.shape, "!x")}, %b: {_shape(b.shape, "!x")}) -> tensor<{batch}x{m}x{n}x!y> {{
    %y = lowbit.batch_matmul %a, %b : {_shape(a.shape, "!x")}, {_shape(b.shape, "!x")} -> tensor<{batch}x{m}x{n}x!y>
    return %y : tensor<{batch}x{m}x{n}x!y>
  }}
}}
"""

    def expected() -> np.ndarray:
        sums = _sums(a.astype(np.int32) - _INPUT_ZERO, b.astype(np.int32) - _INPUT_ZERO)
        multiplier = np.float32(_INPUT_SCALE * _INPUT_SCALE / output)
        scaled = sums.astype(np.int32).astype(np.float32) * multiplier
        return np.clip(np.rint(scaled) + _OUTPUT_ZERO, -128, 127).astype(np.int8)

    return Kernel(f"batch_matmul {batch}x{m}x{n}x{k}", program, [a, b], expected, 2 * batch * m * n * k, asked)


def fast_float(kernel: Kernel) -> Kernel:
    """The float kernel with fused multiply-adds."""
    return replace(kernel, name=f"fast {kernel.name}", fast_float=True)


def float_conv(size: int, channels: int, filters: int, asked: float, *, kernel: int = 3, seed: int = 1) -> Kernel:
    """The same in float: a convolution without padding of a picture that has its margin already."""
    random = _random(seed)
    margin = kernel - 1
    x = random.standard_normal((1, size + margin, size + margin, channels), dtype=np.float32)
    weights = random.standard_normal((filters, kernel, kernel, channels), dtype=np.float32)
    x_type, w_type = _shape(x.shape, "f32"), _shape(weights.shape, "f32")
    y_type = _shape((1, size, size, filters), "f32")
    program = f"""\
func.func @main(%x: {x_type}) -> {y_type} {{
  %w = arith.constant {_dense(weights)} : {w_type}
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : {y_type}
  %init = linalg.fill ins(%zero : f32) outs(%empty : {y_type}) -> {y_type}
  %y = linalg.conv_2d_nhwc_fhwc {{strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}}
    ins(%x, %w : {x_type}, {w_type}) outs(%init : {y_type}) -> {y_type}
  return %y : {y_type}
}}
"""
    depth = kernel * kernel * channels

    def expected() -> np.ndarray:
        windows = _windows(x, kernel, 1, 0, 1, 0).reshape(1, size, size, depth)
        return _sums(windows, weights.reshape(filters, depth).T).astype(np.float32)

    name = f"float conv {kernel}x{kernel} {size}x{size} {channels}->{filters}"
    operations = 2 * size * size * filters * depth
    # Sums of `depth` products of normal numbers, rounded at every step.
    return Kernel(name, program, [x], expected, operations, asked, is_float=True, tolerance=1e-6 * depth)


def float_matmul(m: int, n: int, k: int, asked: float = 0.0, *, seed: int = 1) -> Kernel:
    """A product in float."""
    random = _random(seed)
    x = random.standard_normal((m, k), dtype=np.float32)
    weights = random.standard_normal((k, n), dtype=np.float32)
    x_type, w_type, y_type = _shape(x.shape, "f32"), _shape(weights.shape, "f32"), _shape((m, n), "f32")
    program = f"""\
func.func @main(%x: {x_type}) -> {y_type} {{
  %w = arith.constant {_dense(weights)} : {w_type}
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : {y_type}
  %init = linalg.fill ins(%zero : f32) outs(%empty : {y_type}) -> {y_type}
  %y = linalg.matmul ins(%x, %w : {x_type}, {w_type}) outs(%init : {y_type}) -> {y_type}
  return %y : {y_type}
}}
"""

    def expected() -> np.ndarray:
        return _sums(x, weights).astype(np.float32)

    name = f"float matmul {m}x{n}x{k}"
    return Kernel(name, program, [x], expected, 2 * m * n * k, asked, is_float=True, tolerance=1e-6 * k)


def kernels() -> list[Kernel]:
    """Every contraction that is measured, in the order of the table."""
    return [
        matmul(512, 512, 512, 0.95, of_peer=1.0),
        matmul(128, 128, 128, 0.90, of_peer=1.0),
        matmul(1024, 1024, 1024, 0.90, of_peer=1.0),
        matmul(3136, 64, 256, 0.90, of_peer=1.0),
        matmul(196, 1024, 256, 0.90, of_peer=1.0),
        matmul(1, 4096, 4096, 0.90),
        conv(56, 64, 64, 0.90, of_peer=1.0),
        conv(28, 128, 128, 0.90, of_peer=1.0),
        conv(14, 256, 256, 0.90, of_peer=1.0),
        conv(7, 512, 512, 0.90, of_peer=1.0),
        conv(224, 3, 64, 0.75, kernel=7, stride=2, of_peer=1.2),
        conv(56, 64, 256, 0.90, kernel=1),
        conv(14, 256, 1024, 0.90, kernel=1),
        depthwise(112, 32, of_peer=2.0, of_float=1.0),
        depthwise(56, 144, of_peer=2.0, of_float=1.0),
        depthwise(14, 512, of_peer=2.0, of_float=1.0),
        # Sizes that no tile divides, and other windows.
        matmul(37, 83, 131, 0.5),
        conv(28, 128, 128, 0.80, stride=2),
        conv(28, 64, 64, 0.80, dilation=2),
        batch_matmul(12, 64, 64, 64, 0.5),
        float_conv(56, 64, 64, 0.80),
        float_conv(14, 256, 1024, 0.80, kernel=1),
        float_matmul(512, 512, 512, 0.80),
        fast_float(float_conv(56, 64, 64, 0.80)),
        fast_float(float_conv(14, 256, 1024, 0.80, kernel=1)),
        fast_float(float_matmul(512, 512, 512, 0.80)),
    ]


if __name__ == "__main__":
    import sys

    from kernel_timing import main

    sys.exit(main(sys.argv[1:]))
