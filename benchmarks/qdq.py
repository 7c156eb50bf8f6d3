"""The Q/DQ form, run as the float program it is, against the integer program made of it.

Both round the same way in every tensor, but the float program sums products of floats where the integer one sums
integers: a value that lies on the edge of rounding may fall to either side, and so may values after it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from networks import WORK, Network, measure_json, measure_networks, prepare
from report import Bar, print_bars

ASKED = "within 1 step"


def measure(network: Network, folder: Path) -> list[Bar]:
    """Compares both forms on the first test samples."""
    programs = prepare(network, folder)
    samples = network.interpreted
    words = ("--data", programs.data, "--limit", str(samples), "--reference")
    (output,) = measure_json("compare", programs.qdq, programs.quantized, *words)["outputs"]
    beyond = output["values"] - output["within_one_step"]
    measured = f"{output['differ']} of {output['values']} values differ, {beyond} by more"
    return [Bar(f"{network.name}, {samples} samples", ASKED, measured, beyond == 0)]


def bars(folder: Path) -> list[Bar]:
    return measure_networks(measure, lambda _: ASKED, folder)


if __name__ == "__main__":
    sys.exit(print_bars("Q/DQ form as a float program against the integer program", bars(WORK)))
