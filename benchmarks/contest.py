"""Lowbit among the runtimes a user might pick instead: kernels and whole models, on one core, in turns.

Prints one table and writes it as TSV and as an HTML page. Rows that this run doesn't measure are kept from earlier
runs on this machine; each says when it was measured.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import forms
import host
import kernel_contest
import model_contest
import table
from conversions import conversions
from kernels import kernels
from movements import movements
from narrow_bars import comparisons
from native import cpu_flags
from networks import SOURCE, WORK, networks
from result import Row, load, save
from rich.progress import Progress
from without_amx import refuse_amx

_PEERS = ("ort", "ov", "onednn", "xnnpack")
_ROUNDS = 25


@dataclass(frozen=True)
class Task:
    """A row to measure; `measure` is given what to call after each round."""

    name: str
    measure: Callable[[Callable[[], None]], Row]


def _tasks(peers: list[ModuleType], folder: Path, rounds: int) -> list[Task]:
    found = [
        Task(k.name, partial(kernel_contest.measure, k, peers, folder / "kernels", rounds))
        for k in [*(k for k in kernels() if k.layer), *conversions(), *movements()]
    ]
    if "avx2" in cpu_flags():
        own = partial(kernel_contest.measure_avx2, 512, folder / "kernels", rounds)
        found.append(Task("AVX2 code, matmul 512x512x512", own))
    found += [Task(c.name, partial(forms.measure, c, folder / "forms", rounds)) for c in comparisons()]
    for network in networks():
        if network.available():
            model = partial(model_contest.measure, network, peers, folder / network.name, rounds)
            found.append(Task(network.name, model))
            own = partial(model_contest.measure_recipes, network, folder / network.name, rounds)
            found.append(Task(f"{network.name}, other recipes", own))
            # The layers of this one are what is asked about.
            if network.name == "imagenet" and "avx2" in cpu_flags():
                own = partial(model_contest.measure_avx2, network, folder / network.name, rounds)
                found.append(Task(f"AVX2 code, {network.name}", own))
        else:
            print(f"{network.name}: no model: LOWBIT_MODELS names the folder of the networks", file=sys.stderr)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="PART", help="measure the rows whose name has PART in it")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="turns of each contender")
    parser.add_argument("--output", type=Path, default=WORK, help="the folder that is written to")
    parser.add_argument(
        "--without-amx", action="store_true", help="hold every runtime to vector instructions; rows are kept apart"
    )
    parser.add_argument("--docs", action="store_true", help="write the bars into docs/Benchmarks.md too")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    name = "contest"
    if arguments.without_amx:
        # Before the runtimes are loaded.
        refuse_amx()
        name += "-without-amx"

    peers = [importlib.import_module(f"peers.{name}") for name in _PEERS]
    tasks = _tasks(peers, arguments.output, arguments.rounds)
    chosen = [task for task in tasks if not arguments.only or any(part in task.name for part in arguments.only)]
    if not chosen:
        parser.error(
            f"--only: no row has such a part in its name; the rows are {', '.join(task.name for task in tasks)}"
        )
    kept = load(arguments.output / f"{name}.json", host.identity())
    with Progress() as progress:
        bar = progress.add_task("measuring", total=len(chosen) * arguments.rounds)
        for task in chosen:
            progress.update(bar, description=task.name)
            kept[task.name] = task.measure(lambda: progress.advance(bar))
    rows = [kept[task.name] for task in tasks if task.name in kept]
    save(arguments.output / f"{name}.json", host.identity(), rows)
    machine = host.describe(peers)
    if arguments.without_amx:
        machine.insert(2, ("of these", "AMX is refused to every runtime (--without-amx)"))
    table.print_rows(rows, machine)
    table.write_values(arguments.output / f"{name}.tsv", rows, machine)
    table.write_page(arguments.output / f"{name}.html", rows, machine)
    if arguments.docs:
        table.write_markdown(SOURCE / "docs" / "Benchmarks.md", name, rows, machine)
    print(f"written: {arguments.output}/{name}.tsv, {name}.html")
    return int(any(not bar.held for row in rows for bar in row.bars))


if __name__ == "__main__":
    sys.exit(main())
