"""A float program and its quantized form in lock-step, layer by layer: what each adds to the error by itself, and where
the values of the whole program part."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from lowbit.tools import STAGES, LowbitError, quote_option, read_stage, run_tool

# A layer without any difference has this SQNR, in decibels.
EXACT = 200.0

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Samples:
    """Which samples of which file the programs run on."""

    data: Path
    map: Sequence[str] = ()
    limit: int | None = None

    def read(self) -> Arrays:
        """The arrays of the file, each also under the name of the input that it is mapped to."""
        if self.data.suffix != ".npz":
            raise LowbitError(f"{self.data}: expected an .npz file, which names the inputs of layers")
        if not self.data.is_file():
            raise LowbitError(f"{self.data}: no such file")
        with np.load(self.data) as file:
            arrays = dict(file)
        for pair in self.map:
            name, _, array = pair.partition("=")
            if array not in arrays:
                raise LowbitError(f"--map: {self.data} has no array '{array}'")
            arrays[name] = arrays[array]
        return arrays

    def words(self) -> list[str]:
        """The options of `quant-runner` that say the same, but for the mapping."""
        return ["--limit", str(self.limit)] if self.limit is not None else []


@dataclass(frozen=True)
class Error:
    """How far values are from those they stand for."""

    max_difference: float
    sqnr_db: float


@dataclass(frozen=True)
class LayerError:
    """The error of one layer: its own, given the float values that it reads, and that of the program up to it."""

    name: str
    values: int
    largest: float
    local: Error
    accumulated: Error
    # The sample with the greatest squared error of the layer's own.
    worst_sample: int


@dataclass(frozen=True)
class Reduction:
    """The files that show the error of one layer, and what `quant-runner compare` finds of them."""

    layer: str
    float_program: Path
    program: Path
    data: Path
    sample: int
    found: Error


def _prepare(program: Path, step: str, output: Path) -> Path:
    """The program after a pass on its functions; a program that was not imported yet is imported before."""
    stage = read_stage(program)
    if stage is not None and STAGES.index(stage) > STAGES.index("propagate"):
        raise LowbitError(
            f"{program}: expected a float program or one from `quantize --to propagate`, but it went on "
            f"to {stage}, where layers are no longer those of the float program"
        )
    steps = [] if stage else ["lowbit-pipeline{to=import}"]
    pipeline = ",".join([*steps, f"func.func({step})"])
    run_tool("quant-opt", [program, f"--pass-pipeline=builtin.module({pipeline})", "-o", output])
    return output


@dataclass(frozen=True)
class Run:
    """What a program made of its samples, and the rows of one sample of each input."""

    outputs: Arrays
    samples: int
    input_rows: dict[str, int]


def run_program_on(program: Path, data: Path, words: Sequence[str], output: Path | None = None) -> Run:
    """Runs a program on the arrays of a file; the outputs are written beside it where `output` says nothing else."""
    output = output or program.with_suffix(".npz")
    printed = run_tool("quant-runner", ["run", program, "--data", data, *words, "-o", output], capture=True)
    samples = re.search(r"^samples: (\d+)$", printed, re.MULTILINE)
    assert samples, printed
    inputs = re.findall(r"^input (.*): \w+(?:\[(\d+)\])?", printed, re.MULTILINE)
    with np.load(output) as arrays:
        return Run(dict(arrays), int(samples[1]), {name: int(rows or 1) for name, rows in inputs})


def _sqnr(power: float, noise: float) -> float:
    return EXACT if noise == 0 else round(10 * float(np.log10(power / noise)), 4) if power else -EXACT


def _measure(expected: np.ndarray, found: np.ndarray) -> Error:
    """The error of the values that are finite on both sides."""
    expected, found = expected.astype(np.float64), found.astype(np.float64)
    finite = np.isfinite(expected) & np.isfinite(found)
    expected, found = expected[finite], found[finite]
    difference = expected - found
    power, noise = float((expected**2).sum()), float((difference**2).sum())
    return Error(float(np.abs(difference).max(initial=0.0)), _sqnr(power, noise))


def _find_worst(expected: np.ndarray, found: np.ndarray, samples: int) -> int:
    """The sample with the greatest squared error; of values that are finite on both sides."""
    difference = (expected.astype(np.float64) - found).reshape(samples, -1)
    return int((np.where(np.isfinite(difference), difference, 0.0) ** 2).sum(1).argmax())


def _compare(name: str, expected: np.ndarray, local: np.ndarray, accumulated: np.ndarray, samples: int) -> LayerError:
    finite = expected[np.isfinite(expected)]
    return LayerError(
        name,
        expected.size,
        float(np.abs(finite).max(initial=0.0)),
        _measure(expected, local),
        _measure(expected, accumulated),
        _find_worst(expected, local, samples),
    )


class Comparison:
    """A float program and its Q/DQ form, run on the same samples.

    The quantized program is compiled to integer code, or interpreted as it stands with `reference`. Its layers are run
    twice: one after the other, and each on the values that the float program has there. Raises `LowbitError` where the
    programs have no layer in common.
    """

    def __init__(
        self, float_program: Path, quantized: Path, samples: Samples, folder: Path, *, reference: bool = False
    ) -> None:
        self.programs = float_program, quantized
        self.folder = folder
        words = samples.words()
        interpreted = ["--reference"] if reference else []
        inputs = samples.read()
        data = folder / "inputs.npz"
        np.savez(data, **inputs)
        returning = "lowbit-return-tensors"
        reference_run = run_program_on(_prepare(float_program, returning, folder / "float.mlir"), data, words)
        self.expected, self.samples = reference_run.outputs, reference_run.samples
        whole = _prepare(quantized, returning, folder / "accumulated.mlir")
        accumulated = run_program_on(whole, data, [*words, *interpreted]).outputs
        names = [name for name, array in accumulated.items() if self._matches(name, array)]
        if not names:
            raise LowbitError(f"{quantized}: has no layer of {float_program}")
        # Every tensor that a layer may read: inputs, and what the float program computes.
        rows = reference_run.input_rows
        self.tensors = {name: inputs[name][: self.samples * count] for name, count in rows.items()} | self.expected
        self.data = folder / "tensors.npz"
        np.savez(self.data, **self.tensors)
        parts = _prepare(quantized, "lowbit-separate-layers", folder / "local.mlir")
        local = run_program_on(parts, self.data, interpreted).outputs
        self.errors = [
            _compare(name, self.expected[name], local[name], accumulated[name], self.samples) for name in names
        ]

    def _matches(self, name: str, array: np.ndarray) -> bool:
        return name in self.expected and self.expected[name].shape == array.shape

    def reduce(self, error: LayerError, folder: Path) -> Reduction:
        """Writes the layer alone, in both forms, with the values that it reads in its worst sample.

        `quant-runner compare` on the three files shows the error again; what it shows is in the result.
        """
        folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^\w.-]", "_", error.name)
        files = folder / f"{stem}.float.mlir", folder / f"{stem}.mlir"
        only = f"only={quote_option(error.name)}"
        _prepare(self.programs[1], f"lowbit-separate-layers{{{only}}}", files[1])
        # What it reads is known to the program that reads it. In float form a clamp is a layer of its own.
        rows = run_program_on(files[1], self.data, ["--limit", "1"], self.folder / "reduced.npz").input_rows
        at = ",".join(map(quote_option, rows))
        _prepare(self.programs[0], f"lowbit-separate-layers{{{only} at={at}}}", files[0])
        data = folder / f"{stem}.npz"
        worst = error.worst_sample
        rows_of_worst = {name: self.tensors[name][worst * rows[name] : (worst + 1) * rows[name]] for name in rows}
        np.savez(data, **rows_of_worst)
        printed = run_tool("quant-runner", ["compare", *files, "--data", data, "--json"], capture=True)
        found = json.loads(printed)["outputs"][0]
        largest, sqnr = found["max_difference"], found["sqnr_db"]
        # JSON has no infinity: there is no error, or no signal.
        sqnr = round(sqnr, 4) if sqnr is not None else -EXACT if largest else EXACT
        return Reduction(error.name, *files, data, error.worst_sample, Error(largest, sqnr))


def compare_layers(
    float_program: Path, quantized: Path, samples: Samples, *, reference: bool = False
) -> list[LayerError]:
    """The errors of the layers that a program and its Q/DQ form have in common, in the order of the program."""
    with tempfile.TemporaryDirectory() as folder:
        return Comparison(float_program, quantized, samples, Path(folder), reference=reference).errors


def find_first_below(errors: Sequence[LayerError], budget: float, kind: str = "local") -> LayerError | None:
    """The first layer whose `local` or `accumulated` error has less decibels than `budget`."""
    return next((error for error in errors if getattr(error, kind).sqnr_db < budget), None)


def print_layers(
    errors: Sequence[LayerError], budget: float | None, reduction: Reduction | None, *, as_json: bool
) -> None:
    """The table of all layers, the first that break the budget, and the files that show the error again."""
    kinds = ("local", "accumulated")
    first = {kind: None if budget is None else find_first_below(errors, budget, kind) for kind in kinds}
    if as_json:
        content = {
            "layers": [asdict(error) for error in errors],
            "first_below": {kind: error and error.name for kind, error in first.items()},
            "reduction": reduction and asdict(reduction),
        }
        print(json.dumps(content, indent=2, default=str))
        return
    table = Table()
    for column in ("layer", "values", "largest value", "own error", "own SQNR dB", "error so far", "SQNR dB so far"):
        if column == "layer":
            table.add_column(column, justify="left", no_wrap=True, overflow="fold")
        else:
            table.add_column(column, justify="right")
    for error in errors:
        style = "bold red" if error is first["local"] else None
        numbers = [f"{error.values:,}", f"{error.largest:.4g}"]
        for found in (error.local, error.accumulated):
            numbers += [f"{found.max_difference:.4g}", f"{found.sqnr_db:.2f}"]
        table.add_row(error.name, *numbers, style=style)
    console = Console()
    console.print(table)
    for kind, error in first.items():
        if budget is not None:
            what = "by itself" if kind == "local" else "with all before it"
            console.print(f"first below {budget:g} dB {what}: {error.name if error else 'none'}")
    if reduction:
        print(
            f"sample {reduction.sample}, that layer alone: SQNR {reduction.found.sqnr_db:.2f} dB, "
            f"error {reduction.found.max_difference:.6g}, shown by\n"
            f"quant-runner compare {reduction.float_program} {reduction.program} --data {reduction.data}"
        )
