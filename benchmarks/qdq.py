"""The Q/DQ form, run as the float program it is, against the integer program made of it.

Both round the same way in every tensor, but the float program sums products of floats where the integer one sums
integers: a value that lies on the edge of rounding may fall to either side, and so may values after it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from networks import WORK, Network, networks, prepare, run, save_samples
from report import Bar, print_bars

SAMPLES = {"digits": 200, "digits_batchnorm": 200, "imagenet": 8}


@dataclass(frozen=True)
class Difference:
    """How two arrays of the same quantized tensor differ."""

    values: int
    differing: int
    most_steps: float


def last_scale(program: Path) -> float:
    """The scale of the tensor that leaves the integer program."""
    types = re.findall(
        r"lowbit\.dequantize %\S+ : tensor<[^!>]*!quant\.uniform<[^,>]*?, ([-+.\deE]+)[:>]", program.read_text()
    )
    if not types:
        raise ValueError(f"{program}: no lowbit.dequantize of a tensor with one scale")
    return float(types[-1])


def difference(qdq: np.ndarray, integer: np.ndarray, scale: float) -> Difference:
    steps = np.abs(qdq.astype(np.float64) - integer.astype(np.float64)) / scale
    return Difference(steps.size, int(np.count_nonzero(steps > 0.5)), float(steps.max(initial=0)))


def measure(network: Network, folder: Path) -> Bar:
    """Runs both forms on the first test samples."""
    programs = prepare(network, folder)
    samples = network.test()[0][: SAMPLES[network.name]]
    data = save_samples(programs.folder / "qdq.npz", network, samples)
    found = difference(
        run(programs.qdq, data, "--reference"), run(programs.quantized, data), last_scale(programs.quantized)
    )
    measured = f"{found.differing} of {found.values} values differ, by {found.most_steps:.0f} at most"
    return Bar(f"{network.name}, {len(samples)} samples", "within 1 step", measured, found.most_steps < 1.5)


def bars(folder: Path) -> list[Bar]:
    return [
        measure(network, folder / network.name)
        if network.available()
        else Bar(network.name, "within 1 step", "no model", None)
        for network in networks()
    ]


if __name__ == "__main__":
    sys.exit(print_bars("Q/DQ form as a float program against the integer program", bars(WORK)))
