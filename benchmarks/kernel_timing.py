"""Times compiled kernels against what the core can do: one process, one core, in turns.

`measure(kernel, folder)` compiles a kernel of `kernels.kernels()`, checks its output against NumPy and gives a
`Measurement`; its `share` is of the register-only peak of the dot instruction it uses, or of a plain read of its
weights where memory is the limit.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from compiled import CompiledFunction
from kernels import Kernel, kernels
from networks import WORK
from report import Bar, print_bars

from lowbit.tools import run_tool

PEAK_SOURCE = Path(__file__).with_name("peak.c")
# One turn of a kernel or a peak lasts about this long: shorter than a slice of the scheduler.
_TURN_SECONDS = 1e-3


@dataclass(frozen=True)
class Measurement:
    """The best of many turns. `limit` is in operations per second, or bytes per second where memory is the limit."""

    kernel: Kernel
    idiom: str
    seconds: float
    limit: float
    is_correct: bool

    @property
    def rate(self) -> float:
        return (self.kernel.bytes or self.kernel.operations) / self.seconds

    @property
    def share(self) -> float:
        return self.rate / self.limit

    def bar(self) -> Bar:
        """The line of a report."""
        rates = f"{self.rate / 1e9:.0f} of {self.limit / 1e9:.0f} G/s"
        measured = f"{100 * self.share:.1f} % ({self.seconds * 1e6:.1f} us, {rates})"
        if not self.is_correct:
            measured = "WRONG, " + measured
        what = f"{self.kernel.name} ({self.idiom})"
        return Bar(
            what, f"{100 * self.kernel.asked:.0f} %", measured, self.is_correct and self.share >= self.kernel.asked
        )


def load_peaks(folder: Path) -> ctypes.CDLL:
    """Builds and loads peak.c."""
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "peak.so"
    subprocess.run(["cc", "-O3", "-shared", "-fPIC", str(PEAK_SOURCE), "-o", str(library)], check=True)
    peaks = ctypes.CDLL(str(library))
    peaks.time_calls.restype = peaks.time_reads.restype = peaks.time_copies.restype = ctypes.c_double
    return peaks


def _file_name(kernel: Kernel) -> str:
    return re.sub(r"\W+", "_", kernel.name)


class CompiledKernel(CompiledFunction):
    """A kernel in a shared library, with its buffers, checked once against what it should give."""

    def __init__(self, kernel: Kernel, folder: Path, cpu: str = "native") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.kernel, self.cpu = kernel, cpu
        self.program = folder / f"{_file_name(kernel)}.mlir"
        self.program.write_text(kernel.program)
        self.expected = kernel.expected()
        super().__init__(self.program, kernel.inputs, cpu, "main")
        output = self.call()
        if kernel.is_float:
            self.is_correct = bool(np.allclose(output, self.expected, rtol=0, atol=kernel.tolerance))
        else:
            self.is_correct = bool(np.array_equal(output, self.expected))

    def idiom(self) -> str:
        """The dot instruction that the compiler chose; of float code, how it multiplies and adds here."""
        if self.kernel.is_float:
            is_wide = self.cpu == "native" and "avx512f" in cpu_flags()
            return "float512.mul_add" if is_wide else "float256.mul_add"
        select = f"lowbit-select-tiles{{cpu={self.cpu}}}"
        stages = f"builtin.module(lowbit-pipeline{{from=lower to=lower cpu={self.cpu}}},{select})"
        elide = "--mlir-elide-elementsattrs-if-larger=1"
        found = re.search(
            r'instruction = "([\w.]+)"',
            run_tool("quant-opt", [self.program, f"--pass-pipeline={stages}", elide], capture=True),
        )
        return found[1] if found else "none"


def cpu_flags() -> set[str]:
    return set(Path("/proc/cpuinfo").read_text().split())


def _limit_turn(peaks: ctypes.CDLL, compiled: CompiledKernel, idiom: str) -> float:
    """One turn of the limit, in operations or bytes per second."""
    if compiled.kernel.bytes:
        address = compiled.constants()
        size = compiled.kernel.bytes
        return size / peaks.time_reads(ctypes.c_void_p(address), ctypes.c_size_t(size), ctypes.c_long(3))
    peak = getattr(peaks, "peak_" + idiom.replace(".", "_"))
    peak.restype = ctypes.c_double
    return peak(ctypes.c_long(300_000))


def measure(kernel: Kernel, folder: Path = WORK, seconds: float = 0.5, cpu: str = "native") -> Measurement:
    """Compiles, checks and times one kernel on the core this process runs on."""
    peaks = load_peaks(folder)
    compiled = CompiledKernel(kernel, folder, cpu)
    idiom = compiled.idiom()
    if not hasattr(peaks, "peak_" + idiom.replace(".", "_")) and not kernel.bytes:
        idiom = "avx512.vpdpbusd" if "avx512_vnni" in cpu_flags() else "avx2.vpsignb"
    call = (compiled.function, compiled.buffers)
    once = peaks.time_calls(*call, ctypes.c_long(1))
    calls = ctypes.c_long(max(1, int(_TURN_SECONDS / max(once, 1e-9))))
    best, limit, spent = float("inf"), 0.0, 0.0
    while spent < seconds:
        turn = peaks.time_calls(*call, calls)
        best = min(best, turn)
        limit = max(limit, _limit_turn(peaks, compiled, idiom))
        spent += 2 * max(turn * calls.value, _TURN_SECONDS)
    return Measurement(kernel, idiom, best, limit, compiled.is_correct)


def main(names: Sequence[str]) -> int:
    """Measures the kernels whose name contains one of `names`, or all."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    chosen = [kernel for kernel in kernels() if not names or any(name in kernel.name for name in names)]
    return print_bars("kernels, share of what the core can do", [measure(k).bar() for k in chosen])
