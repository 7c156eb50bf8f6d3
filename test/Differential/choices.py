"""Random programs as the numbers they were drawn from, so that a program is shrunk by making its numbers smaller."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Draws integers and records how far above its least value each was. A recording replays; what lies beyond its end
    is the least value."""

    def __init__(self, seed: int | None = None, recorded: Sequence[int] = ()) -> None:
        self._random = random.Random(seed) if seed is not None else None
        self._recorded = list(recorded)
        self.drawn: list[int] = []

    def integer(self, low: int, high: int) -> int:
        """From `low` to `high`, both included; shrinks towards `low`."""
        position = len(self.drawn)
        if position < len(self._recorded):
            offset = min(self._recorded[position], high - low)
        else:
            offset = self._random.randint(0, high - low) if self._random else 0
        self.drawn.append(offset)
        return low + offset

    def one_of(self, options: Sequence[T]) -> T:
        """One of `options`; shrinks towards the first."""
        return options[self.integer(0, len(options) - 1)]

    def flag(self, odds: int = 2) -> bool:
        """True once in `odds` times; shrinks to False."""
        return self.integer(0, odds - 1) == odds - 1


def shrink(recorded: Sequence[int], fails: Callable[[list[int]], bool], budget: int = 200) -> list[int]:
    """A recording for which `fails` still holds and of which no single number can be made smaller, or the best found
    after `budget` tries."""
    best = list(recorded)

    def attempt(candidate: list[int]) -> bool:
        nonlocal best, budget
        if budget == 0 or candidate == best:
            return False
        budget -= 1
        if not fails(candidate):
            return False
        best = candidate
        return True

    improved = True
    while improved and budget:
        improved = False
        position = 0
        while position < len(best):
            value = best[position]
            for smaller in dict.fromkeys((0, value // 2, value - 1)):
                if 0 <= smaller < value and attempt([*best[:position], smaller, *best[position + 1 :]]):
                    improved = True
                    break
            position += 1
        # A number that decided how many others follow leaves them behind.
        for length in (len(best) // 2, len(best) - 1):
            improved |= length > 0 and attempt(best[:length])
    return best
