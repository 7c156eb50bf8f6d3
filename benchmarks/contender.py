"""One way to compute something, ready to be timed, and turns taken among several."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

EIGHT_BITS = "8 bits"
FLOAT = "float"
# Ours, its products and sums fused.
FAST_FLOAT = "fast float"
# One turn lasts about this long: shorter than a slice of the scheduler.
_TURN_SECONDS = 2e-3


@dataclass(frozen=True)
class Contender:
    """`time(n)` gives the seconds of one call, over n calls; `output()` calls once and gives the result, shaped as the
    reference's.

    `form` is `EIGHT_BITS`, `FLOAT` or `FAST_FLOAT`; `note` says what a reader should know about this one.
    """

    name: str
    form: str
    time: Callable[[int], float]
    output: Callable[[], np.ndarray]
    note: str = ""


@dataclass(frozen=True)
class ModelContender:
    """A whole network, of one sample a call; `run(x)` gives its output, `time` calls it on any one sample."""

    name: str
    form: str
    time: Callable[[int], float]
    run: Callable[[np.ndarray], np.ndarray]
    note: str = ""


@dataclass(frozen=True)
class Times:
    """Seconds of one call."""

    median: float
    least: float


def time_python(function: Callable[[], object]) -> Callable[[int], float]:
    """Times calls from Python: the loop costs some twenty nanoseconds a call."""

    def measure(calls: int) -> float:
        start = time.perf_counter()
        for _ in repeat(None, calls):
            function()
        return (time.perf_counter() - start) / calls

    return measure


def take_turns(timers: Sequence[Callable[[int], float]], rounds: int, step: Callable[[], None]) -> list[Times]:
    """A B C A B C ...; `step` is called after each round."""
    # The first call warms up; how many of the next make a turn, the second tells.
    counts = []
    for timer in timers:
        timer(1)
        counts.append(max(1, int(_TURN_SECONDS / max(timer(1), 1e-9))))
    seen: list[list[float]] = [[] for _ in timers]
    for _ in range(rounds):
        for timer, calls, times in zip(timers, counts, seen, strict=True):
            # Whatever the one before has left in the caches is no one's doing.
            timer(1)
            times.append(timer(calls))
        step()
    return [Times(statistics.median(times), min(times)) for times in seen]
