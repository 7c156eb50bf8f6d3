"""Mixed precision: what each layer loses and takes in each form, and the forms that lose least within a budget."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from lowbit.explore import cost
from lowbit.explore.calibration import calibrate, halve
from lowbit.explore.forms import EIGHT_BITS, Form
from lowbit.explore.trials import Result, Workspace, measure_noise, quantize, run_program, run_trial
from lowbit.layers import run_program_on
from lowbit.tools import LowbitError, quote_option, run_tool

UNIFORM = '[{op: "*"}]'


@dataclass(frozen=True)
class Layer:
    """A layer with weights: its name in recipes, the number of its weights, and in each form what it adds to the
    noise of the outputs, as a part of their power, when all others have 8 bits.

    `bound` is the noise that rounding adds to the sums of the layer without regard to data (see `WeightErrors.h`), and
    `costs` what the layer takes in each form: bytes of weights, microjoules predicted, microseconds measured.
    """

    name: str
    weights: int
    noise: dict[Form, float]
    bound: dict[Form, float] = field(default_factory=dict)
    costs: dict[str, dict[Form, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Budget:
    """What a program may take: `bits` of a weight on average, `bytes` of constants, microjoules of `energy` or
    microseconds of `time` for a run; or, where `is_relative`, a part of what 8 bits take."""

    kind: str
    amount: float
    is_relative: bool = False

    UNITS = {"bits": "bits", "bytes": "bytes", "energy": "µJ", "time": "µs"}  # noqa: RUF012

    @staticmethod
    def parse(text: str) -> Budget:
        """`bytes=50000`, `energy=3.5`, `time=70%`; a number alone is of bits. Raises `ValueError`."""
        match = re.fullmatch(r"(?:(bits|bytes|energy|time)=)?(\d+(?:\.\d+)?)(%?)", text)
        if not match or float(match[2]) == 0:
            raise ValueError(
                f"expected bits, bytes, energy or time, '=' and an amount or a percentage, but got '{text}'"
            )
        return Budget(match[1] or "bits", float(match[2]) / (100 if match[3] else 1), bool(match[3]))

    def __str__(self) -> str:
        return f"{100 * self.amount:g} % of the {self.kind} of 8 bits" if self.is_relative else self._absolute()

    def _absolute(self) -> str:
        unit = self.UNITS[self.kind]
        return f"{self.amount:g} {unit}" if unit == self.kind else f"{self.amount:g} {unit} of {self.kind}"

    @property
    def name(self) -> str:
        """What the recipe is called: of characters that any file name may have."""
        amount = f"{100 * self.amount:g}pct" if self.is_relative else f"{self.amount:g}"
        return f"mixed-{amount}" if self.kind == "bits" and not self.is_relative else f"mixed-{self.kind}-{amount}"


def list_layers(program: Path) -> list[Layer]:
    """The layers of a program in float form whose form can be chosen, in the order of the program, without noise."""
    errors = cost.read_weight_errors(program)
    found = []
    for op in cost.read_op_costs(program):
        relative = errors.get(op.name, {})
        if op.weights is None or EIGHT_BITS not in relative:
            continue
        count = op.weights.elements
        costs = {"bits": {form: count * form.bits for form in relative}}
        costs["bytes"] = {form: bits / 8 for form, bits in costs["bits"].items()}
        costs["energy"] = {
            form: 1e-6 * (op.multiply_adds * cost.integer_multiply_add(8, form.width) + size * cost.LARGE_CACHE_BYTE)
            for form, size in costs["bytes"].items()
        }
        bound = {form: error**2 for form, error in relative.items()}
        found.append(Layer(op.name, count, {}, bound, costs))
    return found


def import_program(program: Path, output: Path) -> Path:
    """The float form of a program."""
    run_tool("quant-opt", [program, "--lowbit-pipeline=to=import", "-o", output])
    return output


def measure_sensitivity(workspace: Workspace, executor: Executor, limit: int = 64) -> tuple[list[Layer], Result]:
    """Runs calibration samples through a program for each layer and form in which that layer alone has not 8 bits.

    The programs are calibrated with one half of the samples and run on at most `limit` of the other: on its own samples
    the form that fits them closest would look best. Also returns what was found of the program whose layers all have 8
    bits.
    """
    on_calibration = prepare_sensitivity(workspace, executor, limit)
    layers = list_layers(import_program(workspace.program, workspace.folder / "float.mlir"))
    uniform = executor.submit(run_trial, on_calibration, "all at 8 bits", UNIFORM)
    futures = {
        (layer.name, form): executor.submit(measure_noise, on_calibration, recipe)
        for layer in layers
        for form in layer.bound
        if form != EIGHT_BITS
        for recipe in [f'[{form.rule(_name(layer.name))}, {{op: "*"}}]']
    }
    base = uniform.result()
    if "error" in base:
        raise LowbitError(f"8 bits: {base['error']}")
    base_noise = 10 ** (-base["sqnr_db"] / 10)
    found = []
    for layer in layers:
        noise = {EIGHT_BITS: 0.0}
        for form in layer.bound:
            if form == EIGHT_BITS:
                continue
            added = futures[layer.name, form].result()
            if added is not None:
                noise[form] = max(added - base_noise, 0.0)
        found.append(replace(layer, noise=noise))
    return found, base


def _name(name: str) -> str:
    return f'name: "{name}"'


def prepare_sensitivity(workspace: Workspace, executor: Executor, limit: int) -> Workspace:
    """An experiment calibrated with every other sample of the calibration data, which is judged by the others."""
    folder = workspace.folder / "sensitivity"
    folder.mkdir(parents=True, exist_ok=True)
    calibration, test = halve(workspace, folder)
    halved = replace(workspace, folder=folder, calibration=calibration, test=test, labels="", limit=limit)
    calibrate(halved, executor, shards=2)
    if not halved.float_outputs.is_file():
        run_program(halved, halved.program, halved.float_outputs)
    return halved


def measure_times(workspace: Workspace, layers: Sequence[Layer], seconds: float = 0.1) -> list[Layer]:
    """The layers with `costs["time"]`: each alone, on what the float program computes before it, one after the other.

    Every form is timed in turns with 8 bits, and its ratio to them taken: speed that drifts does not count.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "tensors.npz"
        returning = "--pass-pipeline=builtin.module(func.func(lowbit-return-tensors))"
        tensors = folder / "tensors.mlir"
        run_tool("quant-opt", [workspace.folder / "float.mlir", returning, "-o", tensors])
        run = run_program_on(tensors, workspace.calibration, ["--limit", "1"])
        with np.load(workspace.calibration) as given:
            inputs = {name: given[name][:rows] for name, rows in run.input_rows.items()}
        np.savez(data, **inputs, **run.outputs)
        programs = {form: folder / f"{form}.mlir" for layer in layers for form in layer.bound}
        for form, program in programs.items():
            quantize(workspace, "[" + form.rule('op: "*"') + "]", program, to="propagate")
        return [_time_layer(layer, programs, data, folder, seconds) for layer in layers]


