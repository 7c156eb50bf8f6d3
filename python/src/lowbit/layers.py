"""Two forms of a program side by side, op by op: where the values of the quantized one part from the float ones."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from lowbit.tools import STAGES, LowbitError, read_stage, run_tool

# A layer without any difference has this SQNR, in decibels.
EXACT = 200.0


@dataclass(frozen=True)
class LayerError:
    """How far the values of one op have moved from the float ones, all errors of the ops before it included."""

    name: str
    values: int
    largest: float
    max_difference: float
    sqnr_db: float


def _returning_tensors(program: Path, output: Path) -> Path:
    """The program with the result of every op among its results."""
    stage = read_stage(program)
    if stage is not None and STAGES.index(stage) > STAGES.index("propagate"):
        raise LowbitError(
            f"{program}: expected a float program or one from `quantize --to propagate`, but it went on "
            f"to {stage}, where ops are no longer those of the float program"
        )
    steps = [] if stage else ["lowbit-pipeline{to=import}"]
    pipeline = ",".join([*steps, "func.func(lowbit-return-tensors)"])
    run_tool("quant-opt", [program, f"--pass-pipeline=builtin.module({pipeline})", "-o", output])
    return output


def _run(program: Path, data: Sequence[str], folder: Path, name: str) -> dict[str, np.ndarray]:
    """Every op's values, interpreted as the program stands."""
    prepared = _returning_tensors(program, folder / f"{name}.mlir")
    output = folder / f"{name}.npz"
    run_tool("quant-runner", ["run", prepared, *data, "--reference", "-o", output], capture=True)
    with np.load(output) as arrays:
        return {key: arrays[key].astype(np.float64) for key in arrays}


def _compare(name: str, expected: np.ndarray, found: np.ndarray) -> LayerError:
    finite = np.isfinite(expected) & np.isfinite(found)
    expected, found = expected[finite], found[finite]
    noise, power = float(((expected - found) ** 2).sum()), float((expected**2).sum())
    sqnr = EXACT if noise == 0 else 10 * float(np.log10(power / noise)) if power else -EXACT
    largest = float(np.abs(expected).max(initial=0.0))
    return LayerError(name, expected.size, largest, float(np.abs(expected - found).max(initial=0.0)), round(sqnr, 4))


def compare_layers(float_program: Path, quantized: Path, data: Sequence[str]) -> list[LayerError]:
    """The errors of every op that both programs have, in the order of the program.

    `quantized` is the Q/DQ form of `float_program`; `data` are the options of `quant-runner` that say which samples to
    run. Raises `LowbitError` where the programs have no op in common.
    """
    with tempfile.TemporaryDirectory() as folder:
        expected = _run(float_program, data, Path(folder), "float")
        found = _run(quantized, data, Path(folder), "quantized")
    names = [name for name in expected if name in found and expected[name].shape == found[name].shape]
    if not names:
        raise LowbitError(f"{quantized}: has no op of {float_program}")
    return [_compare(name, expected[name], found[name]) for name in names]


def find_first_below(errors: Sequence[LayerError], budget: float) -> LayerError | None:
    """The first op whose values are noisier than `budget` decibels allow."""
    return next((error for error in errors if error.sqnr_db < budget), None)


def print_layers(errors: Sequence[LayerError], budget: float | None, *, as_json: bool) -> None:
    """The table of all ops, and the first that breaks the budget."""
    first = None if budget is None else find_first_below(errors, budget)
    if as_json:
        content = {"layers": [asdict(error) for error in errors], "first_below": first and first.name}
        print(json.dumps(content, indent=2))
        return
    table = Table()
    for column in ("op", "values", "largest value", "largest error", "SQNR dB"):
        table.add_column(column, justify="left" if column == "op" else "right")
    for error in errors:
        style = "bold red" if error is first else None
        numbers = (f"{error.values:,}", f"{error.largest:.4g}", f"{error.max_difference:.4g}", f"{error.sqnr_db:.2f}")
        table.add_row(error.name, *numbers, style=style)
    console = Console()
    console.print(table)
    if budget is not None:
        console.print(f"first below {budget:g} dB: {first.name if first else 'none'}")
