"""The parts of the experiment that need no compiler: costs, widths, fronts."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from lowbit.explore import cost
from lowbit.explore.mixed import Layer, _parse_layers, assign_widths, write_recipe
from lowbit.explore.page import _bin_value, find_front
from lowbit.explore.trials import _split_status, measure_sqnr

ACTIVATIONS = "tensor<1x4x4x8x!quant.uniform<i8:f32, 5.0e-01:-3>>"


def test_a_convolution_is_counted() -> None:
    weights = "tensor<16x3x3x8x!quant.uniform<i4:f32:0, {1.0,2.0}>>"
    line = f"%1 = lowbit.conv_2d %0, %w bias %b strides [1, 1] : {ACTIVATIONS}, {weights}, tensor<16xi32> -> "
    found = cost._contraction(line + "tensor<1x4x4x16x!quant.uniform<i8:f32, 1.0>>")
    assert found is not None
    assert found.macs == 4 * 4 * 16 * 3 * 3 * 8
    assert (found.weights.bits, found.activations.bits) == (4, 8)
    arithmetic = found.macs * (cost.MULTIPLY_8_BITS / 2 + cost.ADD_32_BITS)
    assert found.picojoules == pytest.approx(arithmetic + 16 * 3 * 3 * 8 / 2 * cost.CACHE_BYTE)


def test_other_contractions_are_counted() -> None:
    depthwise = f"lowbit.depthwise_conv_2d %0, %w : {ACTIVATIONS}, tensor<3x3x8x!quant.uniform<i8:f32:2, {{1.0}}>> -> "
    assert cost._contraction(depthwise + "tensor<1x2x2x8x!quant.uniform<i8:f32, 1.0>>").macs == 2 * 2 * 8 * 9
    matmul = (
        "linalg.matmul ins(%a, %b : tensor<2x3xf32>, tensor<3x5xf32>) outs(%c : tensor<2x5xf32>) -> tensor<2x5xf32>"
    )
    found = cost._contraction(matmul)
    assert (found.macs, found.weights.is_float, found.weights.bits) == (30, True, 32)
    assert cost._contraction("%1 = lowbit.add %a, %b : tensor<2x!quant.uniform<i8:f32, 1.0>>") is None


def test_only_an_object_file_has_constants(tmp_path: Path) -> None:
    (tmp_path / "x.o").write_bytes(b"no object")
    with pytest.raises(ValueError, match="expected a 64-bit ELF file"):
        cost.read_constant_bytes(tmp_path / "x.o")


LAYERS = [
    Layer("a", 100, {8: 0.0, 4: 1.0, 2: 4.0}),
    Layer("b", 1000, {8: 0.0, 4: 3.0, 2: 9.0}),
    Layer("c", 500, {8: 0.0, 4: 0.5, 2: 7.0}),
    Layer("d", 800, {8: 0.0, 4: 2.5}),
]


@pytest.mark.parametrize("bits", [2.7, 3.0, 4.0, 5.0, 6.5, 8.0])
def test_widths_are_the_best_there_are(bits: float) -> None:
    found = assign_widths(LAYERS, bits)
    total = sum(layer.weights for layer in LAYERS)

    def fits(widths: tuple[int, ...]) -> bool:
        return sum(layer.weights * width for layer, width in zip(LAYERS, widths, strict=True)) <= bits * total

    def noise(widths: tuple[int, ...]) -> float:
        return sum(layer.noise[width] for layer, width in zip(LAYERS, widths, strict=True))

    choice = tuple(found.values())
    assert fits(choice)
    best = min(noise(widths) for widths in itertools.product(*(layer.noise for layer in LAYERS)) if fits(widths))
    assert noise(choice) == best


def test_a_budget_that_nothing_fits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no widths of 4 layers take 1\.0 bits"):
        assign_widths(LAYERS, 1.0)


def test_widths_become_a_recipe(tmp_path: Path) -> None:
    text = write_recipe({"a": 8, "b": 2}, tmp_path / "r.yaml").read_text()
    assert text.splitlines()[1:] == ["rules:", '  - name: "b"', "    weights: 2", '  - op: "*"']


def test_layers_are_read_from_the_attribute() -> None:
    patch = 'element_sizes = array<i64: 3, 3, 2>, element_strides = array<i64: 8, 2, 1>, input = "x", name = "conv"'
    text = f"module attributes {{lowbit.patches = [{{channel_count = 4 : i64, {patch}}}]}} {{\n  func.func @f() }}"
    assert _parse_layers(text) == [("conv", 4 * 18)]


def test_a_front_is_what_nothing_beats() -> None:
    assert find_front([(3.0, 9.0), (1.0, 5.0), (2.0, 4.0), (2.0, 7.0), (4.0, 9.0)]) == [1, 3, 0]
    assert find_front([]) == []


@pytest.mark.parametrize("value", [1.0, -2.5, 0.0, 1024.0, -0.0078125])
def test_bins_are_ordered_floats(value: float) -> None:
    import struct

    bits = struct.unpack("<I", struct.pack("<f", value))[0] >> 16
    index = 0xFFFF - bits if bits & 0x8000 else bits | 0x8000
    assert _bin_value(index) == value


def test_a_reason_is_taken_from_its_line() -> None:
    assert _split_status("m.mlir:3:5: exp_0: float: it is neither")[::2] == ("exp_0", "it is neither")
    assert _split_status("m.mlir:3:5: conv: integer: 8-bit activation")[2] == ""


def test_sqnr() -> None:
    import numpy as np

    signal = [np.array([[3.0, 4.0]])]
    assert measure_sqnr(signal, [np.array([[3.0, 4.5]])]) == 20.0
    assert measure_sqnr(signal, signal) == 200.0
