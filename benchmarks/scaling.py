"""What moving scales between layers gives: equalization, and smoothing with a few exponents.

As in `methods.py`, each half of the calibration samples calibrates the program that the other half measures, and test
samples and labels take no part. The float programs compute the same, so that the ratios compare.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from networks import WORK, Network, call, measure_json, networks, save_samples

RECIPES = ("w8a8", "w4a8", "w4a4")
ALPHAS = (0.25, 0.5, 0.75)
HALVES = (0, 1)


def prepare(network: Network, folder: Path) -> list[str]:
    """Writes a program for each way and half, and its calibration; returns the ways."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = network.calibration()
    call("import", network.model, "-o", folder / "m.mlir")
    ways = ["as it is", "equalized", *(f"smoothed {alpha}" for alpha in ALPHAS)]
    for half in HALVES:
        data = save_samples(folder / f"{half}.npz", network, samples[half::2])
        for way in ways:
            program = folder / f"{way}.{half}.mlir"
            kind, _, alpha = way.partition(" ")
            if kind == "equalized":
                call("equalize", folder / "m.mlir", "-o", program)
            elif kind == "smoothed":
                moments = folder / f"as it is.{half}.moments"
                call("smooth", folder / "m.mlir", "--moments", moments, "--alpha", alpha, "-o", program)
            else:
                program.write_bytes((folder / "m.mlir").read_bytes())
            written = ("--moments", program.with_suffix(".moments"), "-o", program.with_suffix(".calib"))
            call("calibrate", program, "--data", data, *written)
    return ways


def measure(folder: Path, way: str, recipe: str) -> float:
    """The signal-to-noise ratio in dB: the float program's outputs against the differences, mean of halves."""
    ratios = []
    for half in HALVES:
        program, quantized = folder / f"{way}.{half}.mlir", folder / "q.mlir"
        calibrated = ("--calibration", program.with_suffix(".calib"), "--moments", program.with_suffix(".moments"))
        call("quantize", program, *calibrated, "--recipe", recipe, "-o", quantized)
        data = folder / f"{1 - half}.npz"
        (output,) = measure_json("compare", folder / "m.mlir", quantized, "--data", data)["outputs"]
        ratios.append(math.inf if output["sqnr_db"] is None else output["sqnr_db"])
    return sum(ratios) / len(ratios)


def print_table(folder: Path, names: list[str]) -> None:
    """A row for each network of `names`, or of all, and way, a column for each recipe."""
    print("SQNR on the other half of the calibration samples, in dB")
    print(f"{'network':20}{'scales':16}" + "".join(f"{recipe:>10}" for recipe in RECIPES))
    for network in networks():
        if not network.available() or (names and network.name not in names):
            continue
        for way in prepare(network, folder / network.name):
            ratios = [measure(folder / network.name, way, recipe) for recipe in RECIPES]
            print(f"{network.name:20}{way:16}" + "".join(f"{ratio:10.2f}" for ratio in ratios), flush=True)


if __name__ == "__main__":
    print_table(WORK / "scaling", sys.argv[1:])
