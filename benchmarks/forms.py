"""One piece of work in several forms of this compiler, in turns: with weights of fewer bits, as floats."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contender import take_turns
from kernel_timing import CompiledKernel
from kernels import Kernel
from native import time_cold, time_native
from report import Bar
from result import OURS, Asked, Entry, Row


@dataclass(frozen=True)
class Form:
    """`make` gives its kernel; `asked` is how many times as fast as the first form it has to be, 0 where nothing is
    asked."""

    name: str
    make: Callable[[], Kernel]
    asked: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """Forms of one kernel, in code for one CPU."""

    name: str
    forms: Sequence[Form]
    cpu: str = "native"


def _timer(compiled: CompiledKernel) -> Callable[[int], float]:
    """Of a product of one row, calls after its weights have left the caches, so that they come from memory."""
    if not compiled.kernel.bytes:
        return time_native(compiled.function, compiled.buffers)
    return time_cold(compiled.function, compiled.buffers, compiled.constants(), compiled.kernel.bytes)


def compare_times(row: Row, asked: Sequence[float]) -> list[Asked]:
    """A bar for each entry that something is asked of, how many times as fast as the first one it is; for all but that
    one. Nothing holds for wrong results."""
    first, *others = row.entries
    found = []
    for entry, factor in zip(others, asked, strict=True):
        if factor:
            ratio = first.least_us / entry.least_us
            what, held = f"as fast as {first.form}, {entry.form}", not entry.is_off and ratio >= factor
            found.append(Asked(what, entry.form, f">= {factor:g} x", f"{ratio:.2f} x", held))
    return found


def measure(comparison: Comparison, folder: Path, rounds: int, step: Callable[[], None]) -> Row:
    """Measures all forms; `step` is told after each round."""
    compiled = [CompiledKernel(form.make(), folder, comparison.cpu) for form in comparison.forms]
    times = take_turns([_timer(c) for c in compiled], rounds, step)
    entries = [
        Entry(
            OURS,
            form.name,
            1e6 * seen.median,
            1e6 * seen.least,
            "as expected" if c.is_correct else "wrong",
            is_off=not c.is_correct,
        )
        for form, c, seen in zip(comparison.forms, compiled, times, strict=True)
    ]
    row = Row(comparison.name, "forms of one product", entries, measured_at=time.strftime("%Y-%m-%d %H:%M"))
    row.bars.extend(compare_times(row, [form.asked for form in comparison.forms[1:]]))
    return row


def bars(row: Row) -> list[Bar]:
    """A line for each form, for a table of their own."""
    asked = {bar.short: bar for bar in row.bars}
    first, found = row.entries[0], []
    for entry in row.entries:
        bar = asked.get(entry.form)
        measured = (
            f"{first.least_us / entry.least_us:.2f} x ({entry.least_us:.1f} us){', WRONG' if entry.is_off else ''}"
        )
        held = bar.held if bar else not entry.is_off
        found.append(Bar(f"{row.work}, {entry.form}", bar.asked if bar else "", measured, held))
    return found
