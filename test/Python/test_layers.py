"""Two programs compared op by op."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lowbit import LowbitError
from lowbit.cli import main
from lowbit.layers import EXACT, LayerError, _compare, compare_layers, find_first_below

PROGRAM = """
func.func @f(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[0.3, -0.9], [1.0, 0.2], [-0.4, 0.7], [0.6, 0.1]]> : tensor<4x2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%i : tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = linalg.add ins(%0, %0 : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    x = np.random.default_rng(1).standard_normal((20, 4)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    return tmp_path / "x.npz"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "m.mlir"
    path.write_text(PROGRAM)
    return path


def quantize(program: Path, data: Path, recipe: str, to: str) -> Path:
    table, output = program.with_suffix(".calib"), program.with_suffix(f".{to}.mlir")
    assert main(["calibrate", str(program), "--data", str(data), "-o", str(table)]) == 0
    words = ["quantize", str(program), "--calibration", str(table), "--recipe", recipe, "--to", to, "-o", str(output)]
    assert main(words) == 0
    return output


def test_errors_of_fewer_bits_are_larger(program: Path, data: Path) -> None:
    words = ["--data", str(data)]
    noise = []
    for recipe in ("w8a8", "w4a8", "w2a2"):
        errors = compare_layers(program, quantize(program, data, recipe, "propagate"), words)
        assert errors[0].name == "matmul_0"
        assert len(errors) == 2
        assert all(error.values == 40 for error in errors)
        noise.append(errors[0].sqnr_db)
    assert noise == sorted(noise, reverse=True)


def test_a_program_and_itself(program: Path, data: Path) -> None:
    errors = compare_layers(program, program, ["--data", str(data), "--limit", "3"])
    assert all(error.sqnr_db == EXACT and error.max_difference == 0 for error in errors)


def test_the_command_names_the_first_below(program: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quantized = quantize(program, data, "w2a8", "propagate")
    words = ["compare", str(program), str(quantized), "--layers", "--data", str(data)]
    assert main([*words, "--budget", "200"]) == 0
    assert "first below 200 dB: matmul_0" in capsys.readouterr().out
    assert main([*words, "--budget", "-100", "--json"]) == 0
    assert '"first_below": null' in capsys.readouterr().out


def test_an_integer_program_is_refused(program: Path, data: Path) -> None:
    quantized = quantize(program, data, "w8a8", "fuse")
    with pytest.raises(LowbitError, match="it went on to fuse"):
        compare_layers(program, quantized, ["--data", str(data)])


def test_programs_without_a_common_op_are_refused(program: Path, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mlir"
    other.write_text(
        PROGRAM.replace("linalg.add", "linalg.mul")
        .replace("4x2", "4x3")
        .replace("1x2", "1x3")
        .replace("-0.9]", "-0.9, 0.0]")
        .replace("0.2]", "0.2, 0.0]")
        .replace("0.7]", "0.7, 0.0]")
        .replace("0.1]", "0.1, 0.0]")
    )
    with pytest.raises(LowbitError, match="has no op of"):
        compare_layers(program, other, ["--data", str(data)])


def test_what_is_not_finite_does_not_count() -> None:
    expected, found = np.array([1.0, np.inf, 2.0]), np.array([1.0, np.inf, 2.5])
    assert _compare("a", expected, found) == LayerError("a", 2, 2.0, 0.5, round(10 * float(np.log10(5 / 0.25)), 4))


def test_the_first_below_is_the_first() -> None:
    errors = [LayerError("a", 1, 1.0, 0.0, 30.0), LayerError("b", 1, 1.0, 0.0, 9.0), LayerError("c", 1, 1.0, 0.0, 5.0)]
    assert find_first_below(errors, 10.0) is errors[1]
    assert find_first_below(errors, 4.0) is None
