"""One kernel among the runtimes: ours, theirs and the core's limit, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
from contender import EIGHT_BITS, FLOAT, Contender, Times, take_turns
from kernel_timing import CompiledKernel, Limit, get_asked_share
from kernels import Kernel, float_matmul, matmul
from native import time_native
from result import OURS, Asked, Entry, Row

# Has AVX2 and no VNNI.
AVX2_CPU = "x86-64-v3"


def _entry(contender: Contender, times: Times, compiled: CompiledKernel) -> Entry:
    """How fast, and how far the results are from what they should be: integers from the exact ones, floats after
    quantizing them."""
    result, expected = contender.output(), compiled.expected
    entry = partial(Entry, contender.name, contender.form, 1e6 * times.median, 1e6 * times.least, note=contender.note)
    if expected.dtype == np.float32:
        return entry(f"error at most {np.abs(result - expected).max():.1g}")
    if result.dtype == np.float32:
        output = compiled.kernel.layer.output
        result = np.clip(np.rint(result / np.float32(output.scale)) + output.zero, -128, 127).astype(np.int8)
    steps = np.abs(result.astype(np.int16) - expected)
    differing, most = np.count_nonzero(steps), int(steps.max())
    if not differing:
        return entry("exact")
    return entry(f"{100 * differing / steps.size:.3f} % differ, by up to {most}", is_off=most > 1)


def _contenders(compiled: CompiledKernel, peers: list[ModuleType], folder: Path) -> list[Contender]:
    native = time_native(compiled.function, compiled.buffers)
    found = [Contender(OURS, EIGHT_BITS, native, compiled.call)]
    for peer in peers if compiled.kernel.layer else []:
        found += peer.contenders(compiled.kernel.layer, folder)
    return found


def _bars(row: Row, kernel: Kernel, is_correct: bool) -> list[Asked]:
    """What is asked of the kernel; nothing holds for wrong results."""
    ours = row.ours()
    found = []
    least = get_asked_share(kernel, row.limit)
    if least and row.limit:
        share, what = row.share(ours), f"of the {row.limit}"
        asked = f">= {100 * least:.0f} %"
        found.append(Asked(what, "of limit", asked, f"{100 * share:.1f} %", is_correct and share >= least))
    for form, factor in ((EIGHT_BITS, kernel.asked_of_peer), (FLOAT, kernel.asked_of_float)):
        best = row.best_peer(form)
        if factor and best:
            ratio, what = best.least_us / ours.least_us, f"as fast as the best peer's {form}, {best.name}"
            asked = f">= {factor:g} x"
            found.append(Asked(what, f"best {form}", asked, f"{ratio:.2f} x", is_correct and ratio >= factor))
    return found


def _row(name: str, entries: list[Entry], limit: Limit | None, times: list[Times], operations: int) -> Row:
    """The last of the times is the limit's, where there is one."""
    names = (limit.name, 1e6 * times[-1].least) if limit else ("", 0.0)
    return Row(name, "kernels", entries, *names, operations, measured_at=time.strftime("%Y-%m-%d %H:%M"))


def measure_avx2(size: int, folder: Path, rounds: int, step: Callable[[], None]) -> Row:
    """Our 8-bit code for a CPU with AVX2 and no VNNI against our float code for it: exact for any weights."""
    integer = CompiledKernel(matmul(size, size, size, 0.95), folder, AVX2_CPU)
    floating = CompiledKernel(float_matmul(size, size, size), folder, AVX2_CPU)
    compiled = {EIGHT_BITS: integer, FLOAT: floating}
    limit = integer.limit()
    timers = [time_native(c.function, c.buffers) for c in compiled.values()] + ([limit.time] if limit else [])
    times = take_turns(timers, rounds, step)
    entries = [
        Entry(OURS, form, 1e6 * t.median, 1e6 * t.least, "exact" if c.is_correct else "wrong", is_off=not c.is_correct)
        for (form, c), t in zip(compiled.items(), times, strict=False)
    ]
    name, operations = f"AVX2 code, matmul {size}x{size}x{size}", integer.kernel.operations
    row = _row(name, entries, limit, times, operations)
    ratio = entries[1].least_us / entries[0].least_us
    held = ratio >= 1.5 and integer.is_correct
    row.bars.extend(_bars(row, integer.kernel, integer.is_correct))
    row.bars.append(
        Asked("as fast as our own float code, any weights", "own float", ">= 1.5 x", f"{ratio:.2f} x", held)
    )
    return row


def prepare(kernel: Kernel, peers: list[ModuleType], folder: Path) -> tuple[CompiledKernel, list[Contender]]:
    """Compiles a kernel for everyone."""
    compiled = CompiledKernel(kernel, folder)
    return compiled, _contenders(compiled, peers, folder)


def measure(kernel: Kernel, peers: list[ModuleType], folder: Path, rounds: int, step: Callable[[], None]) -> Row:
    """Measures one kernel; `step` is told after each round."""
    compiled, contenders = prepare(kernel, peers, folder)
    limit = compiled.limit()
    timers = [contender.time for contender in contenders] + ([limit.time] if limit else [])
    times = take_turns(timers, rounds, step)
    entries = [_entry(contender, seen, compiled) for contender, seen in zip(contenders, times, strict=False)]
    row = _row(kernel.name, entries, limit, times, kernel.operations)
    row.bars.extend(_bars(row, kernel, compiled.is_correct))
    return row
