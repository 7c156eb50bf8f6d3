"""Compiled code against the reference interpreter, byte for byte, on every instruction set."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from machines import Machine, machines
from networks import WORK, Network, Programs, measure_networks, prepare, run, save_samples
from report import Bar, print_bars


def reference(network: Network, programs: Programs) -> tuple[Path, np.ndarray]:
    """The samples in a file, and what the interpreter makes of them."""
    samples = network.test()[0][: network.interpreted]
    data = save_samples(programs.folder / "exact.npz", network, samples)
    return data, run(programs.quantized, data, "--reference")


def asked(network: Network) -> str:
    return f"{network.interpreted} samples, same bytes"


def compare(network: Network, machine: Machine, programs: Programs, data: Path, expected: np.ndarray) -> Bar:
    """Whether the code for a machine gives the bytes of the interpreter."""
    what = f"{network.name}, {machine.name} ({machine.cpu})"
    if lacking := machine.missing():
        return Bar(what, asked(network), f"lacks {lacking}", None)
    found = run(programs.quantized, data, *machine.options())
    wrong = int(np.count_nonzero((found.view(np.uint32) != expected.view(np.uint32)).reshape(len(expected), -1).any(1)))
    return Bar(what, asked(network), f"{wrong} samples differ" if wrong else "same bytes", wrong == 0)


def measure(network: Network, folder: Path) -> list[Bar]:
    """The code for every machine."""
    programs = prepare(network, folder)
    data, expected = reference(network, programs)
    return [compare(network, machine, programs, data, expected) for machine in machines()]


def bars(folder: Path) -> list[Bar]:
    """Every network on every machine."""
    return measure_networks(measure, asked, folder)


if __name__ == "__main__":
    sys.exit(print_bars("compiled code against the reference interpreter", bars(WORK)))
