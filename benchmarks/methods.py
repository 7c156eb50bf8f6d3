"""How near 8-bit programs come to the float ones on samples they were not calibrated with, for each way to quantize.

The defaults of the recipe `w8a8` are chosen by this table. Each half of the calibration samples chooses the ranges and
the roundings that the other half measures: on its own samples a method that fits them closely would always look best.
Test samples and labels take no part, so that accuracy on those stays a measurement.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

from networks import WORK, Network, call, measure_json, networks, save_samples

METHODS = {
    "minmax": "method: minmax",
    "percentile 99.999": "method: percentile, percentile: 99.999",
    "percentile 99.9999": "method: percentile, percentile: 99.9999",
    "mse": "method: mse",
}
ROUNDINGS = ("nearest", "sums", "best")
HALVES = (0, 1)


def calibrate(network: Network, folder: Path) -> None:
    """Imports a network and calibrates it with each half of the calibration samples."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = network.calibration()
    call("import", network.model, "-o", folder / "m.mlir")
    for half in HALVES:
        data = save_samples(folder / f"{half}.npz", network, samples[half::2])
        observed = ("--data", data, "--moments", folder / f"{half}.moments", "-o", folder / f"{half}.calib")
        call("calibrate", folder / "m.mlir", *observed)


def measure(folder: Path, method: str, rounding: str) -> float:
    """The signal-to-noise ratio in dB: the float program's outputs against the differences, mean of halves."""
    program, recipe, quantized = folder / "m.mlir", folder / "method.yaml", folder / "m.method.mlir"
    recipe.write_text(f"rules:\n  - {{{METHODS[method]}, rounding: {rounding}}}\n")
    ratios = []
    for half in HALVES:
        calibrated = ("--calibration", folder / f"{half}.calib", "--moments", folder / f"{half}.moments")
        call("quantize", program, *calibrated, "--recipe", recipe, "-o", quantized)
        (output,) = measure_json("compare", program, quantized, "--data", folder / f"{1 - half}.npz")["outputs"]
        ratios.append(math.inf if output["sqnr_db"] is None else output["sqnr_db"])
    return sum(ratios) / len(ratios)


def choose(table: dict[tuple[str, str], list[float]]) -> tuple[str, str]:
    """The row that loses least against the best of each column, where it loses most."""
    best = [max(column) for column in zip(*table.values(), strict=True)]
    return min(table, key=lambda row: max(top - ratio for top, ratio in zip(best, table[row], strict=True)))


def print_table(folder: Path) -> None:
    """A row for each method and way of rounding weights, a column for each network whose files are here."""
    available = [network for network in networks() if network.available()]
    for network in available:
        calibrate(network, folder / network.name)
    table: dict[tuple[str, str], list[float]] = {}
    print("SQNR on the other half of the calibration samples, in dB")
    print(f"{'ranges':20}{'weights':9}" + "".join(f"{network.name:>18}" for network in available))
    for row in itertools.product(METHODS, ROUNDINGS):
        table[row] = [measure(folder / network.name, *row) for network in available]
        print(f"{row[0]:20}{row[1]:9}" + "".join(f"{ratio:18.2f}" for ratio in table[row]), flush=True)
    print("least behind the best of each network: " + ", ".join(choose(table)))


if __name__ == "__main__":
    print_table(WORK / "methods")
