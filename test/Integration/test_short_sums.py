"""Contractions whose products are added in 16 bits where that is proven exact: the bytes of exact integers.

Weights sit at, just below and just above what fits, activations at both ends of their range, so that a proof off by one
gives another sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from machines import Machine, machines
from networks import run

Weights = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def _choice(*values: int) -> Weights:
    return lambda random, shape: random.choice(values, shape)


# What is drawn from decides which instructions share the reduction.
WEIGHTS: dict[str, Weights] = {
    "uniform": lambda random, shape: random.integers(-127, 128, shape),
    "all": lambda random, shape: random.integers(-128, 128, shape),
    "peaked": lambda random, shape: np.clip(np.rint(random.laplace(0, 16, shape)), -127, 127),
    "least": _choice(-128),
    "extremes": _choice(-128, 127),
    # Pairs, fours and eights of these sum to 128, which fits, or to 129 and 255 or 256, which do not.
    "pairs": _choice(64, 64, 64, 65),
    "negative pairs": _choice(-64, -64, -64, -65),
    "fours": _choice(32, 32, 32, 32, 32, 32, 33),
    "eights": _choice(*[16] * 40, 17),
    "magnitudes": _choice(*[63] * 6, 64, -63, -64),
    "sparse": _choice(0, 0, 0, 0, 0, 0, -128, 127),
}


@dataclass(frozen=True)
class Case:
    """`op` has a placeholder for its operands; `windows` gives [rows, reduction] of activations."""

    name: str
    x: tuple[int, ...]
    w: tuple[int, ...]
    y: tuple[int, ...]
    op: str
    windows: Callable[[np.ndarray], np.ndarray]


def _type(shape: tuple[int, ...], element: str) -> str:
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


def _matmul(m: int, n: int, k: int) -> Case:
    return Case(f"{m}x{n}x{k}", (m, k), (k, n), (m, n), "linalg.matmul", lambda x: x)


def _conv(size: int, channels: int, filters: int, kernel: int, stride: int, dilation: int) -> Case:
    span = (kernel - 1) * dilation + 1
    out = (size - span) // stride + 1

    def windows(x: np.ndarray) -> np.ndarray:
        view = np.lib.stride_tricks.sliding_window_view(x, (span, span), axis=(1, 2))
        view = view[:, ::stride, ::stride, :, ::dilation, ::dilation].transpose(0, 1, 2, 4, 5, 3)
        return view.reshape(out * out, -1)

    window = f"strides = dense<{stride}> : tensor<2xi64>, dilations = dense<{dilation}> : tensor<2xi64>"
    op = f"linalg.conv_2d_nhwc_fhwc {{{window}}}"
    shapes = (
        (1, size, size, channels),
        (filters, kernel, kernel, channels),
        (1, out, out, filters),
    )
    return Case(
        f"conv {size} {channels} {filters} {kernel} {stride} {dilation}",
        *shapes,
        op,
        windows,
    )


CASES = [
    _matmul(8, 16, 64),
    # A tile, a panel and a group that overlap the ones before; fewer channels than lanes; a run of one group and a bit.
    _matmul(7, 21, 35),
    _matmul(3, 5, 6),
    _matmul(2, 24, 13),
    _conv(9, 5, 19, 3, 1, 1),
    _conv(9, 6, 8, 3, 2, 1),
    _conv(11, 7, 17, 3, 1, 2),
]


def _program(case: Case, weights: np.ndarray, bias: np.ndarray) -> str:
    x, w, y = _type(case.x, "i8"), _type(case.w, "i8"), _type(case.y, "i32")
    dimensions = ", ".join(str(dim) for dim in range(len(case.y) - 1))
    return f"""\
func.func @main(%x: {x}) -> {y} {{
  %w = arith.constant dense<"0x{weights.tobytes().hex().upper()}"> : {w}
  %b = arith.constant dense<{bias.tolist()}> : tensor<{len(bias)}xi32>
  %e = tensor.empty() : {y}
  %i = linalg.broadcast ins(%b : tensor<{len(bias)}xi32>) outs(%e : {y}) dimensions = [{dimensions}]
  %y = {case.op} ins(%x, %w : {x}, {w}) outs(%i : {y}) -> {y}
  return %y : {y}
}}
"""


def _activations(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Samples of the least, of the greatest, of both, and of anything."""
    constant = [np.full(shape, value) for value in (-128, 127)]
    return np.stack(
        [
            *constant,
            random.choice((-128, 127), shape),
            random.integers(-128, 128, shape),
        ]
    ).astype(np.int8)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_sums_are_exact(case: Case, kind: str, tmp_path: Path) -> None:
    random = np.random.default_rng([CASES.index(case), list(WEIGHTS).index(kind)])
    weights = np.ascontiguousarray(WEIGHTS[kind](random, case.w), np.int8)
    bias = random.integers(-(2**20), 2**20, case.y[-1], dtype=np.int32)
    samples = _activations(random, case.x)
    program, data = tmp_path / "m.mlir", tmp_path / "x.npz"
    program.write_text(_program(case, weights, bias))
    np.savez(data, input0=np.concatenate(samples))

    channels = weights if len(case.w) == 2 else weights.reshape(case.w[0], -1).T
    expected = np.stack(
        [(case.windows(x).astype(np.int64) @ channels.astype(np.int64) + bias).reshape(case.y) for x in samples]
    )
    found = run(program, data, *_avx2().options())
    assert np.array_equal(found.reshape(expected.shape), expected)


def _avx2() -> Machine:
    (machine,) = [machine for machine in machines() if machine.name.startswith("AVX2")]
    if lacking := machine.missing():
        pytest.skip(f"needs {lacking}")
    return machine
