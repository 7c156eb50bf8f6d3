"""Products of floats with constant weights of 8, 4 or 2 bits, in integer form: each group along K has a scale."""

from __future__ import annotations

import numpy as np
from kernels import Kernel


def weight_only_matmul(m: int, n: int, k: int, bits: int, group: int) -> Kernel:
    """Rows of floats by `k` x `n` weights that are dequantized, `group` along K with a scale each."""
    random = np.random.default_rng(1)
    x = random.standard_normal((m, k), dtype=np.float32)
    stored = random.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (k, n), dtype=np.int8)
    scales = random.uniform(0.01, 0.02, (k // group, n)).astype(np.float32)
    program = f"""\
module attributes {{lowbit.stage = "lower"}} {{
  func.func @main(%x: tensor<{m}x{k}xf32>) -> tensor<{m}x{n}xf32> {{
    %q = arith.constant dense_resource<q> : tensor<{k}x{n}xi{bits}>
    %s = arith.constant dense<"0x{scales.tobytes().hex().upper()}"> : tensor<{k // group}x{n}xf32>
    %e = tensor.empty() : tensor<{k}x{n}xf32>
    %w = linalg.generic {{
        indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i floordiv {group}, j)>,
                         affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}}
        ins(%q, %s : tensor<{k}x{n}xi{bits}>, tensor<{k // group}x{n}xf32>) outs(%e : tensor<{k}x{n}xf32>) {{
    ^bb0(%stored: i{bits}, %scale: f32, %out: f32):
      %wide = arith.extsi %stored : i{bits} to i32
      %steps = arith.sitofp %wide : i32 to f32
      %product = arith.mulf %steps, %scale : f32
      linalg.yield %product : f32
    }} -> tensor<{k}x{n}xf32>
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<{m}x{n}xf32>
    %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<{m}x{n}xf32>) -> tensor<{m}x{n}xf32>
    %y = linalg.matmul ins(%x, %w : tensor<{m}x{k}xf32>, tensor<{k}x{n}xf32>) outs(%init : tensor<{m}x{n}xf32>)
      -> tensor<{m}x{n}xf32>
    return %y : tensor<{m}x{n}xf32>
  }}
}}
{{-#
  dialect_resources: {{ builtin: {{ q: "0x01000000{stored.tobytes().hex().upper()}" }} }}
#-}}
"""

    def expected() -> np.ndarray:
        weights = stored.astype(np.float32) * np.repeat(scales, group, axis=0)
        return np.matmul(x.astype(np.float64), weights.astype(np.float64)).astype(np.float32)

    name = f"matmul {m}x{n}x{k} w{bits} groups of {group}"
    read = k * n * bits // 8 + scales.nbytes if m == 1 else 0
    return Kernel(name, program, [x], expected, 2 * m * n * k, 0.0, read, is_float=True, tolerance=1e-6 * k)
