"""The networks that read text, and what they are judged by: they are no classifiers of one tensor.

They lie in the folder that the environment variable LOWBIT_MODELS names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from networks import call, run
from rapidfuzz.distance import Levenshtein
from report import Bar
from scipy.stats import spearmanr


@dataclass(frozen=True)
class TextNetwork:
    """A network, its inputs, and a measure of its one output, given the folder of the network: the less, the better.

    The arrays of its `data.npz` are called as the inputs, with `calib_` or `test_` in front. `most` is what the 8-bit
    program may have more of the measure than the float program.
    """

    name: str
    inputs: tuple[str, ...]
    measured_in: str
    measure: Callable[[Path, np.ndarray], float]
    most: float

    @property
    def folder(self) -> Path:
        return Path(os.environ.get("LOWBIT_MODELS", "LOWBIT_MODELS is not set")) / self.name

    def available(self) -> bool:
        return (self.folder / "model.onnx").is_file()

    def samples(self, kind: str) -> list[str | Path]:
        """The options that read `calib` or `test` samples."""
        words: list[str | Path] = ["--data", self.folder / "data.npz"]
        for name in self.inputs:
            words += ["--map", f"{name}={kind}_{name}"]
        return words

    def prepare(self, work: Path, recipe: str = "w8a8") -> tuple[Path, Path]:
        """The float and the quantized program, written to the folder `work`."""
        work.mkdir(parents=True, exist_ok=True)
        float_program, table, quantized = work / "m.mlir", work / "m.calib", work / "m.q.mlir"
        call("import", self.folder / "model.onnx", "-o", float_program)
        call("calibrate", float_program, *self.samples("calib"), "-o", table)
        call("quantize", float_program, "--calibration", table, "--recipe", recipe, "-o", quantized)
        return float_program, quantized

    def bars(self, work: Path, recipe: str = "w8a8") -> list[Bar]:
        """Takes the network through the compiler, runs both programs on every test sample and measures the outputs."""
        asked = f"<= {self.most:g} more than float"
        if not self.available():
            return [Bar(self.name, asked, "no model", None)]
        float_program, quantized = self.prepare(work, recipe)
        found = {
            program: self.measure(self.folder, run(program, *self.samples("test")[1:]))
            for program in (float_program, quantized)
        }
        before, after = found[float_program], found[quantized]
        return [
            Bar(f"{self.name}, float", "-", f"{before:.2f} {self.measured_in}", True),
            Bar(f"{self.name}, 8 bits", asked, f"{after:.2f} {self.measured_in}", after - before <= self.most),
        ]


def _character_error_rate(folder: Path, probabilities: np.ndarray) -> float:
    """Of lines of text, in percent: greedy decoding of connectionist temporal classification, without spaces."""
    characters = json.loads((folder / "charset.json").read_text())
    lines = json.loads((folder / "text.json").read_text())["test_text"]
    wrong = total = 0
    for line, steps in zip(lines, probabilities.reshape(len(lines), -1, len(characters)), strict=True):
        best = steps.argmax(axis=1)
        kept = best[np.append(True, best[1:] != best[:-1]) & (best != 0)]
        expected = line.replace(" ", "")
        wrong += Levenshtein.distance("".join(characters[i] for i in kept).replace(" ", ""), expected)
        total += len(expected)
    return 100.0 * wrong / total


def _rank_error(folder: Path, embeddings: np.ndarray) -> float:
    """What lacks to 100 % of Spearman's correlation between the cosines of pairs of sentences and their scores."""
    with np.load(folder / "data.npz") as arrays:
        scores = arrays["test_score"]
    vectors = embeddings.reshape(2 * len(scores), -1)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return 100.0 - 100.0 * float(spearmanr((vectors[0::2] * vectors[1::2]).sum(axis=1), scores).statistic)


TEXT_NETWORKS = (
    TextNetwork("ocr", ("x",), "% of characters wrong", _character_error_rate, 0.2),
    TextNetwork("sentence", ("tokens", "mask"), "% of rank correlation lacking", _rank_error, 1.0),
)
