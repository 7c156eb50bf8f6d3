"""How much faster products are with weights of 4 and 2 bits than with 8, and how fast with other activations:
`python benchmarks/narrow_bars.py`.

A product of one row is called after its weights have left the caches, so that they come from memory.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial

import forms
from forms import Comparison, Form
from kernel_contest import AVX2_CPU
from kernels import float_matmul
from narrow import NarrowProduct
from native import cpu_flags
from networks import WORK
from report import print_bars
from weight_only import weight_only_matmul

_ROUNDS = 50
_GROUP = 128
_ROW = (1, 4096, 4096)
_SQUARE = (512, 512, 512)


def _integer(size: tuple[int, int, int], weights: int, activations: int = 8, asked: float = 0.0) -> Form:
    """Weights of fewer than 8 bits are in groups."""
    product = NarrowProduct(*size, weights, 0 if weights == 8 else _GROUP, activations)
    groups = f", groups of {_GROUP}" if product.group else ""
    return Form(f"w{weights}a{activations}{groups}", product.kernel, asked)


def _float(size: tuple[int, int, int]) -> Form:
    m, n, k = size
    return Form("float", lambda: replace(float_matmul(m, n, k), bytes=4 * n * k if m == 1 else 0))


def _weight_only(size: tuple[int, int, int], bits: int, asked: float) -> Form:
    return Form(f"w{bits}, groups of {_GROUP}", partial(weight_only_matmul, *size, bits, _GROUP), asked)


def comparisons() -> list[Comparison]:
    """What this machine runs."""
    row, square = ("matmul " + "x".join(map(str, size)) for size in (_ROW, _SQUARE))
    found = [
        Comparison(
            f"{row} from memory",
            [_integer(_ROW, 8), _integer(_ROW, 4, asked=1.7), _integer(_ROW, 2, asked=2.3), _integer(_ROW, 8, 16)],
        ),
        Comparison(
            f"{square}, weights of few bits",
            [
                _integer(_SQUARE, 8),
                _integer(_SQUARE, 4, asked=0.85),
                _integer(_SQUARE, 2, asked=0.85),
                _integer(_SQUARE, 8, 16, asked=0.4),
            ],
        ),
        # Activations of fewer bits lie in bytes: nothing may be slower.
        Comparison(
            f"{square}, narrow activations",
            [_integer(_SQUARE, 4), _integer(_SQUARE, 4, 4, asked=0.97), _integer(_SQUARE, 2, 2, asked=0.97)],
        ),
        Comparison(
            f"{row} from memory, float activations",
            [_float(_ROW), *(_weight_only(_ROW, bits, asked) for bits, asked in ((8, 2.5), (4, 4.0), (2, 4.0)))],
        ),
        Comparison(
            f"{square}, float activations", [_float(_SQUARE), *(_weight_only(_SQUARE, bits, 0.9) for bits in (8, 4, 2))]
        ),
    ]
    if "avx2" in cpu_flags():
        products = [_integer(_SQUARE, 8), _integer(_SQUARE, 4, asked=1.4), _integer(_SQUARE, 2, asked=1.4)]
        found.append(Comparison(f"AVX2 code, {square}, weights of few bits", products, AVX2_CPU))
    return found


def main() -> int:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rows = [forms.measure(c, WORK / "forms", _ROUNDS, lambda: None) for c in comparisons()]
    return print_bars("times as fast as the first form", [bar for row in rows for bar in forms.bars(row)])


if __name__ == "__main__":
    sys.exit(main())
