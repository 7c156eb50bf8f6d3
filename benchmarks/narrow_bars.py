"""How much faster products are with weights of 4 and 2 bits than with 8: `python benchmarks/narrow_bars.py`.

A product of one row is called after its weights have left the caches, so that they come from memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from contender import take_turns
from kernel_contest import AVX2_CPU
from kernel_timing import CompiledKernel
from narrow import NarrowProduct
from native import cpu_flags, time_cold, time_native
from networks import WORK
from report import Bar, print_bars

_ROUNDS = 50
_ROW = NarrowProduct(1, 4096, 4096, bits=8)
_SQUARE = NarrowProduct(512, 512, 512, bits=8)


def _timer(compiled: CompiledKernel) -> Callable[[int], float]:
    if not compiled.kernel.bytes:
        return time_native(compiled.function, compiled.buffers)
    return time_cold(compiled.function, compiled.buffers, compiled.constants(), compiled.kernel.bytes)


def _compare(products: Sequence[tuple[NarrowProduct, float]], cpu: str = "native") -> list[Bar]:
    """Bars of speed, as many times that of the first product."""
    compiled = [CompiledKernel(product.kernel(), WORK / "narrow", cpu) for product, _ in products]
    times = take_turns([_timer(c) for c in compiled], _ROUNDS, lambda: None)
    bars = []
    for (product, asked), kernel, seen in zip(products, compiled, times, strict=True):
        ratio = times[0].least / seen.least
        measured = f"{ratio:.2f} x ({seen.least * 1e6:.1f} us){'' if kernel.is_correct else ', WRONG'}"
        name = product.name if cpu == "native" else f"{product.name}, code for {cpu}"
        bars.append(Bar(name, f"{asked:g} x", measured, kernel.is_correct and ratio >= asked))
    return bars


def _of(product: NarrowProduct, bits: int, activation_bits: int = 8) -> NarrowProduct:
    return NarrowProduct(product.m, product.n, product.k, bits, group=128, activation_bits=activation_bits)


def main() -> int:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    bars = _compare([(_ROW, 1.0), (_of(_ROW, 4), 1.7), (_of(_ROW, 2), 2.3)])
    bars += _compare([(_SQUARE, 1.0), (_of(_SQUARE, 4), 0.85), (_of(_SQUARE, 2), 0.85)])
    # Activations of fewer bits lie in bytes: nothing may be slower.
    bars += _compare([(_of(_SQUARE, 4), 1.0), (_of(_SQUARE, 4, 4), 0.97), (_of(_SQUARE, 2, 2), 0.97)])
    if "avx2" in cpu_flags():
        bars += _compare([(_SQUARE, 1.0), (_of(_SQUARE, 4), 1.4), (_of(_SQUARE, 2), 1.4)], AVX2_CPU)
    return print_bars("products with weights of few bits, times as fast as with 8", bars)


if __name__ == "__main__":
    sys.exit(main())
