"""How near 8-bit programs come to the float ones on the calibration samples, for each way to choose ranges.

The defaults of the recipe `w8a8` are chosen by this table. It takes no test samples and no labels, so that accuracy on
those stays a measurement.
"""

from __future__ import annotations

import math
import sys
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


def print_table(folder: Path) -> None:
    """A row for each method and way of rounding weights, a column for each network whose files are here."""
    available = [network for network in networks() if network.available()]
    titles = [f"{network.name:>18}" for network in available]
    print("SQNR on the calibration samples, in dB")
    print(f"{'ranges':20}{'weights':9}" + "".join(titles) + f"{'mean':>9}")
    for method in METHODS:
        for rounding in ROUNDINGS:
            ratios = [measure(network, folder / network.name, method, rounding) for network in available]
            cells = "".join(f"{ratio:18.2f}" for ratio in ratios)
            print(f"{method:20}{rounding:9}{cells}{sum(ratios) / len(ratios):9.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(print_table(WORK))
