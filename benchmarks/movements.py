"""Kernels between contractions: they compute little and move much, so memory is their limit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from kernels import Kernel
from layers import Parameters

_FIRST = Parameters(float(np.float32(0.05)), 3)
_SECOND = Parameters(float(np.float32(0.0371)), -5)
_RESULT = Parameters(float(np.float32(0.0613)), 7)
# The speed of a copy of as many bytes is asked for: within the noise, which is some percent.
_ASKED = 0.95


def _type(shape: tuple[int, ...], parameters: Parameters) -> str:
    dims = "x".join(map(str, shape))
    return f"tensor<{dims}x!quant.uniform<i8:f32, {parameters.scale!r}:{parameters.zero}>>"


def _random(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).integers(-128, 128, shape, dtype=np.int8)


def _kernel(name: str, inputs: list[np.ndarray], body: str, result: str, expected: Callable[[], np.ndarray]) -> Kernel:
    """`body` defines `%y` of `%x0`, `%x1`, ..., whose types the text `result` gives last."""
    *types, output = result.split(" -> ")
    arguments = ", ".join(f"%x{number}: {text}" for number, text in enumerate(types))
    program = f"""\
module attributes {{lowbit.stage = "fuse"}} {{
  func.func @main({arguments}) -> {output} {{
    {body}
    return %y : {output}
  }}
}}
"""
    moved = sum(x.nbytes for x in inputs) + expected().nbytes
    return Kernel(name, program, inputs, expected, moved, _ASKED, moved=moved)


def add(size: int, channels: int) -> Kernel:
    """The sum of two pictures in scales of their own, as where a residual ends."""
    shape = (1, size, size, channels)
    a, b = _random(1, shape), _random(2, shape)
    types = [_type(shape, parameters) for parameters in (_FIRST, _SECOND, _RESULT)]

    def expected() -> np.ndarray:
        terms = [
            (x.astype(np.float32) - np.float32(p.zero)) * np.float32(p.scale / _RESULT.scale)
            for x, p in ((a, _FIRST), (b, _SECOND))
        ]
        return np.clip(np.rint(terms[0] + terms[1]) + _RESULT.zero, -128, 127).astype(np.int8)

    body = f"%y = lowbit.add %x0, %x1 : {types[0]}, {types[1]} -> {types[2]}"
    return _kernel(f"add {size}x{size} {channels}", [a, b], body, " -> ".join(types), expected)


def max_pool(size: int, channels: int) -> Kernel:
    """The greatest of windows of 3x3 in steps of two."""
    x = _random(1, (1, size, size, channels))
    source, target = _type(x.shape, _FIRST), _type((1, size // 2, size // 2, channels), _FIRST)
    window = "kernel [3, 3] strides [2, 2] dilations [1, 1] pad [1, 0, 1, 0]"

    def expected() -> np.ndarray:
        padded = np.pad(x, ((0, 0), (1, 0), (1, 0), (0, 0)), constant_values=-128)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
        return windows[:, ::2, ::2].max(axis=(-2, -1))

    body = f"%y = lowbit.max_pool_2d %x0 {window} : {source} -> {target}"
    return _kernel(f"max pool 3x3 {size}x{size} {channels}", [x], body, f"{source} -> {target}", expected)


def mean(size: int, channels: int) -> Kernel:
    """The mean of a picture, channel by channel."""
    x = _random(1, (1, size, size, channels))
    source, target = _type(x.shape, _FIRST), _type((1, 1, 1, channels), _SECOND)
    window = f"kernel [{size}, {size}] strides [1, 1] pad [0, 0, 0, 0]"

    def expected() -> np.ndarray:
        sums = (x.astype(np.int32) - _FIRST.zero).sum(axis=(1, 2), keepdims=True)
        multiplier = np.float32(_FIRST.scale / (_SECOND.scale * size * size))
        return np.clip(np.rint(sums.astype(np.float32) * multiplier) + _SECOND.zero, -128, 127).astype(np.int8)

    body = f"%y = lowbit.avg_pool_2d %x0 {window} : {source} -> {target}"
    return _kernel(f"mean {size}x{size} {channels}", [x], body, f"{source} -> {target}", expected)


def concat(size: int, channels: int) -> Kernel:
    """Two pictures side by side along their channels."""
    shape = (1, size, size, channels)
    a, b = _random(1, shape), _random(2, shape)
    part, whole = _type(shape, _FIRST), _type((1, size, size, 2 * channels), _FIRST)
    body = f"%y = tensor.concat dim(3) %x0, %x1 : ({part}, {part}) -> {whole}"
    name = f"concat {size}x{size} 2x{channels}"
    return _kernel(name, [a, b], body, f"{part} -> {part} -> {whole}", lambda: np.concatenate([a, b], axis=3))


def transpose(rows: int, columns: int) -> Kernel:
    """A matrix of bytes, rows for columns."""
    x = _random(1, (rows, columns))
    source, target = _type(x.shape, _FIRST), _type((columns, rows), _FIRST)
    body = f"""%e = tensor.empty() : {target}
    %y = linalg.transpose ins(%x0 : {source}) outs(%e : {target}) permutation = [1, 0]"""
    return _kernel(f"transpose {rows}x{columns}", [x], body, f"{source} -> {target}", lambda: x.T)


def movements() -> list[Kernel]:
    """One kernel of each kind."""
    return [add(56, 256), max_pool(112, 64), mean(7, 2048), concat(56, 128), transpose(1024, 784)]
