"""The experiment: every recipe tried, mixed ones found, speed measured at the end, and all of it written down."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from lowbit.explore import cost
from lowbit.explore.calibration import calibrate
from lowbit.explore.forms import EIGHT_BITS, Form
from lowbit.explore.mixed import (
    Budget,
    Layer,
    assign_forms,
    get_limit,
    import_program,
    measure_sensitivity,
    measure_times,
    write_recipe,
)
from lowbit.explore.moved import Moved, move_scales
from lowbit.explore.page import write_page
from lowbit.explore.trials import (
    Result,
    Workspace,
    measure_accuracy,
    read_outputs,
    run_program,
    run_trial,
    write_atomically,
)
from lowbit.tools import run_tool

RECIPES = ("w8a8", "w4a8", "w2a8", "w4a4", "w2a2")


@dataclass
class Experiment:
    """What was found. `results` does not depend on the machine's speed or the executor; `latencies` do."""

    workspace: Workspace
    float_program: Result = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    latencies: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        """The results, the same bytes for the same experiment."""
        layers = [
            {"name": layer.name, "weights": layer.weights, "noise": _name(layer.noise), "bound": _name(layer.bound)}
            for layer in self.layers
        ]
        content = {"float": self.float_program, "layers": layers, "results": self.results}
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

    def print(self, console: Console) -> None:
        """The table of all trials, best accuracy first."""
        table = Table(title=str(self.workspace.program.name))
        for column in ("recipe", "accuracy %", "SQNR dB", "bits", "constants", "arena", "µJ predicted", "µs"):
            table.add_column(column, justify="left" if column == "recipe" else "right")
        for row in [self.float_program, *sorted(self.results, key=lambda row: -(row.get("sqnr_db") or 0))]:
            if "error" in row:
                table.add_row(row["name"], f"[red]{row['error']}[/red]")
                continue
            accuracy = "-" if row["accuracy_percent"] is None else f"{row['accuracy_percent']:.2f}"
            latency = self.latencies.get(row["name"])
            table.add_row(
                row["name"],
                accuracy,
                "-" if row is self.float_program else f"{row['sqnr_db']:.2f}",
                f"{row['average_weight_bits']:.2f}",
                f"{row['constant_bytes']:,}",
                f"{row['arena_bytes']:,}",
                f"{row['energy_microjoules']:.2f}",
                "-" if latency is None else f"{latency:.1f}",
            )
        console.print(table)


def _name(values: Mapping[Form, float]) -> dict[str, float]:
    return {str(form): value for form, value in values.items()}


def _measure_float(workspace: Workspace) -> Result:
    """The float program's row; its outputs are what all others are compared with."""
    if not workspace.float_outputs.is_file():
        run_program(workspace, workspace.program, workspace.float_outputs)
    compiled = workspace.folder / "float.o"
    run_tool("quant-runner", ["compile", workspace.program, "-o", compiled], capture=True)
    ops = cost.read_op_costs(import_program(workspace.program, workspace.folder / "float.mlir"))
    return {
        "name": "float",
        "recipe": "",
        "accuracy_percent": measure_accuracy(workspace, read_outputs(workspace.float_outputs)),
        "sqnr_db": None,
        "float_ops": [],
        "constant_bytes": cost.read_constant_bytes(compiled),
        "arena_bytes": cost.read_arena_bytes(compiled.with_suffix(".h")),
        "average_weight_bits": 32.0,
        "weights": cost.read_weight_histograms(workspace.folder / "float.mlir"),
        "multiply_adds": sum(op.multiply_adds for op in ops),
        "energy_microjoules": round(sum(op.picojoules for op in ops) / 1e6, 6),
    }


def _measure_latencies(experiment: Experiment, seconds: float) -> dict[str, float]:
    """The median time of one run of every program in microseconds, one after the other and alone."""
    found = {}
    for row in experiment.results:
        if "error" not in row:
            folder = experiment.workspace.folder / row.get("folder", "")
            program = folder / "programs" / row["key"] / "program.mlir"
            found["float"], found[row["name"]] = _measure_latency(experiment.workspace, program, seconds)
    return found


def _measure_latency(workspace: Workspace, program: Path, seconds: float) -> tuple[float, float]:
    """The median time of one run of the float program and of another, in turns, in microseconds."""
    words = ["--data", workspace.test, "--limit", "4", "--seconds", str(seconds), "--json"]
    measured = json.loads(run_tool("quant-runner", ["bench", workspace.program, program, *words], capture=True))
    reference, other = (round(entry["median_us"], 2) for entry in measured["programs"])
    return reference, other


