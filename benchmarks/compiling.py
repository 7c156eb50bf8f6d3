"""From float program to object file: how long it takes on one core, how much memory, and where the time goes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from networks import WORK, Network, measure_networks, one_core, prepare
from report import Bar, print_bars, print_table

from lowbit.tools import find_tool

MOST_SECONDS = 20.0
MOST_MIB = 1024
ASKED = f"< {MOST_SECONDS:.0f} s, < {MOST_MIB} MiB"
# Passes that took less than this part of the time are not listed.
LEAST_SHARE = 1.0

_PASS = re.compile(r"^\s*([\d.]+) \(\s*([\d.]+)%\)\s+(.*)$", re.MULTILINE)
_MEMORY = re.compile(r"^peak memory: (\d+) MiB$", re.MULTILINE)


def measure(network: Network, folder: Path) -> list[Bar]:
    """Compiles the float program with its calibration table, and prints the time of each pass."""
    programs = prepare(network, folder)
    words = ["compile", programs.float, "--calibration", programs.table, "--timing", "-o", folder / "timed.o"]
    command = [find_tool("quant-runner"), *words]
    log = subprocess.run(command, check=True, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    passes = [(name, float(seconds), float(share)) for seconds, share, name in _PASS.findall(log)]
    memory = _MEMORY.search(log)
    if not passes or not memory:
        raise ValueError(f"no times in what quant-runner prints: {log}")
    # The first line is the sum, as is the last.
    steps = [step for step in passes[1:-1] if step[2] >= LEAST_SHARE]
    rows = [(name, f"{seconds:.3f}", f"{share:.1f}") for name, seconds, share in steps]
    print_table(f"compiling {network.name}", ("step", "s", "%"), rows)
    total, mib = passes[0][1], int(memory[1])
    held = total < MOST_SECONDS and mib < MOST_MIB
    return [Bar(f"{network.name}, float program to object file", ASKED, f"{total:.2f} s, {mib} MiB", held)]


def bars(folder: Path) -> list[Bar]:
    """On one core."""
    with one_core():
        return measure_networks(measure, lambda _: ASKED, folder)


if __name__ == "__main__":
    sys.exit(print_bars("compiling on one core", bars(WORK)))
