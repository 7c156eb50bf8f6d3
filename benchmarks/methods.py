"""How near 8-bit programs come to the float ones on the calibration samples, for each way to choose ranges.

The defaults of the recipe `w8a8` are chosen by this table. It takes no test samples and no labels, so that accuracy on
those stays a measurement.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

from networks import WORK, Network, call, measure_json, networks, prepare

METHODS = {
    "minmax": "method: minmax",
    "percentile 99.99": "method: percentile, percentile: 99.99",
    "percentile 99.999": "method: percentile, percentile: 99.999",
    "percentile 99.9999": "method: percentile, percentile: 99.9999",
    "mse": "method: mse",
    "entropy": "method: entropy",
}
ROUNDINGS = ("nearest", "sums")


def measure(network: Network, folder: Path, method: str, rounding: str) -> float:
    """The signal-to-noise ratio in dB, of the float program's outputs against the differences from them."""
    programs = prepare(network, folder)
    recipe, quantized = folder / "method.yaml", folder / "m.method.mlir"
    recipe.write_text(f"rules:\n  - {{{METHODS[method]}, rounding: {rounding}}}\n")
    call("quantize", programs.float, "--calibration", programs.table, "--recipe", recipe, "-o", quantized)
    (output,) = measure_json("compare", programs.float, quantized, "--data", programs.calibration)["outputs"]
    return math.inf if output["sqnr_db"] is None else output["sqnr_db"]


def choose(table: dict[tuple[str, str], list[float]]) -> tuple[str, str]:
    """The row that loses least against the best of each column, where it loses most."""
    best = [max(column) for column in zip(*table.values(), strict=True)]
    return min(table, key=lambda row: max(top - ratio for top, ratio in zip(best, table[row], strict=True)))


def print_table(folder: Path) -> None:
    """A row for each method and way of rounding weights, a column for each network whose files are here."""
    available = [network for network in networks() if network.available()]
    table: dict[tuple[str, str], list[float]] = {}
    print("SQNR on the calibration samples, in dB")
    print(f"{'ranges':20}{'weights':9}" + "".join(f"{network.name:>18}" for network in available))
    for row in itertools.product(METHODS, ROUNDINGS):
        table[row] = [measure(network, folder / network.name, *row) for network in available]
        print(f"{row[0]:20}{row[1]:9}" + "".join(f"{ratio:18.2f}" for ratio in table[row]), flush=True)
    print("least behind the best of each network: " + ", ".join(choose(table)))


if __name__ == "__main__":
    print_table(WORK)