def _run_trials(
    workspace: Workspace, recipes: Iterable[tuple[str, str]], executor: Executor, progress: Progress, task: TaskID
) -> list[Result]:
    """The results of recipes, given by name and recipe, in their order."""
    futures = {executor.submit(run_trial, workspace, name, recipe): name for name, recipe in recipes}
    progress.update(task, total=len(futures))
    for _ in as_completed(futures):
        progress.advance(task)
    return [future.result() for future in futures]


def _assign(experiment: Experiment, budgets: Sequence[Budget], uniform: Result) -> list[tuple[str, str]]:
    """Writes a recipe for each budget; returns names and paths. A budget that no forms fit is told of and left out."""
    workspace = experiment.workspace
    whole = {"bits": 0.0, "bytes": uniform["constant_bytes"], "energy": uniform["energy_microjoules"]}
    if any(budget.kind == "time" for budget in budgets):
        experiment.layers = measure_times(workspace, experiment.layers)
        program = workspace.folder / "sensitivity" / "programs" / uniform["key"] / "program.mlir"
        whole["time"] = _measure_latency(workspace, program, 1.0)[1]
    found = []
    for budget in budgets:
        try:
            limit = get_limit(budget, experiment.layers, whole[budget.kind])
            assignment = assign_forms(experiment.layers, limit, budget.kind)
        except ValueError as error:
            print(f"{budget.name}: {error}", file=sys.stderr)
            continue
        rest = whole[budget.kind] - sum(layer.costs[budget.kind][EIGHT_BITS] for layer in experiment.layers)
        taken = assignment.cost + rest if budget.kind != "bits" else assignment.cost / _count_weights(experiment.layers)
        title = (
            f"Forms of weights with the least noise within {budget}; they take {taken:.6g} {Budget.UNITS[budget.kind]}"
        )
        path = write_recipe(assignment, workspace.folder / f"{budget.name}.yaml", title)
        found.append((budget.name, str(path)))
    return found


def _count_weights(layers: Sequence[Layer]) -> int:
    return max(sum(layer.weights for layer in layers), 1)


def explore(
    workspace: Workspace,
    executor: Executor,
    recipes: Sequence[str] = RECIPES,
    budgets: Sequence[Budget] = (),
    seconds: float = 1.0,
    *,
    moved: Sequence[Moved] = (),
    shards: int = 2,
    show_progress: bool | None = None,
) -> Experiment:
    """Tries every recipe, also on programs with `moved` scales, and one of mixed forms of weights for each budget.

    The trials, and the `shards` of the calibration, run on `executor`. The results, the recipes found and the page are
    written to the workspace's folder: `results.json`, `mixed-<budget>.yaml`, `latencies.json`, `page.html`. A budget of
    time makes the results depend on the speed of the machine.
    """
    workspace.folder.mkdir(parents=True, exist_ok=True)
    visible = sys.stderr.isatty() if show_progress is None else show_progress
    with Progress(console=Console(stderr=True), disable=not visible) as progress:
        task = progress.add_task("calibration", total=2 * shards)
        calibrate(workspace, executor, shards, lambda: progress.advance(task))
        experiment = Experiment(workspace, _measure_float(workspace))
        task = progress.add_task("trials", total=len(recipes))
        experiment.results = _run_trials(workspace, [(name, name) for name in recipes], executor, progress, task)
        for scales in moved:
            task = progress.add_task(str(scales), total=None)
            other = move_scales(workspace, scales, executor, shards)
            names = [(f"{name}, {scales}", name) for name in recipes]
            rows = _run_trials(other, names, executor, progress, task)
            experiment.results += [row | {"folder": scales.folder} for row in rows]
        if budgets:
            task = progress.add_task("sensitivity", total=None)
            experiment.layers, uniform = measure_sensitivity(workspace, executor)
            found = _assign(experiment, budgets, uniform)
            experiment.results += _run_trials(workspace, found, executor, progress, task)
        if seconds > 0:
            experiment.latencies = _measure_latencies(experiment, seconds)
    write_atomically(workspace.folder / "results.json", experiment.to_json())
    latencies: dict[str, Any] = dict(experiment.latencies)
    write_atomically(workspace.folder / "latencies.json", json.dumps(latencies, indent=1, sort_keys=True) + "\n")
    write_page(experiment, workspace.folder / "page.html")
    return experiment


def make_workspace(folder: Path, program: Path, calibration: Path, test: Path, labels: str, limit: int) -> Workspace:
    """A workspace of absolute paths, for workers elsewhere."""
    return Workspace(folder.resolve(), program.resolve(), calibration.resolve(), test.resolve(), labels, limit)
