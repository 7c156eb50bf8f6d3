"""Weights rounded by what layers read behind those rounded before: nearer to the float program, and always alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from networks import Programs, call, measure_json, networks, prepare

DIGITS = next(network for network in networks() if network.name == "digits")


@pytest.fixture(scope="module")
def digits(work: Path) -> Programs:
    return prepare(DIGITS, work / "sequential")


def _quantize(programs: Programs, output: Path, recipe: str, *words: str | Path) -> Path:
    call("quantize", programs.float, "--calibration", programs.table, "--recipe", recipe, *words, "-o", output)
    return output


def _measure(programs: Programs, program: Path) -> float:
    """The signal-to-noise ratio on test samples."""
    words = ("--data", programs.data, "--limit", "500")
    (output,) = measure_json("compare", programs.float, program, *words)["outputs"]
    return output["sqnr_db"]


@pytest.mark.parametrize(("recipe", "gain"), [("w2a8", 4.0), ("w4a4", 1.0)])
def test_layers_make_up_for_those_before_them(digits: Programs, tmp_path: Path, recipe: str, gain: float) -> None:
    plain = _quantize(digits, tmp_path / "plain.mlir", recipe, "--moments", digits.moments)
    words = ("--sequential", digits.calibration, "--limit", "100")
    behind = _quantize(digits, tmp_path / "behind.mlir", recipe, *words)
    assert _measure(digits, behind) > _measure(digits, plain) + gain


def test_a_rule_that_needs_moments_gets_them(digits: Programs, tmp_path: Path) -> None:
    """Rounds before the first have the moments of the float program."""
    recipe = '[{op: "*", weights: 4, rounding: gptq}]'
    sequential = ("--sequential", digits.calibration, "--limit", "16", "--moments", digits.moments)
    again = [_quantize(digits, tmp_path / f"{run}.mlir", recipe, *sequential).read_bytes() for run in range(2)]
    assert again[0] == again[1]
