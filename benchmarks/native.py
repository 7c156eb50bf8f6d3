"""Calls of C functions, timed in C."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable

from kernel_timing import load_peaks
from networks import WORK


@functools.cache
def clock() -> ctypes.CDLL:
    """peak.c, built and loaded once."""
    return load_peaks(WORK)


def time_native(function: ctypes._CFuncPtr, argument: object) -> Callable[[int], float]:
    """Times calls of a function of one pointer."""

    def measure(calls: int) -> float:
        return clock().time_calls(function, argument, ctypes.c_long(calls))

    return measure
