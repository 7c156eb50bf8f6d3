"""Accuracy of every network as a float and as 8-bit programs, against the bars."""

from __future__ import annotations

import sys
from pathlib import Path

from networks import WORK, Network, accuracy, call, measure_networks, prepare, run
from report import Bar, print_bars
from text_networks import TEXT_NETWORKS


def measure(network: Network, folder: Path) -> list[Bar]:
    """Runs each program on every test sample."""
    programs = prepare(network, folder)
    call("quantize", programs.float, "--recipe", "w8a8-dynamic", "-o", programs.dynamic)
    ranges = ("--calibration", programs.table, "--moments", programs.moments)
    call("quantize", programs.float, *ranges, "--recipe", "w8a16", "-o", programs.wide)
    _, labels = network.test()
    forms = [
        ("float", programs.float, network.float_accuracy),
        ("8 bits", programs.quantized, network.least_accuracy),
        ("8 bits, ranges found at run time", programs.dynamic, network.least_accuracy),
        ("8 bits, activations of 16", programs.wide, network.least_accuracy),
    ]
    found = []
    for form, program, least in forms:
        # The bars are given with two digits.
        percent = round(accuracy(run(program, programs.data), labels), 2)
        found.append(Bar(f"{network.name}, {form}", f">= {least:.2f} %", f"{percent:.2f} %", percent >= least))
    return found


def bars(folder: Path) -> list[Bar]:
    """The bars of every network."""
    found = measure_networks(measure, lambda network: f">= {network.least_accuracy:.2f} %", folder)
    for text_network in TEXT_NETWORKS:
        found += text_network.bars(folder / text_network.name)
    return found


if __name__ == "__main__":
    sys.exit(print_bars("accuracy on the test samples", bars(WORK)))
