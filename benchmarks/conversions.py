"""Kernels that change how numbers are stored: they do next to no arithmetic, so memory is their limit."""

from __future__ import annotations

import numpy as np
from kernels import Kernel
from layers import Layer, Parameters

_INPUT = Parameters(float(np.float32(0.05)), 3)
_OUTPUT = Parameters(float(np.float32(0.0371)), -5)


def _type(parameters: Parameters) -> str:
    return f"!quant.uniform<i8:f32, {parameters.scale!r}:{parameters.zero}>"


def _kernel(kind: str, x: np.ndarray, source: str, target: str, expected: np.ndarray) -> Kernel:
    size = x.size
    program = f"""\
!x = {source}
!y = {target}
module attributes {{lowbit.stage = "fuse"}} {{
  func.func @main(%x: tensor<{size}x!x>) -> tensor<{size}x!y> {{
    %y = lowbit.{kind} %x : tensor<{size}x!x> -> tensor<{size}x!y>
    return %y : tensor<{size}x!y>
  }}
}}
"""
    # The speed of a copy of as many bytes is asked for: within the noise, which is some percent.
    moved = x.nbytes + expected.nbytes
    return Kernel(
        f"{kind} {size}",
        program,
        [x],
        lambda: expected,
        size,
        0.95,
        moved=moved,
        is_float=expected.dtype == np.float32,
        layer=Layer(kind, x, _INPUT, _OUTPUT),
    )


def _requantized(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values) + _OUTPUT.zero, -128, 127).astype(np.int8)


def conversions(size: int = 1 << 20) -> list[Kernel]:
    """One kernel of each kind, of `size` elements."""
    random = np.random.default_rng(1)
    floats = random.normal(0, 2, size).astype(np.float32)
    integers = random.integers(-128, 128, size, dtype=np.int8)
    multiplier = np.float32(_INPUT.scale / _OUTPUT.scale)
    shifted = integers.astype(np.float32) - np.float32(_INPUT.zero)
    return [
        _kernel("quantize", floats, "f32", _type(_OUTPUT), _requantized(floats / np.float32(_OUTPUT.scale))),
        _kernel("dequantize", integers, _type(_INPUT), "f32", _INPUT.dequantize(integers)),
        _kernel("requantize", integers, _type(_INPUT), _type(_OUTPUT), _requantized(shifted * multiplier)),
    ]
