"""Mixed precision: what each layer loses at each width, and the widths that lose least within a budget."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from lowbit.explore.trials import Workspace, run_program, run_trial
from lowbit.tools import run_tool

WIDTHS = (8, 4, 2)


@dataclass(frozen=True)
class Layer:
    """A layer with weights: its name in recipes, the number of its weights, and at each width what it adds to the
    noise of the outputs, as a part of their power, when all others have 8 bits."""

    name: str
    weights: int
    noise: dict[int, float]


def list_layers(workspace: Workspace) -> list[tuple[str, int]]:
    """The layers whose widths can be chosen and the number of weights of each, in the order of the program."""
    elide = ("--mlir-elide-elementsattrs-if-larger=1", "--mlir-elide-resource-strings-if-larger=1")
    pipeline = "--pass-pipeline=builtin.module(lowbit-pipeline{to=import},lowbit-insert-observers)"
    text = run_tool("quant-opt", [workspace.program, pipeline, *elide], capture=True)
    return _parse_layers(text)


def _parse_layers(text: str) -> list[tuple[str, int]]:
    header = text.split("func.func", 1)[0]
    found = []
    for entry in re.findall(r"\{(channel_count = [^{}]*)\}", header):
        name = re.search(r'name = "([^"]*)"', entry)
        channels = re.search(r"channel_count = (\d+)", entry)
        sizes = re.search(r"element_sizes = array<i64: ([\d, ]+)>", entry)
        if name and channels and sizes:
            found.append((name[1], int(channels[1]) * math.prod(int(size) for size in sizes[1].split(","))))
    return found


def _rule(name: str, width: int) -> str:
    return f'{{name: "{name}", weights: {width}}}'


def measure_sensitivity(workspace: Workspace, executor: Executor, limit: int = 64) -> list[Layer]:
    """Runs the calibration data through a program for each layer and width in which that layer alone is narrow."""
    on_calibration = replace(workspace, test=workspace.calibration, labels="", limit=limit)
    on_calibration = replace(on_calibration, folder=workspace.folder / "sensitivity")
    prepare_sensitivity(workspace, on_calibration)
    layers = list_layers(workspace)
    futures = {}
    for name, _ in layers:
        for width in WIDTHS:
            rules = f'[{_rule(name, width)}, {{op: "*"}}]' if width < 8 else '[{op: "*"}]'
            futures[name, width] = executor.submit(run_trial, on_calibration, f"{name} at {width} bits", rules)
    base = 10 ** (-futures[layers[0][0], 8].result()["sqnr_db"] / 10) if layers else 0.0
    found = []
    for name, weights in layers:
        noise = {8: 0.0}
        for width in WIDTHS[1:]:
            result = futures[name, width].result()
            if "error" not in result:
                noise[width] = max(10 ** (-result["sqnr_db"] / 10) - base, 0.0)
        found.append(Layer(name, weights, noise))
    return found


def prepare_sensitivity(workspace: Workspace, on_calibration: Workspace) -> None:
    """Gives the experiment on calibration data what it shares with the other, and the float outputs of its own."""
    on_calibration.folder.mkdir(parents=True, exist_ok=True)
    for source, target in ((workspace.table, on_calibration.table), (workspace.moments, on_calibration.moments)):
        if not target.exists():
            target.hardlink_to(source)
    if not on_calibration.float_outputs.is_file():
        run_program(on_calibration, on_calibration.program, on_calibration.float_outputs)


# More choices than this are thinned: one is kept for each part of the budget.
MOST_CHOICES = 50_000


@dataclass(frozen=True, order=True)
class _Choice:
    """The widths of the first layers, the bits they take and the noise they add."""

    bits: int
    noise: float
    widths: tuple[int, ...]


def _prune(choices: list[_Choice], budget: float) -> list[_Choice]:
    """Those that no other beats in bits and noise; at most about `MOST_CHOICES` of them."""
    front: list[_Choice] = []
    for choice in sorted(choices):
        if not front or choice.noise < front[-1].noise:
            front.append(choice)
    if len(front) <= MOST_CHOICES:
        return front
    return list({int(choice.bits / budget * MOST_CHOICES): choice for choice in front}.values())


def assign_widths(layers: Sequence[Layer], average_bits: float) -> dict[str, int]:
    """The width of each layer with which the noises, which add up, are least in sum and the weights take at most
    `average_bits` on average.

    The multiple-choice knapsack, by dynamic programming over the choices that no other beats: exact while they are at
    most `MOST_CHOICES`, otherwise with a budget counted in that many parts. Raises `ValueError` where not even the
    narrowest widths fit.
    """
    budget = average_bits * sum(layer.weights for layer in layers)
    choices = [_Choice(0, 0.0, ())]
    for layer in layers:
        added = [
            _Choice(choice.bits + layer.weights * width, choice.noise + noise, (*choice.widths, width))
            for choice in choices
            for width, noise in layer.noise.items()
        ]
        choices = _prune([choice for choice in added if choice.bits <= budget], budget)
    if not choices:
        raise ValueError(f"no widths of {len(layers)} layers take {average_bits} bits on average")
    best = min(choices, key=lambda choice: (choice.noise, choice.bits))
    return {layer.name: width for layer, width in zip(layers, best.widths, strict=True)}


def write_recipe(widths: dict[str, int], path: Path) -> Path:
    """The assignment as a recipe to read and edit."""
    rules = [f'  - name: "{name}"\n    weights: {width}\n' for name, width in widths.items() if width < 8]
    path.write_text(
        "# Widths chosen by sensitivity; every layer that is not named has 8 bits.\nrules:\n"
        + "".join(rules)
        + '  - op: "*"\n'
    )
    return path
