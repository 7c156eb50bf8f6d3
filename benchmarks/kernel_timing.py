"""Times compiled kernels against what the core can do: one process, one core, in turns.

`measure(kernel, folder)` compiles a kernel of `kernels.kernels()`, checks its output against NumPy and gives a
`Measurement`; its `share` is of the register-only peak of the dot instruction it uses, or of memory where that is the
limit.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from compiled import CompiledFunction
from contender import take_turns
from conversions import conversions
from idioms import Mixture, describe, peak_of, read_idioms
from kernels import Kernel, kernels
from movements import movements
from native import time_copies_within, time_native, time_reads
from networks import WORK
from report import Bar, print_bars

_ROUNDS = 50


@dataclass(frozen=True)
class Limit:
    """What bounds a kernel; `time` gives the seconds that the kernel's work takes at that bound."""

    name: str
    time: Callable[[int], float]


def get_asked_share(kernel: Kernel, limit: str) -> float:
    """The share of the limit of that name that is asked for: none of the peak of tile registers, whose products end
    long before the conversions that follow them."""
    return 0.0 if "amx." in limit else kernel.asked


@dataclass(frozen=True)
class Measurement:
    """The best of many turns, in seconds; the limit's is None where nothing is known to bound the kernel."""

    kernel: Kernel
    limit: Limit | None
    seconds: float
    limit_seconds: float | None
    is_correct: bool

    @property
    def share(self) -> float:
        return self.limit_seconds / self.seconds if self.limit_seconds else 0.0

    def bar(self) -> Bar:
        """The line of a report."""
        work = self.kernel.moved or self.kernel.bytes or self.kernel.operations
        measured = f"{self.seconds * 1e6:.1f} us, {work / self.seconds / 1e9:.0f} G/s"
        if self.limit_seconds:
            measured = f"{100 * self.share:.1f} % ({measured} of {work / self.limit_seconds / 1e9:.0f})"
        if not self.is_correct:
            measured = "WRONG, " + measured
        what = f"{self.kernel.name} ({self.limit.name})" if self.limit else self.kernel.name
        asked = get_asked_share(self.kernel, self.limit.name if self.limit else "")
        return Bar(what, f"{100 * asked:.0f} %", measured, self.is_correct and self.share >= asked)


class CompiledKernel(CompiledFunction):
    """A kernel in a shared library, with its buffers, checked once against what it should give."""

    def __init__(self, kernel: Kernel, folder: Path, cpu: str = "native") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.kernel, self.cpu = kernel, cpu
        self.program = folder / (re.sub(r"\W+", "_", kernel.name) + ".mlir")
        self.program.write_text(kernel.program)
        self.expected = kernel.expected()
        super().__init__(self.program, kernel.inputs, cpu, "main", fast_float=kernel.fast_float)
        output = self.call()
        if kernel.is_float:
            self.is_correct = bool(np.allclose(output, self.expected, rtol=0, atol=kernel.tolerance))
        else:
            self.is_correct = bool(np.array_equal(output, self.expected))

    def idioms(self) -> Mixture:
        """The dot instructions that the compiler chose; of float code, how it multiplies and adds."""
        if self.kernel.is_float:
            return {self.float_idiom(): 1.0}
        return next(iter(read_idioms(self.program, self.cpu).values()), {})

    def limit(self) -> Limit | None:
        """What bounds the kernel; None where no instruction stands for it."""
        kernel = self.kernel
        if kernel.moved:
            return Limit("copy of as many bytes", time_copies_within([*self.inputs, self.output]))
        if kernel.bytes:
            return Limit("read of its weights", time_reads(self.constants(), kernel.bytes))
        idioms = self.idioms()
        peak = peak_of(idioms)
        return Limit(f"peak of {describe(idioms)}", lambda _: kernel.operations / peak()) if peak else None


def measure(kernel: Kernel, folder: Path = WORK / "kernels", cpu: str = "native", rounds: int = _ROUNDS) -> Measurement:
    """Compiles, checks and times one kernel on the core this process runs on."""
    compiled = CompiledKernel(kernel, folder, cpu)
    limit = compiled.limit()
    timers = [time_native(compiled.function, compiled.buffers), *([limit.time] if limit else [])]
    least = [times.least for times in take_turns(timers, rounds, lambda: None)]
    return Measurement(kernel, limit, least[0], least[1] if limit else None, compiled.is_correct)


def main(names: Sequence[str]) -> int:
    """Measures the kernels whose name contains one of `names`, or all."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    every = [*kernels(), *conversions(), *movements()]
    chosen = [kernel for kernel in every if not names or any(name in kernel.name for name in names)]
    return print_bars("kernels, share of what the core can do", [measure(k).bar() for k in chosen])
