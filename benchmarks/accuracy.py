"""Accuracy of every network as a float program, with 8 bits, and with weights of 5 bits on average, against the bars.
With `--weights-alone`, that of programs whose weights alone are integers, without and with moments; with
`--sequential`, that of programs whose weights are rounded by what layers read behind others."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from networks import WORK, Network, Programs, accuracy, call, measure_networks, networks, prepare, run
from report import Bar, print_bars, print_table
from text_networks import TEXT_NETWORKS

from lowbit.explore import cost

MIXED_BITS = 5

# What `lowbit quantize` is given besides a recipe.
Options = Callable[[Programs], tuple[str | Path, ...]]


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
    return [*found, measure_mixed(network, programs)]


def measure_mixed(network: Network, programs: Programs) -> Bar:
    """Mixes the forms of weights layer by layer, by the weights alone, and counts the bits of what comes out."""
    recipe = programs.folder / "m.mixed.yaml"
    call("mix", programs.float, "--mixed", str(MIXED_BITS), "-o", recipe)
    ranges = ("--calibration", programs.table, "--moments", programs.moments)
    call("quantize", programs.float, *ranges, "--recipe", recipe, "-o", programs.mixed)
    percent = round(accuracy(run(programs.mixed, programs.data), network.test()[1]), 2)
    bits = cost.get_average_bits(cost.read_op_costs(programs.mixed))
    least = network.least_mixed_accuracy
    return Bar(
        f"{network.name}, weights of mixed forms",
        f">= {least:.2f} % with <= {MIXED_BITS} bits",
        f"{percent:.2f} % with {bits:.2f} bits",
        percent >= least and bits <= MIXED_BITS,
    )


def bars(folder: Path) -> list[Bar]:
    """The bars of every network."""
    found = measure_networks(measure, lambda network: f">= {network.least_accuracy:.2f} %", folder)
    for text_network in TEXT_NETWORKS:
        found += text_network.bars(folder / text_network.name)
    return found


def print_weights_alone(folder: Path) -> None:
    """A line for each network and width of its weights, with the accuracy of the float program beside."""
    ways = {"without moments": lambda _: (), "with": lambda programs: ("--moments", programs.moments)}
    print_ways("percent of the test samples, weights alone quantized", ("w8", "w4", "w2"), ways, folder)


def print_sequential(folder: Path) -> None:
    """A line for each network and recipe, with weights rounded by moments of the float program, and sequentially."""
    ways = {
        "float moments": lambda programs: ("--calibration", programs.table, "--moments", programs.moments),
        "sequential": lambda programs: ("--calibration", programs.table, "--sequential", programs.calibration),
    }
    print_ways("percent of the test samples", ("w4a8", "w2a8", "w4a4", "w2a2"), ways, folder)


def print_ways(title: str, recipes: Sequence[str], ways: Mapping[str, Options], folder: Path) -> None:
    """A line for each network and recipe, a column for each way: options of `lowbit quantize`."""
    rows = []
    for network in networks():
        if not network.available():
            continue
        programs, (_, labels) = prepare(network, folder / network.name), network.test()
        for recipe in recipes:
            program, found = folder / network.name / f"m.{recipe}.mlir", []
            for options in ways.values():
                call("quantize", programs.float, *options(programs), "--recipe", recipe, "-o", program)
                found.append(f"{accuracy(run(program, programs.data), labels):.2f}")
            rows.append((network.name, f"{network.float_accuracy:.2f}", recipe, *found))
    print_table(title, ("network", "float", "recipe", *ways), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights-alone", action="store_true", help="only the recipes w8, w4 and w2")
    parser.add_argument("--sequential", action="store_true", help="only recipes whose weights are rounded sequentially")
    arguments = parser.parse_args()
    if arguments.weights_alone:
        print_weights_alone(WORK)
        return 0
    if arguments.sequential:
        print_sequential(WORK)
        return 0
    return print_bars("accuracy on the test samples", bars(WORK))


if __name__ == "__main__":
    sys.exit(main())
