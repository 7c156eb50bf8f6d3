"""peak.c from Python: what one core can do, and calls of C functions timed in C."""

from __future__ import annotations

import ctypes
import functools
import subprocess
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from networks import WORK
from without_amx import grants_amx

_SOURCE = Path(__file__).with_name("peak.c")


@functools.cache
def clock() -> ctypes.CDLL:
    """peak.c, built and loaded once."""
    WORK.mkdir(parents=True, exist_ok=True)
    library = WORK / "peak.so"
    subprocess.run(["cc", "-O3", "-shared", "-fPIC", str(_SOURCE), "-o", str(library)], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.time_calls.restype = loaded.time_reads.restype = loaded.time_copies.restype = ctypes.c_double
    return loaded


def cpu_flags() -> set[str]:
    """The instruction sets of this machine, as the kernel calls them."""
    return set(Path("/proc/cpuinfo").read_text().split())


def find_peak(instruction: str) -> Callable[[int], float] | None:
    """A loop of so many rounds of an instruction on registers alone, in operations per second; None where peak.c has
    none, or the system keeps the registers from this process."""
    if instruction.startswith("amx.") and not grants_amx():
        return None
    loop = getattr(clock(), "peak_" + instruction.replace(".", "_"), None)
    if loop is None:
        return None
    loop.restype = ctypes.c_double
    return lambda rounds: loop(ctypes.c_long(rounds))


def time_native(function: ctypes._CFuncPtr, argument: object) -> Callable[[int], float]:
    """Times calls of a function of one pointer."""
    return lambda calls: clock().time_calls(function, argument, ctypes.c_long(calls))


def time_cold(function: ctypes._CFuncPtr, argument: object, address: int, size: int) -> Callable[[int], float]:
    """Times single calls of a function of one pointer, each after `size` bytes at `address` have left the caches; the
    least of so many calls."""
    cold = clock().time_cold_call
    cold.restype = ctypes.c_double
    return lambda calls: min(
        cold(function, argument, ctypes.c_void_p(address), ctypes.c_size_t(size)) for _ in range(calls)
    )


def time_reads(address: int, size: int) -> Callable[[int], float]:
    """Times plain reads of `size` bytes."""
    return lambda calls: clock().time_reads(ctypes.c_void_p(address), ctypes.c_size_t(size), ctypes.c_long(calls))


def pair_halves(buffers: Sequence[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The first half of the bytes of `buffers`, in their order, as sources, the second half as targets: pairs of pieces
    that are as long as each other."""
    arrays = [buffer.reshape(-1).view(np.uint8) for buffer in buffers]
    starts = list(accumulate((array.size for array in arrays), initial=0))
    half = starts[-1] // 2

    def rest(position: int) -> np.ndarray:
        """The bytes from `position` on, to the end of their buffer."""
        number = bisect_right(starts, position) - 1
        return arrays[number][position - starts[number] :]

    pieces, done = [], 0
    while done < half:
        source, target = rest(done), rest(half + done)
        size = min(source.size, target.size, half - done)
        pieces.append((source[:size], target[:size]))
        done += size
    return pieces


def time_copies_within(buffers: Sequence[np.ndarray]) -> Callable[[int], float]:
    """Times copies of one half of what `buffers` hold to the other: as many bytes are read and written as they have.

    These very bytes, as how fast memory is depends on where they lie. What is overwritten is put back, untimed.
    """
    pieces = pair_halves(buffers)
    saved = [target.copy() for _, target in pieces]
    sources, targets = (
        (ctypes.c_void_p * len(pieces))(*(x.ctypes.data for x in side)) for side in zip(*pieces, strict=True)
    )
    sizes = (ctypes.c_size_t * len(pieces))(*(source.size for source, _ in pieces))

    def measure(calls: int) -> float:
        seconds = clock().time_copies(targets, sources, sizes, ctypes.c_size_t(len(pieces)), ctypes.c_long(calls))
        for (_, target), values in zip(pieces, saved, strict=True):
            target[...] = values
        return seconds

    return measure


def time_copies(size: int) -> Callable[[int], float]:
    """Times copies of `size` bytes."""
    return time_copies_within([np.ones(size, np.uint8), np.ones(size, np.uint8)])
