"""The profile of a network: every product is found, with the right count, and nearly all time has a line."""

from __future__ import annotations

from pathlib import Path

import op_profile
import pytest
from networks import networks, prepare

# What the convolutions and products of digits have to multiply and add, in the program's order.
DIGITS = [
    2 * 28 * 28 * 16 * 9,
    2 * 14 * 14 * 32 * 9 * 16,
    2 * 7 * 7 * 64 * 9 * 32,
    2 * 64 * 576,
]


def test_profile(work: Path, tmp_path: Path) -> None:
    (digits,) = (network for network in networks() if network.name == "digits")
    programs = prepare(digits, work / digits.name)
    lines, call = op_profile.profile(programs.quantized, digits.test()[0][:1], tmp_path, 0.5)
    assert call > 0
    assert sum(line.share for line in lines) == pytest.approx(1)
    assert sum(line.microseconds for line in lines) == pytest.approx(call)
    assert lines[-1].share < 0.2, "much of the code has no line"
    products = [line for line in lines if line.operation and line.operation.is_product]
    assert [line.operation.operations for line in products][: len(DIGITS)] == DIGITS
    assert all(line.instruction for line in products[:3])


def test_profile_of_indices(tmp_path: Path) -> None:
    """A program that is no network of floats alone gets inputs that it can be run with."""
    program = Path(__file__).parents[1] / "Execution" / "Inputs" / "rows_of_table.mlir"
    lines, call = op_profile.profile(program, None, tmp_path, 0.2)
    assert call > 0
    assert "linalg.generic" in [line.name for line in lines]
