"""The experiment on digits: the same bytes whoever runs the trials, and what was done is not done again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import distributed
import numpy as np
import pytest
from networks import DIGITS, networks, prepare

from lowbit.explore import Budget, explore, run_trial
from lowbit.explore.experiment import make_workspace
from lowbit.explore.moved import Moved
from lowbit.explore.trials import Workspace

RECIPES = ["w8a8", "w4a8", "w2a2", "[{op: matmul, weights: 4, rounding: gptq}, {op: softmax}]"]


@pytest.fixture(scope="module")
def base(work: Path) -> Workspace:
    """The experiment before its first trial."""
    digits = next(network for network in networks() if network.name == "digits")
    programs = prepare(digits, work / "explore-digits")
    with np.load(DIGITS / "test.npz") as arrays:
        np.savez(work / "labeled.npz", x=arrays["x"][:500], y=arrays["y"][:500])
    calibration = work / "explore-digits" / "few.npz"
    with np.load(DIGITS / "calibration.npz") as arrays:
        np.savez(calibration, x=arrays["x"][:64])
    return make_workspace(work / "experiment", programs.float, calibration, work / "labeled.npz", "y", 0)


def run(base: Workspace, folder: Path, executor: Executor, shards: int = 2) -> tuple[str, str]:
    """The results, and the recipe of 4 bits on average."""
    experiment = explore(
        replace(base, folder=folder),
        executor,
        RECIPES,
        [Budget.parse("4"), Budget.parse("energy=75%"), Budget.parse("bytes=60%")],
        seconds=0,
    )
    return experiment.to_json(), (folder / "mixed-4.yaml").read_text()


@contextmanager
def dask() -> Iterator[Executor]:
    local = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with local as cluster, cluster.get_client() as client:
        yield client.get_executor()


@pytest.fixture(scope="module")
def by_threads(base: Workspace) -> tuple[str, str]:
    with ThreadPoolExecutor(2) as executor:
        return run(base, base.folder, executor)


def test_levels_are_what_they_should_be(by_threads: tuple[str, str]) -> None:
    results = {row["name"]: row for row in json.loads(by_threads[0])["results"]}
    assert results["w8a8"]["sqnr_db"] > results["w4a8"]["sqnr_db"] > results["w2a2"]["sqnr_db"]
    assert results["w8a8"]["constant_bytes"] > results["w4a8"]["constant_bytes"] > results["w2a2"]["constant_bytes"]
    assert results["w4a8"]["average_weight_bits"] == 4.0
    assert results["mixed-4"]["average_weight_bits"] <= 4.0
    assert results["mixed-4"]["sqnr_db"] > results["w2a2"]["sqnr_db"]
    # The last rule matches no op: the compiler refuses it, and the experiment goes on.
    assert "error" in results[RECIPES[-1]]


@pytest.mark.parametrize("pool", [lambda: ProcessPoolExecutor(2), dask], ids=["processes", "dask"])
def test_whoever_runs_the_trials_finds_the_same(
    base: Workspace, by_threads: tuple[str, str], pool: Callable, tmp_path: Path
) -> None:
    with pool() as executor:
        assert run(base, tmp_path / "again", executor, shards=5) == by_threads
    # However the samples were split.
    for name in ("calibration.json", "moments"):
        assert (tmp_path / "again" / name).read_bytes() == (base.folder / name).read_bytes()


def test_an_interrupted_experiment_goes_on(base: Workspace, by_threads: tuple[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "resumed"
    shutil.copytree(base.folder, folder)
    records = sorted((folder / "trials").iterdir())
    records[0].unlink()
    times = {record: record.stat().st_mtime_ns for record in records[1:]}
    with ThreadPoolExecutor(2) as executor:
        assert run(base, folder, executor) == by_threads
    assert {record: record.stat().st_mtime_ns for record in times} == times
    assert records[0].is_file()


def test_a_trial_is_done_once(base: Workspace, by_threads: tuple[str, str]) -> None:
    first = run_trial(base, "w8a8", "w8a8")
    record = base.folder / "trials" / f"{first['key']}.json"
    modified = record.stat().st_mtime_ns
    assert run_trial(base, "w8a8", "w8a8") == first
    assert record.stat().st_mtime_ns == modified


def test_the_page_needs_nothing_else(base: Workspace, by_threads: tuple[str, str]) -> None:
    page = (base.folder / "page.html").read_text()
    assert "mixed-4" in page and "<svg" in page
    assert all(f"<h2>{part}</h2>" in page for part in ("Recipes", "Sensitivity", "Weights", "Ranges"))
    for outside in ("http:", "https:", "src=", "<script", "@import"):
        assert outside not in page


def test_recipes_are_tried_on_moved_scales(base: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    with ThreadPoolExecutor(2) as executor:
        experiment = explore(
            replace(base, folder=folder), executor, ["w4a4"], seconds=0.05, moved=[Moved(), Moved(0.5)], shards=2
        )
    found = {row["name"]: row["sqnr_db"] for row in experiment.results}
    assert list(found) == ["w4a4", "w4a4, equalized", "w4a4, smoothed 0.5"]
    # Other programs, of about the same error.
    assert len(set(found.values())) == 3
    assert all(abs(sqnr - found["w4a4"]) < 3 for sqnr in found.values())
    assert set(experiment.latencies) == {"float", *found}
    assert (folder / "moved" / "smoothed-0.5" / "programs").is_dir()