def _time_layer(layer: Layer, programs: Mapping[Form, Path], data: Path, folder: Path, seconds: float) -> Layer:
    alone = {}
    for form in layer.bound:
        alone[form] = folder / f"{form}.alone.mlir"
        step = f"lowbit-separate-layers{{only={quote_option(layer.name)}}}"
        words = [programs[form], f"--pass-pipeline=builtin.module(func.func({step}))", "-o", alone[form]]
        run_tool("quant-opt", words)
    times: dict[Form, float] = {}
    for form, program in alone.items():
        if form == EIGHT_BITS:
            continue
        words = ["--data", data, "--seconds", str(seconds), "--json"]
        printed = run_tool("quant-runner", ["bench", alone[EIGHT_BITS], program, *words], capture=True)
        wide, narrow = (entry["median_us"] for entry in json.loads(printed)["programs"])
        times.setdefault(EIGHT_BITS, wide)
        times[form] = times[EIGHT_BITS] * narrow / wide
    return replace(layer, costs=layer.costs | {"time": times})


# More choices than this are thinned: one is kept for each part of the budget.
MOST_CHOICES = 50_000


@dataclass(frozen=True)
class Assignment:
    """The form of each layer, what they take of the budget and the noise they add. `gap` is how much less other forms
    could add at most, as a part of the noise: 0 where these are proven the best."""

    forms: dict[str, Form]
    cost: float
    noise: float
    gap: float


@dataclass(frozen=True, order=True)
class _Choice:
    """The forms of the first layers, what they cost and the noise they add."""

    cost: float
    noise: float
    forms: tuple[Form, ...]


def _prune(choices: list[_Choice], limit: float, most: int) -> tuple[list[_Choice], bool]:
    """Those that no other beats in cost and noise, at most about `most` of them, and whether they are all."""
    front: list[_Choice] = []
    for choice in sorted(choices):
        if not front or choice.noise < front[-1].noise:
            front.append(choice)
    if len(front) <= most:
        return front, True
    thinned = list({int(choice.cost / limit * most): choice for choice in front}.values())
    # The cheapest stays, for nothing else may leave room for the layers to come.
    return thinned if thinned[0] == front[0] else [front[0], *thinned], False


