"""What a call of each network has in memory, with weights of 8, 4 and 2 bits, and its constants as a part of the file
of the float model."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from networks import WORK, Network, call, measure_networks, prepare
from report import Bar, print_bars

from lowbit.tools import run_tool

# The largest part of the float file that each recipe may take, scales and headers included.
_ASKED = {"w8a8": 0.27, "w4a8": 0.14, "w4a8-g128": 0.14, "w4a8-g32": 0.14, "w4a8-g16": 0.14, "w2a8": 0.08, "w2": 0.08}
_MEMORY = re.compile(r": (\d+) bytes of memory in a call .*: constants (\d+),")


def measure(network: Network, folder: Path) -> list[Bar]:
    programs = prepare(network, folder)
    calibrated = ("--calibration", programs.table, "--moments", programs.moments)
    found = []
    for recipe, asked in _ASKED.items():
        program = folder / f"m.{recipe}.mlir"
        call("quantize", programs.float, *calibrated, "--recipe", recipe, "-o", program)
        printed = run_tool("quant-runner", ["compile", program, "-o", program.with_suffix(".o")], capture=True)
        memory, constants = map(int, _MEMORY.search(printed).groups())
        part = constants / network.model.stat().st_size
        measured = f"{part:.4f} ({constants:,} bytes; a call has {memory:,})"
        found.append(Bar(f"{network.name}, {recipe}", f"<= {asked:g} of the float file", measured, part <= asked))
    return found


def bars(folder: Path) -> list[Bar]:
    """The bars of every network."""
    return measure_networks(measure, lambda _: "a part of the float file", folder)


if __name__ == "__main__":
    sys.exit(print_bars("constants in the object file, and memory of a call", bars(WORK)))
