"""Calibration in shards: the same bytes however the samples are split, and whoever runs the shards."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np

from lowbit.explore.trials import Workspace
from lowbit.layers import run_program_on
from lowbit.tools import run_tool


def _read_samples(workspace: Workspace, folder: Path) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """The arrays of the calibration data that the program reads, of whole samples, and the rows of a sample in each."""
    one = run_program_on(workspace.program, workspace.calibration, ["--limit", "1"], folder / "one.npz")
    with np.load(workspace.calibration) as file:
        arrays = {name: file[name] for name in one.input_rows}
    samples = min(len(array) // one.input_rows[name] for name, array in arrays.items())
    return {name: array[: samples * one.input_rows[name]] for name, array in arrays.items()}, one.input_rows


def _split(workspace: Workspace, folder: Path, shards: int) -> list[Path]:
    """The calibration data in files of whole samples, at most `shards`."""
    arrays, rows = _read_samples(workspace, folder)
    samples = min(len(array) // rows[name] for name, array in arrays.items())
    count = max(min(shards, samples), 1)
    bounds = [samples * index // count for index in range(count + 1)]
    paths = []
    for index, (begin, end) in enumerate(itertools.pairwise(bounds)):
        paths.append(folder / f"{index}.npz")
        np.savez(paths[-1], **{name: array[begin * rows[name] : end * rows[name]] for name, array in arrays.items()})
    return paths


def halve(workspace: Workspace, folder: Path) -> tuple[Path, Path]:
    """Every other sample of the calibration data, and the rest; twice the same where there is one sample alone."""
    arrays, rows = _read_samples(workspace, folder)
    paths = folder / "even.npz", folder / "odd.npz"
    for remainder, path in enumerate(paths):
        samples = {name: array.reshape(-1, rows[name], *array.shape[1:]) for name, array in arrays.items()}
        chosen = {name: array[min(remainder, len(array) - 1) :: 2] for name, array in samples.items()}
        np.savez(path, **{name: array.reshape(-1, *arrays[name].shape[1:]) for name, array in chosen.items()})
    return paths


def observe_shard(program: Path, data: Path, output: Path) -> Path:
    """Writes the calibration table of one shard."""
    run_tool("quant-runner", ["calibrate", program, "--data", data, "-o", output], capture=True)
    return output


def measure_shard(program: Path, data: Path, table: Path, output: Path) -> Path:
    """Writes the moments of one shard, by the ranges of all."""
    words = ("--data", data, "--ranges", table, "--moments", output)
    run_tool("quant-runner", ["calibrate", program, *words], capture=True)
    return output


def _merge(parts: list[Path], output: Path) -> None:
    """Merges tables or moments; an interruption leaves no half of the file, for the runner renames it."""
    run_tool("quant-runner", ["merge", *parts, "-o", output], capture=True)


def calibrate(
    workspace: Workspace, executor: Executor, shards: int, advance: Callable[[], None] = lambda: None
) -> None:
    """Writes the calibration table and the moments, unless they are there.

    The ranges of all samples come first, for they set the steps in which moments are counted.
    """
    if workspace.table.is_file() and workspace.moments.is_file():
        return
    folder = workspace.folder / "calibration"
    folder.mkdir(parents=True, exist_ok=True)
    data = _split(workspace, folder, shards)
    if not workspace.table.is_file():
        tables = [executor.submit(observe_shard, workspace.program, path, path.with_suffix(".calib")) for path in data]
        _merge([_wait(future, advance) for future in tables], workspace.table)
    moments = [
        executor.submit(measure_shard, workspace.program, path, workspace.table, path.with_suffix(".moments"))
        for path in data
    ]
    _merge([_wait(future, advance) for future in moments], workspace.moments)


def _wait(future: Future[Path], advance: Callable[[], None]) -> Path:
    path = future.result()
    advance()
    return path
