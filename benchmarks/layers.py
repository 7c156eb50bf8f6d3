"""One quantized layer as data: what a kernel's program says in MLIR, for whoever else computes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Parameters:
    """`real = (stored - zero) * scale` of a tensor of signed 8-bit integers."""

    scale: float
    zero: int

    def unsigned_zero(self) -> int:
        """The zero point of the same values stored as u8: the integers plus 128."""
        return self.zero + 128

    def dequantize(self, values: np.ndarray) -> np.ndarray:
        return ((values.astype(np.float32) - np.float32(self.zero)) * np.float32(self.scale)).astype(np.float32)


@dataclass(frozen=True)
class Layer:
    """A product with constant weights, its bias, and the requantization of its sums; or a change of representation.

    `kind` is one of
    - `matmul`: `x` is s8[m][k], `weights` s8[k][n]
    - `conv`: `x` is s8[1][h][w][c], `weights` s8[f][kh][kw][c]; square, `pad` on every side
    - `depthwise`: `weights` s8[kh][kw][c]
    - `quantize`: `x` is f32, the result s8 in `output`
    - `dequantize`: `x` is s8 in `input`, the result f32
    - `requantize`: `x` is s8 in `input`, the result s8 in `output`

    `weight_scales` and `bias` (s32 in the scale of the sums) have one value per output channel.
    """

    kind: str
    x: np.ndarray
    input: Parameters
    output: Parameters
    weights: np.ndarray | None = None
    weight_scales: np.ndarray | None = None
    bias: np.ndarray | None = None
    stride: int = 1
    dilation: int = 1
    pad: int = 0

    @property
    def is_convolution(self) -> bool:
        return self.kind in {"conv", "depthwise"}

    def filters(self) -> np.ndarray:
        """The weights of a convolution as s8[f][kh][kw][c / groups]."""
        return self.weights.transpose(2, 0, 1)[..., None] if self.kind == "depthwise" else self.weights

    def float_weights(self) -> np.ndarray:
        """What `filters` of a convolution, or the weights of a product, stand for."""
        if self.is_convolution:
            return (self.filters() * self.weight_scales[:, None, None, None]).astype(np.float32)
        return (self.weights * self.weight_scales).astype(np.float32)

    def float_bias(self) -> np.ndarray:
        return (self.bias * (self.input.scale * self.weight_scales)).astype(np.float32)

    def groups(self) -> int:
        return self.weights.shape[2] if self.kind == "depthwise" else 1
