"""Products with constant weights of 8, 4 or 2 bits, in integer form: one scale for a channel, or groups with an integer
multiplier each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from kernels import Kernel


def _dense(values: np.ndarray) -> str:
    return f'dense<"0x{np.ascontiguousarray(values).tobytes().hex().upper()}">'


@dataclass(frozen=True)
class NarrowProduct:
    """Rows of activations of `activation_bits` bits by `k` x `n` weights of `bits` bits, each `group` along K with a
    multiplier of its own; 0: one for a channel. The sums are requantized to 8 bits."""

    m: int
    n: int
    k: int
    bits: int
    group: int = 0
    activation_bits: int = 8

    @property
    def name(self) -> str:
        group = f" groups of {self.group}" if self.group else ""
        return f"matmul {self.m}x{self.n}x{self.k} w{self.bits}a{self.activation_bits}{group}"

    @property
    def weight_bytes(self) -> int:
        multipliers = self.k // self.group * self.n if self.group else 0
        # Those of 4 bits lie two in a byte.
        return self.k * self.n * self.bits // 8 + (multipliers // 2 if self.bits == 4 else multipliers)

    def kernel(self, seed: int = 1) -> Kernel:
        """The program, its data and what NumPy makes of it."""
        random = np.random.default_rng(seed)
        bound = 2 ** (self.activation_bits - 1)
        if self.activation_bits == 16:
            # As a recipe chooses them: sums of products with 8-bit weights take at most half of 32 bits.
            bound = min(bound, 2**30 // (127 * self.k))
        x = random.integers(-bound, bound, (self.m, self.k), dtype=np.int16 if self.activation_bits == 16 else np.int8)
        least = -127 if self.bits == 8 else -(2 ** (self.bits - 1))
        stored = random.integers(least, 2 ** (self.bits - 1), (self.k, self.n), dtype=np.int8)
        # As large as keeps what they multiply within 8 bits.
        multipliers = random.integers(
            1, 127 // -least + 1, (self.k // self.group if self.group else 1, self.n), dtype=np.int8
        )
        weights = stored.astype(np.int32)
        if self.group:
            weights = weights * np.repeat(multipliers, self.group, axis=0)
        # The zero point of activations of up to 8 bits is -128, and folded into the bias.
        zero = 0 if self.activation_bits == 16 else -128
        bias = (random.integers(-1000, 1000, self.n) - zero * weights.sum(axis=0)).astype(np.int32)
        spread = np.sqrt(self.k) * weights.std() * (x.std() - zero)
        factors = (random.uniform(0.5, 1.5, self.n) * 50 / spread).astype(np.float32)

        def expected() -> np.ndarray:
            sums = np.matmul(x.astype(np.float64), weights.astype(np.float64)) + bias
            return np.clip(np.rint(sums.astype(np.int32).astype(np.float32) * factors), -128, 127).astype(np.int8)

        program = self._program(stored, multipliers, bias, factors)
        work = 2 * self.m * self.n * self.k
        return Kernel(self.name, program, [x], expected, work, 0.0, bytes=self.weight_bytes if self.m == 1 else 0)

    def _weights(self, multipliers: np.ndarray) -> str:
        """Defines `%w` from `%q`, the weights as they are stored."""
        k, n, group, bits = self.k, self.n, self.group, self.bits
        return f"""
    %c = arith.constant {_dense(multipliers)} : tensor<{k // group}x{n}xi8>
    %e = tensor.empty() : tensor<{k}x{n}xi8>
    %w = linalg.generic {{
        indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv {group}, j)>,
                         affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}}
        ins(%q, %c : tensor<{k}x{n}xi{bits}>, tensor<{k // group}x{n}xi8>) outs(%e : tensor<{k}x{n}xi8>) {{
    ^bb0(%stored: i{bits}, %multiplier: i8, %out: i8):
      %wide = arith.extsi %stored : i{bits} to i8
      %product = arith.muli %wide, %multiplier : i8
      linalg.yield %product : i8
    }} -> tensor<{k}x{n}xi8>"""

    def _program(self, stored: np.ndarray, multipliers: np.ndarray, bias: np.ndarray, factors: np.ndarray) -> str:
        m, n, k, group, bits = self.m, self.n, self.k, self.group, self.bits
        x_type = f"tensor<{m}x{k}xi{max(8, self.activation_bits)}>"
        w, w_type = ("%w", f"tensor<{k}x{n}xi8>") if group else ("%q", f"tensor<{k}x{n}xi{bits}>")
        return f"""\
module attributes {{lowbit.stage = "lower"}} {{
  func.func @main(%x: {x_type}) -> tensor<{m}x{n}xi8> {{
    %q = arith.constant dense_resource<q> : tensor<{k}x{n}xi{bits}>{self._weights(multipliers) if group else ""}
    %bias = arith.constant {_dense(bias)} : tensor<{n}xi32>
    %factors = arith.constant {_dense(factors)} : tensor<{n}xf32>
    %e32 = tensor.empty() : tensor<{m}x{n}xi32>
    %e8 = tensor.empty() : tensor<{m}x{n}xi8>
    %init = linalg.broadcast ins(%bias : tensor<{n}xi32>) outs(%e32 : tensor<{m}x{n}xi32>) dimensions = [0]
    %sums = linalg.matmul ins(%x, {w} : {x_type}, {w_type}) outs(%init : tensor<{m}x{n}xi32>)
      -> tensor<{m}x{n}xi32>
    %y = linalg.generic {{
        indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}}
        ins(%sums, %factors : tensor<{m}x{n}xi32>, tensor<{n}xf32>) outs(%e8 : tensor<{m}x{n}xi8>) {{
    ^bb0(%sum: i32, %factor: f32, %out: i8):
      %least = arith.constant -128.0 : f32
      %most = arith.constant 127.0 : f32
      %float = arith.sitofp %sum : i32 to f32
      %scaled = arith.mulf %float, %factor : f32
      %rounded = math.roundeven %scaled : f32
      %low = arith.maximumf %rounded, %least : f32
      %clamped = arith.minimumf %low, %most : f32
      %integer = arith.fptosi %clamped : f32 to i32
      %byte = arith.trunci %integer : i32 to i8
      linalg.yield %byte : i8
    }} -> tensor<{m}x{n}xi8>
    return %y : tensor<{m}x{n}xi8>
  }}
}}
{{-#
  dialect_resources: {{ builtin: {{ q: "0x01000000{stored.tobytes().hex().upper()}" }} }}
#-}}
"""
