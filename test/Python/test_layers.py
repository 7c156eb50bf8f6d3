"""Two programs compared layer by layer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lowbit import LowbitError
from lowbit.cli import main
from lowbit.layers import EXACT, Comparison, Error, LayerError, Samples, _measure, compare_layers, find_first_below

# Two products with a ReLU between them, and a sum that reads both: what the first loses, the others read.
PROGRAM = """
#map = affine_map<(d0, d1) -> (d0, d1)>
func.func @f(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x4xf32> {lowbit.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %v = arith.constant dense<[[0.3, -0.9, 0.4, 1.1], [1.0, 0.2, -0.3, 0.5], [-0.4, 0.7, 0.8, 0.1],
                             [0.6, 0.1, -1.2, 0.9]]> : tensor<4x4xf32>
  %w = arith.constant dense<[[0.5, 0.9, -0.4, 0.1], [-1.0, 0.2, 0.3, 0.5], [0.4, -0.7, 0.8, 0.1],
                             [0.6, 0.1, 1.2, -0.9]]> : tensor<4x4xf32>
  %e = tensor.empty() : tensor<1x4xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
  %0 = linalg.matmul ins(%x, %v : tensor<1x4xf32>, tensor<4x4xf32>) outs(%i : tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %zero : f32
    linalg.yield %m : f32
  } -> tensor<1x4xf32>
  %2 = linalg.matmul ins(%1, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%i : tensor<1x4xf32>) -> tensor<1x4xf32>
  %3 = linalg.add ins(%2, %1 : tensor<1x4xf32>, tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
  return %3 : tensor<1x4xf32>
}
"""
LAYERS = ["clamp_0", "matmul_1", "add_0"]


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
    own, so_far = [], []
    for recipe in ("w8a8", "w4a8", "w2a2"):
        errors = compare_layers(program, quantize(program, data, recipe, "propagate"), Samples(data))
        assert [error.name for error in errors] == LAYERS
        assert all(error.values == 80 for error in errors)
        own.append(errors[1].local.sqnr_db)
        so_far.append(errors[1].accumulated.sqnr_db)
    assert own == sorted(own, reverse=True)
    assert so_far == sorted(so_far, reverse=True)


def test_the_error_of_a_layer_is_its_own(program: Path, data: Path) -> None:
    recipe = "[{name: matmul_0, weights: 2}, {}]"
    first, second, last = compare_layers(program, quantize(program, data, recipe, "propagate"), Samples(data))
    assert first.local == first.accumulated
    for error in (second, last):
        assert error.local.sqnr_db > 35 > first.local.sqnr_db > 0
        assert error.accumulated.sqnr_db < 25


@pytest.mark.parametrize("reference", [False, True])
def test_compiled_or_interpreted(program: Path, data: Path, *, reference: bool) -> None:
    quantized = quantize(program, data, "w4a8", "propagate")
    compiled = compare_layers(program, quantized, Samples(data))
    for error, other in zip(
        compiled, compare_layers(program, quantized, Samples(data), reference=reference), strict=True
    ):
        assert error.accumulated.sqnr_db == pytest.approx(other.accumulated.sqnr_db, abs=0.1)


def test_a_program_and_itself(program: Path, data: Path) -> None:
    errors = compare_layers(program, program, Samples(data, limit=3))
    assert all(error.local == error.accumulated == Error(0.0, EXACT) for error in errors)
    assert [error.values for error in errors] == [12] * 4


@pytest.mark.parametrize("layer", range(len(LAYERS)))
def test_a_reduced_program_shows_the_same_error(program: Path, data: Path, tmp_path: Path, layer: int) -> None:
    quantized = quantize(program, data, "w2a8", "propagate")
    with np.load(data) as arrays:
        x = arrays["x"]
    (tmp_path / "all").mkdir()
    whole = Comparison(program, quantized, Samples(data), tmp_path / "all")
    error = whole.errors[layer]
    found = whole.reduce(error, tmp_path / "reduced")
    # The same sample alone.
    worst = tmp_path / "worst.npz"
    np.savez(worst, other=x[error.worst_sample : error.worst_sample + 1])
    alone = compare_layers(program, quantized, Samples(worst, ["x=other"]))[layer]
    assert found.found == alone.local
    assert found.found.max_difference > 0
    assert {path.name for path in (tmp_path / "reduced").iterdir()} == {
        f"{error.name}{suffix}" for suffix in (".mlir", ".float.mlir", ".npz")
    }
    with np.load(found.data) as arrays:
        assert all(len(arrays[name]) == 1 for name in arrays)
        assert list(arrays) == {"clamp_0": ["x"], "matmul_1": ["clamp_0"], "add_0": ["clamp_0", "matmul_1"]}[error.name]


def test_the_command_names_the_first_below(
    program: Path, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    quantized = quantize(program, data, "w2a8", "propagate")
    words = ["compare", str(program), str(quantized), "--layers", "--data", str(data)]
    capfd.readouterr()
    assert main([*words, "--budget", "200", "--reduce", str(tmp_path / "reduced")]) == 0
    printed = capfd.readouterr().out
    assert "first below 200 dB by itself: clamp_0" in printed
    assert f"quant-runner compare {tmp_path}/reduced/clamp_0.float.mlir {tmp_path}/reduced/clamp_0.mlir" in printed
    assert main([*words, "--budget", "-100", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["first_below"] == {"local": None, "accumulated": None} and found["reduction"] is None
    assert [layer["name"] for layer in found["layers"]] == LAYERS


def test_options_that_make_no_sense_are_refused(program: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", str(program), str(program), "--data", str(data)]
    assert main([*words, "--budget", "20"]) == 2
    assert "are for --layers" in capsys.readouterr().err
    assert main([*words, "--layers", "--reduce", "folder"]) == 2
    assert "needs --budget" in capsys.readouterr().err


def test_data_that_names_no_input_is_refused(program: Path, data: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 4), np.float32))
    with pytest.raises(LowbitError, match=r"expected an \.npz file"):
        compare_layers(program, program, Samples(tmp_path / "x.npy"))
    with pytest.raises(LowbitError, match="no such file"):
        compare_layers(program, program, Samples(tmp_path / "absent.npz"))
    with pytest.raises(LowbitError, match="has no array 'z'"):
        compare_layers(program, program, Samples(data, ["x=z"]))


def test_an_integer_program_is_refused(program: Path, data: Path) -> None:
    quantized = quantize(program, data, "w8a8", "fuse")
    with pytest.raises(LowbitError, match="it went on to fuse"):
        compare_layers(program, quantized, Samples(data))


def test_programs_without_a_common_layer_are_refused(program: Path, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mlir"
    other.write_text(
        """func.func @f(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> tensor<1x4xf32> {
  %e = tensor.empty() : tensor<1x4xf32>
  %0 = linalg.mul ins(%x, %x : tensor<1x4xf32>, tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
"""
    )
    with pytest.raises(LowbitError, match="has no layer of"):
        compare_layers(program, other, Samples(data))


def test_what_is_not_finite_does_not_count() -> None:
    expected, found = np.array([1.0, np.inf, 2.0]), np.array([1.0, np.inf, 2.5])
    assert _measure(expected, found) == Error(0.5, round(10 * float(np.log10(5 / 0.25)), 4))


def test_the_first_below_is_the_first() -> None:
    errors = [LayerError("a", 1, 1.0, Error(0.0, own), Error(0.0, own - 8), 0) for own in (30.0, 9.0, 5.0)]
    assert find_first_below(errors, 10.0) is errors[1]
    assert find_first_below(errors, 25.0, "accumulated") is errors[0]
    assert find_first_below(errors, 4.0) is None


@pytest.mark.parametrize("kind", ["equalize", "smooth"])
def test_scales_that_move_change_no_value(program: Path, data: Path, tmp_path: Path, kind: str) -> None:
    """Up to rounding, the program computes the same; and the weights are others."""
    plain, table, moments, moved = (tmp_path / name for name in ("plain.mlir", "m.calib", "m.moments", "moved.mlir"))
    plain.write_text(PLAIN)
    assert main(["calibrate", str(plain), "--data", str(data), "--moments", str(moments), "-o", str(table)]) == 0
    assert main([kind, str(plain), *words_of(kind, moments), "-o", str(moved)]) == 0
    errors = {error.name: error.accumulated for error in compare_layers(plain, moved, Samples(data))}
    assert errors["clamp_0"].sqnr_db < 20
    assert errors["matmul_1"].sqnr_db > 120
    assert main([kind, str(quantize(plain, data, "w8a8", "fuse")), *words_of(kind, moments), "-o", str(moved)]) == 1


def words_of(kind: str, moments: Path) -> list[str]:
    return ["--moments", str(moments)] if kind == "smooth" else []


# As the program above, but without the sum, which keeps the scales of what it reads.
PLAIN = PROGRAM.replace("return %3", "return %2").replace(
    "  %3 = linalg.add ins(%2, %1 : tensor<1x4xf32>, tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>\n",
    "",
)
