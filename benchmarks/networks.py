"""The networks the benchmarks and the integration tests measure, and their way from ONNX to an integer program.

digits is shipped in `examples/`; the others lie in the folder that the environment variable LOWBIT_MODELS names.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from report import Bar

from lowbit.cli import main as lowbit
from lowbit.tools import LowbitError, run_tool

SOURCE = Path(__file__).resolve().parent.parent
DIGITS = SOURCE / "examples" / "digits"
WORK = SOURCE / "build" / "benchmarks"

# What the pictures of imagenet have had subtracted in training, per channel (BGR).
IMAGENET_MEAN = np.array([104, 117, 123], np.float32).reshape(1, 3, 1, 1)


@dataclass(frozen=True)
class Network:
    """A trained classifier with its data; `input` is the name of its one input."""

    name: str
    model: Path
    input: str
    calibration: Callable[[], np.ndarray]
    test: Callable[[], tuple[np.ndarray, np.ndarray]]
    float_accuracy: float
    least_accuracy: float
    # With weights of 5 bits on average.
    least_mixed_accuracy: float
    # How many samples are interpreted: that takes seconds for a picture of imagenet.
    interpreted: int

    def available(self) -> bool:
        return self.model.is_file()


@dataclass(frozen=True)
class Programs:
    """The files of one network on its way through the compiler, in one folder."""

    folder: Path

    @property
    def float(self) -> Path:
        return self.folder / "m.mlir"

    @property
    def table(self) -> Path:
        return self.folder / "m.calib"

    @property
    def moments(self) -> Path:
        return self.folder / "m.moments"

    @property
    def qdq(self) -> Path:
        return self.folder / "m.qdq.mlir"

    @property
    def quantized(self) -> Path:
        return self.folder / "m.q.mlir"

    @property
    def dynamic(self) -> Path:
        """Quantized without the table."""
        return self.folder / "m.dynamic.mlir"

    @property
    def wide(self) -> Path:
        """With activations of 16 bits."""
        return self.folder / "m.wide.mlir"

    @property
    def mixed(self) -> Path:
        """With weights of several forms."""
        return self.folder / "m.mixed.mlir"

    @property
    def calibration(self) -> Path:
        return self.folder / "calibration.npz"

    @property
    def data(self) -> Path:
        return self.folder / "test.npz"


def _digits(name: str, model: str) -> Network:
    def test() -> tuple[np.ndarray, np.ndarray]:
        with np.load(DIGITS / "test.npz") as arrays:
            return arrays["x"], arrays["y"]

    def calibration() -> np.ndarray:
        with np.load(DIGITS / "calibration.npz") as arrays:
            return arrays["x"]

    return Network(name, DIGITS / model, "x", calibration, test, 98.45, 98.40, 98.40, 2000)


def _imagenet(models: Path) -> Network:
    def images(array: str) -> np.ndarray:
        with np.load(models / "imagenet" / "data.npz") as arrays:
            return arrays[array].astype(np.float32) - IMAGENET_MEAN

    def test() -> tuple[np.ndarray, np.ndarray]:
        with np.load(models / "imagenet" / "data.npz") as arrays:
            labels = arrays["test_y"]
        return images("test_u8"), labels

    model = models / "imagenet" / "model.onnx"
    return Network("imagenet", model, "data", lambda: images("calib_u8"), test, 75.39, 75.39, 73.50, 8)


def networks() -> list[Network]:
    """Every network this machine has the files of or should have: `available` tells."""
    models = Path(os.environ.get("LOWBIT_MODELS", "LOWBIT_MODELS is not set"))
    return [
        _digits("digits", "model.onnx"),
        _digits("digits_batchnorm", "model_batchnorm.onnx"),
        _imagenet(models),
    ]


def measure_networks(
    measure: Callable[[Network, Path], list[Bar]], asked: Callable[[Network], str], folder: Path
) -> list[Bar]:
    """The bars of every network, each in its own folder; of one whose files aren't here, a line that says so."""
    found: list[Bar] = []
    for network in networks():
        if network.available():
            found += measure(network, folder / network.name)
        else:
            found.append(Bar(network.name, asked(network), "no model", None))
    return found


@contextmanager
def one_core() -> Iterator[None]:
    """Pins this process, and so its children, to one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def call(*words: str | Path) -> None:
    """Runs one command of `lowbit`; what it couldn't do is an exception."""
    if status := lowbit([str(word) for word in words]):
        raise LowbitError(f"lowbit {' '.join(map(str, words))} failed", status)


def save_samples(path: Path, network: Network, samples: np.ndarray) -> Path:
    """Writes samples as the array the program reads."""
    np.savez(path, **{network.input: samples})
    return path


@functools.cache
def prepare(network: Network, folder: Path, recipe: str = "w8a8") -> Programs:
    """Imports, calibrates and quantizes a network, and stores its test samples beside the programs: once a process."""
    folder.mkdir(parents=True, exist_ok=True)
    programs = Programs(folder)
    call("import", network.model, "-o", programs.float)
    save_samples(programs.calibration, network, network.calibration())
    observed = ("--data", programs.calibration, "--moments", programs.moments)
    call("calibrate", programs.float, *observed, "-o", programs.table)
    calibrated = ("--calibration", programs.table, "--moments", programs.moments)
    quantize = ("quantize", programs.float, *calibrated, "--recipe", recipe)
    call(*quantize, "--to", "propagate", "-o", programs.qdq)
    call(*quantize, "-o", programs.quantized)
    save_samples(programs.data, network, network.test()[0])
    return programs


def run(program: Path, data: Path, *options: str) -> np.ndarray:
    """Runs a program with one output on the samples of a file."""
    output = program.with_name(f"{program.name}.out.npz")
    call("run", program, "--data", data, *options, "-o", output)
    with np.load(output) as arrays:
        (result,) = arrays.values()
    return result


def measure_json(*words: str | Path) -> dict[str, Any]:
    """What a command of `quant-runner` that measures prints as JSON."""
    return json.loads(run_tool("quant-runner", [*words, "--json"], capture=True))


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """How many of the labels have the highest score, in percent."""
    guesses = scores.reshape(len(labels), -1).argmax(axis=1)
    return 100.0 * float(np.mean(guesses == labels))