def _bound_noise(options: Sequence[Mapping[Form, tuple[float, float]]], limit: float) -> float:
    """A lower bound of the noise within the limit: the Lagrangian relaxation, at its best multiplier.

    For any price p >= 0 no forms within the limit have less noise than sum min_f (noise + p * cost) - p * limit. That
    is concave and piecewise linear in p, with its corners where two forms of a layer are level.
    """
    prices = {0.0}
    for option in options:
        for cost_a, noise_a in option.values():
            prices |= {
                (noise_a - noise_b) / (cost_b - cost_a) for cost_b, noise_b in option.values() if cost_b > cost_a
            }
    return max(
        sum(min(noise + price * cost for cost, noise in option.values()) for option in options) - price * limit
        for price in prices
        if price >= 0
    )


def assign_forms(
    layers: Sequence[Layer], limit: float, kind: str = "bits", *, most_choices: int = MOST_CHOICES
) -> Assignment:
    """The form of each layer with which the noises, which add up, are least in sum and `costs[kind]` sum to at most
    `limit`.

    The multiple-choice knapsack, by dynamic programming over the choices that no other beats: exact while they are at
    most `most_choices`, otherwise with the limit counted in that many parts and the gap to a lower bound stated. Raises
    `ValueError` where no forms fit.
    """
    options = [{form: (layer.costs[kind][form], noise) for form, noise in layer.noise.items()} for layer in layers]
    choices, is_exact = [_Choice(0.0, 0.0, ())], True
    for option in options:
        added = [
            _Choice(choice.cost + cost, choice.noise + noise, (*choice.forms, form))
            for choice in choices
            for form, (cost, noise) in option.items()
        ]
        # What is left of the limit is a sum in another order: the last bits are no reason to refuse.
        fitting = [choice for choice in added if choice.cost <= limit * (1 + 1e-12)]
        choices, is_whole = _prune(fitting, limit, most_choices)
        is_exact &= is_whole
    if not choices:
        raise ValueError(f"no forms of {len(layers)} layers take {limit:g} {Budget.UNITS[kind]}")
    best = min(choices, key=lambda choice: (choice.noise, choice.cost))
    gap = 0.0
    if not is_exact and best.noise > 0:
        gap = min(max(1 - _bound_noise(options, limit) / best.noise, 0.0), 1.0)
    forms = {layer.name: form for layer, form in zip(layers, best.forms, strict=True)}
    return Assignment(forms, best.cost, best.noise, gap)


def get_limit(budget: Budget, layers: Sequence[Layer], whole: float) -> float:
    """What a budget leaves to the layers, where the program takes `whole` with 8 bits in all of them."""
    at_8_bits = sum(layer.costs[budget.kind][EIGHT_BITS] for layer in layers)
    if budget.kind == "bits":
        return budget.amount * (at_8_bits if budget.is_relative else sum(layer.weights for layer in layers))
    # The rest is the same whatever the forms.
    return (budget.amount * whole if budget.is_relative else budget.amount) - (whole - at_8_bits)


def write_recipe(assignment: Assignment, path: Path, title: str) -> Path:
    """The assignment as a recipe to read and edit."""
    rules = [
        f"  - {_name(name)}\n" + "".join(f"    {key}: {value}\n" for key, value in form.settings.items())
        for name, form in assignment.forms.items()
        if form != EIGHT_BITS
    ]
    noise = f"{-10 * math.log10(assignment.noise):.2f} dB" if assignment.noise > 0 else "none"
    gap = f"others may add less, by {100 * assignment.gap:.2g} % at most" if assignment.gap else "no others add less"
    path.write_text(
        f"# {title}.\n# Noise that they add, predicted: {noise}; {gap}.\n"
        "# Every layer that is not named has 8 bits.\nrules:\n" + "".join(rules) + '  - op: "*"\n'
    )
    return path


def mix_without_data(program: Path, budget: Budget, output: Path) -> Assignment:
    """Writes a recipe whose forms have the least sum of `bound`: what can be known before there is calibration data.

    The bound is of each layer's own sums, not of the outputs: it says nothing of how much later layers care. Only bits
    of weights can be budgeted, for the rest of a program is not known.
    """
    if budget.kind != "bits":
        raise LowbitError(f"without data only bits of weights can be budgeted, not {budget.kind}", 2)
    with tempfile.TemporaryDirectory() as folder:
        layers = [
            replace(layer, noise=layer.bound) for layer in list_layers(import_program(program, Path(folder) / "m.mlir"))
        ]
    try:
        assignment = assign_forms(layers, get_limit(budget, layers, 0.0))
    except ValueError as error:
        raise LowbitError(str(error)) from error
    write_recipe(
        assignment, output, f"Forms of weights with the least bound of noise within {budget}, by the weights alone"
    )
    return assignment
