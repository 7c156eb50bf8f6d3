"""8-bit code against float code of the same compiler: one process, one core, in turns."""

from __future__ import annotations

import sys
from pathlib import Path

from networks import WORK, Network, measure_json, measure_networks, one_core, prepare
from report import Bar, print_bars

ASKED = "faster"


def measure(network: Network, folder: Path) -> list[Bar]:
    """Benches both programs; the ratio is of medians."""
    programs = prepare(network, folder)
    found = measure_json("bench", programs.float, programs.quantized, "--data", programs.data, "--limit", "16")
    as_float, quantized = (program["median_us"] for program in found["programs"])
    measured = f"{found['ratio']:.2f} times as fast ({as_float:.1f} us, {quantized:.1f} us)"
    return [Bar(f"{network.name}, 8 bits against float", ASKED, measured, found["ratio"] > 1)]


def bars(folder: Path) -> list[Bar]:
    """On one core."""
    with one_core():
        return measure_networks(measure, lambda _: ASKED, folder)


if __name__ == "__main__":
    sys.exit(print_bars("speed on one core", bars(WORK)))
