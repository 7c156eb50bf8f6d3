"""What zero points of weights give: `python benchmarks/zero_points.py [NETWORK...]`.

Percent of right answers on the test samples, weights rounded with moments.
"""

from __future__ import annotations

import sys
from pathlib import Path

from networks import WORK, Network, accuracy, call, networks, prepare, run

# Bits of weights and of activations. Half steps are for weights of two bits.
LEVELS = ((4, 8), (4, 4), (2, 8), (2, 2))
ZERO_POINTS = ("none", "integer", "half")


def measure(network: Network, folder: Path, weights: int, activations: int, zero_points: str) -> float:
    programs = prepare(network, folder)
    quantized = folder / f"w{weights}a{activations}.{zero_points}.mlir"
    widths = f"weights: {weights}, activations: {activations}, zero_points: {zero_points}"
    calibrated = ("--calibration", programs.table, "--moments", programs.moments)
    call("quantize", programs.float, *calibrated, "--recipe", f"[{{{widths}, method: mse}}]", "-o", quantized)
    return accuracy(run(quantized, programs.data), network.test()[1])


def print_table(folder: Path, names: list[str]) -> None:
    """A row for each network of `names`, or of all, and level, a column for each kind of zero points."""
    print(f"{'network':20}{'level':10}" + "".join(f"{kind:>10}" for kind in ZERO_POINTS))
    for network in networks():
        if not network.available() or (names and network.name not in names):
            continue
        for weights, activations in LEVELS:
            kinds = ZERO_POINTS if weights == 2 else ZERO_POINTS[:2]
            found = [measure(network, folder / network.name, weights, activations, kind) for kind in kinds]
            numbers = "".join(f"{percent:10.2f}" for percent in found)
            print(f"{network.name:20}{f'w{weights}a{activations}':10}{numbers}", flush=True)


if __name__ == "__main__":
    print_table(WORK / "zero_points", sys.argv[1:])
