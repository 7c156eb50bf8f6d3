"""Which share of each network's products each instruction computes: `python benchmarks/shares.py [CPU]`.

On AVX2, the default, how many products can be added in 16 bits depends on the weights; `lowbit-plan-short-sums` proves
it for each panel of output channels.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from idioms import Mixture, read_idioms
from networks import WORK, networks, prepare
from program_text import read_operations
from report import print_table
from text_networks import TEXT_NETWORKS

from lowbit.tools import run_tool

_CPU = "x86-64-v3"
_NONE = "none"


def shares(program: Path, folder: Path, cpu: str = _CPU) -> Mixture:
    """Of all products of a quantized program, the largest first; "none" is what no dot instruction computes."""
    text = folder / f"{program.stem}.shares.mlir"
    run_tool("quant-opt", [program, "-o", text])
    idioms = read_idioms(text, cpu)
    total: Mixture = defaultdict(float)
    for operation in read_operations(text):
        for name, share in idioms.get(operation.line, {_NONE: 1.0}).items():
            total[name] += share * operation.operations
    work = sum(total.values())
    return {name: part / work for name, part in sorted(total.items(), key=lambda item: -item[1]) if part}


def main(cpu: str) -> None:
    """A row for each network that is here."""
    programs = {n.name: prepare(n, WORK / n.name).quantized for n in networks() if n.available()}
    programs |= {n.name: n.prepare(WORK / n.name)[1] for n in TEXT_NETWORKS if n.available()}
    rows = []
    for network, program in programs.items():
        found = shares(program, program.parent, cpu)
        rows.append((network, ", ".join(f"{100 * share:.1f} % {name}" for name, share in found.items())))
    print_table(f"shares of the products, {cpu}", ("network", "instructions"), rows, width=230)


if __name__ == "__main__":
    main(*(sys.argv[1:] or [_CPU]))
