"""Which instructions the compiler chose for each product of a program, and what the core can do with that mixture."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from native import find_peak

from lowbit.tools import run_tool

# The passes that write the choice on an operation of integers. With debug info, so that it has the program's line.
_CHOICES = (
    "builtin.module(lowbit-pipeline{{from=lower to=lower cpu={cpu}}},func.func(lowbit-separate-zero-points),"
    "lowbit-select-tiles{{cpu={cpu}}},func.func(lowbit-plan-short-sums))"
)
# Weights are not printed; how many groups of a reduction go which way is.
_PRINTING = (
    "--mlir-print-debuginfo",
    "--mlir-elide-resource-strings-if-larger=1",
    "--mlir-elide-elementsattrs-if-larger=4000",
    "--mlir-print-elementsattrs-with-hex-if-larger=4000",
)
_PLACE = re.compile(r'^(#loc\d*) = loc\(".*":(\d+):\d+\)$', re.MULTILINE)
_TILE = re.compile(r'instruction = "([\w.]+)"')
_SUMS = re.compile(r"short_sums<width = \d+, instructions = \[([^\]]*)\], counts = dense<([^>]*)>")
_ROUNDS = 200_000

# The share of the work that each instruction does.
Mixture = dict[str, float]


def _groups(instruction: str) -> int:
    """How many groups of four products an instruction adds up in 16 bits."""
    found = re.search(r"\.x(\d+)$", instruction)
    return int(found[1]) if found else 1


def mixture_of(names: str, counts: str) -> Mixture:
    """Of the sums that each panel of output channels leaves to each instruction."""
    instructions = re.findall(r'"([\w.]+)"', names)
    sums = (
        np.array(json.loads(counts)).reshape(-1, len(instructions))
        if "[" in counts
        else np.ones((1, len(instructions)))
    )
    work = sums.sum(axis=0) * [_groups(name) for name in instructions]
    return {name: float(part) for name, part in zip(instructions, work / work.sum(), strict=True) if part}


def read_idioms(program: Path, cpu: str) -> dict[int, Mixture]:
    """By the line of each product in the program's text, for a program that is quantized."""
    text = run_tool("quant-opt", [program, f"--pass-pipeline={_CHOICES.format(cpu=cpu)}", *_PRINTING], capture=True)
    lines = {name: int(line) for name, line in _PLACE.findall(text)}
    found: dict[int, Mixture] = {}
    for tile in _TILE.finditer(text):
        # The attributes of one operation stand on one line; its place follows them.
        begin, end = text.rfind("\n", 0, tile.start()), text.find("\n", tile.end())
        sums = _SUMS.search(text, begin, end)
        place = re.compile(r"loc\((#loc\d*)\)").search(text, tile.end())
        if place:
            found[lines.get(place[1], 0)] = mixture_of(*sums.groups()) if sums else {tile[1]: 1.0}
    return found


def describe(mixture: Mixture) -> str:
    """The instruction, or the instruction set and the shares of its instructions."""
    if len(mixture) < 2:
        return "".join(mixture)
    sets = sorted({name.partition(".")[0] for name in mixture})
    parts = [f"{100 * share:.0f} % {name.partition('.')[2]}" for name, share in mixture.items()]
    return f"{'/'.join(sets)}: {', '.join(parts)}"


def peak_of(mixture: Mixture) -> Callable[[], float] | None:
    """Measures what the mixture reaches with its operands in registers, in operations per second; None where peak.c
    lacks one of its instructions."""
    peaks = {name: find_peak(name) for name in mixture}
    if not mixture or None in peaks.values():
        return None
    return lambda: 1.0 / sum(share / peaks[name](_ROUNDS) for name, share in mixture.items())
