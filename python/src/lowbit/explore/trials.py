"""One trial: a recipe's program made, run on the test data and measured. A function of files, for any executor."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lowbit.explore import cost
from lowbit.tools import LowbitError, find_tool, next_stage, quote_option, run_tool

Result = dict[str, Any]


@dataclass(frozen=True)
class Workspace:
    """The files of an experiment: what is tried on what. All paths are absolute, for a worker may be elsewhere."""

    folder: Path
    program: Path
    calibration: Path
    test: Path
    labels: str = ""
    limit: int = 0

    @property
    def table(self) -> Path:
        return self.folder / "calibration.json"

    @property
    def moments(self) -> Path:
        return self.folder / "moments"

    @property
    def float_outputs(self) -> Path:
        return self.folder / "float.npz"

    def key(self, recipe: str) -> str:
        """The name of a trial's files: of everything its result depends on."""
        digest = hashlib.sha256()
        for path in (self.program, self.table, self.moments, self.test, find_tool("quant-runner")):
            digest.update(_digest(path, path.stat().st_mtime_ns))
        text = Path(recipe).read_text() if recipe.endswith((".yaml", ".yml")) else recipe
        digest.update(f"{text}\0{self.labels}\0{self.limit}".encode())
        return digest.hexdigest()[:16]


_digests: dict[tuple[Path, int], bytes] = {}


def _digest(path: Path, modified: int) -> bytes:
    """The hash of a file, taken once for each state it has."""
    if (path, modified) not in _digests:
        with path.open("rb") as file:
            _digests[path, modified] = hashlib.file_digest(file, "sha256").digest()
    return _digests[path, modified]


def write_atomically(path: Path, content: str) -> None:
    """Writes a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


def run_program(workspace: Workspace, program: Path, output: Path) -> None:
    """Runs a program on the test data."""
    limit = ("--limit", str(workspace.limit)) if workspace.limit else ()
    run_tool("quant-runner", ["run", program, "--data", workspace.test, *limit, "-o", output], capture=True)


def quantize(workspace: Workspace, recipe: str, output: Path, to: str = "fuse") -> None:
    """Writes the program that a recipe makes, after the stage `to`."""
    options = f"from={next_stage(workspace.program)} recipe={quote_option(recipe)}"
    options += f" calibration={quote_option(workspace.table)}"
    options += f" moments={quote_option(workspace.moments)} to={to}"
    run_tool("quant-opt", [workspace.program, f"--lowbit-pipeline={options}", "-o", output])


def fuse(program: Path, output: Path) -> None:
    """Writes the quantized form of a program in Q/DQ form with solved scales."""
    run_tool("quant-opt", [program, "--lowbit-pipeline=from=fuse to=fuse", "-o", output])


def read_outputs(path: Path) -> list[np.ndarray]:
    """The outputs of a program, in the order of their names, as rows of samples."""
    with np.load(path) as arrays:
        return [arrays[name].reshape(len(arrays[name]), -1).astype(np.float64) for name in sorted(arrays)]


def measure_sqnr(signal: list[np.ndarray], outputs: list[np.ndarray]) -> float:
    """Signal to noise in decibels over all outputs."""
    power = sum(float((array**2).sum()) for array in signal)
    noise = sum(float(((a - b) ** 2).sum()) for a, b in zip(signal, outputs, strict=True))
    return 200.0 if noise == 0 else round(10 * float(np.log10(power / noise)), 4) if power else 0.0


def measure_accuracy(workspace: Workspace, outputs: list[np.ndarray]) -> float | None:
    """How many percent of the samples are classified right; None without labels."""
    if not workspace.labels:
        return None
    with np.load(workspace.test) as arrays:
        labels = arrays[workspace.labels][: len(outputs[0])]
    return round(100 * float((outputs[0].argmax(1) == labels).mean()), 4)


def list_float_ops(program: Path) -> list[str]:
    """The ops of a quantized program that compute with floats, and why."""
    text = run_tool(
        "quant-opt", [program, "--pass-pipeline=builtin.module(lowbit-explain)", "-o", "/dev/null"], capture=True
    )
    return [f"{name}: {why}" for line in text.splitlines() for name, _, why in [_split_status(line)] if why]


def _split_status(line: str) -> tuple[str, str, str]:
    """The name and the reason of a line `place: name: float: reason`; no reason where it says something else."""
    before, word, reason = line.partition(": float: ")
    return before.rpartition(": ")[2], word, reason


def measure_program(workspace: Workspace, program: Path, folder: Path) -> Result:
    """Everything about a program that does not depend on how fast the machine is."""
    outputs = folder / "outputs.npz"
    run_program(workspace, program, outputs)
    found = read_outputs(outputs)
    compiled = folder / "program.o"
    run_tool("quant-runner", ["compile", program, "-o", compiled], capture=True)
    ops = cost.read_op_costs(program)
    return {
        "accuracy_percent": measure_accuracy(workspace, found),
        "sqnr_db": measure_sqnr(read_outputs(workspace.float_outputs), found),
        "constant_bytes": cost.read_constant_bytes(compiled),
        "arena_bytes": cost.read_arena_bytes(compiled.with_suffix(".h")),
        "average_weight_bits": round(cost.get_average_bits(ops), 4),
        "float_ops": list_float_ops(program),
        "multiply_adds": sum(op.multiply_adds for op in ops),
        "energy_microjoules": round(sum(op.picojoules for op in ops) / 1e6, 6),
    }


def measure_noise(workspace: Workspace, recipe: str) -> float | None:
    """The noise of the outputs of a recipe, as a part of their power, or what an earlier run found; None where the
    compiler refuses the recipe. All else that `run_trial` measures is left out."""
    record = workspace.folder / "noise" / f"{workspace.key(recipe)}.json"
    if record.is_file():
        return json.loads(record.read_text())
    noise = None
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(LowbitError):
        program, outputs = Path(folder) / "program.mlir", Path(folder) / "outputs.npz"
        quantize(workspace, recipe, program)
        run_program(workspace, program, outputs)
        noise = 10 ** (-measure_sqnr(read_outputs(workspace.float_outputs), read_outputs(outputs)) / 10)
    write_atomically(record, json.dumps(noise) + "\n")
    return noise


def run_trial(workspace: Workspace, name: str, recipe: str) -> Result:
    """Makes and measures the program of a recipe, or reads what an earlier run found.

    The result, a dictionary for JSON, is the same whoever runs it. A recipe that the compiler refuses gives a result
    with the key `error`; the compiler has then said why.
    """
    key = workspace.key(recipe)
    record = workspace.folder / "trials" / f"{key}.json"
    if record.is_file():
        return json.loads(record.read_text())
    folder = workspace.folder / "programs" / key
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "program.mlir"
    # A file is called by its name: where the experiment lies is no part of its results.
    is_file = recipe.endswith((".yaml", ".yml"))
    result: Result = {"name": name, "recipe": Path(recipe).name if is_file else recipe, "key": key}
    try:
        # The Q/DQ form is kept: `lowbit compare --layers` reads it.
        qdq = folder / "program.qdq.mlir"
        quantize(workspace, recipe, qdq, to="propagate")
        fuse(qdq, program)
        result |= measure_program(workspace, program, folder)
        result["weights"] = cost.read_weight_histograms(qdq)
    except LowbitError as error:
        result["error"] = str(error) or "the compiler refuses the recipe"
    write_atomically(record, json.dumps(result, indent=1, sort_keys=True) + "\n")
    return result
