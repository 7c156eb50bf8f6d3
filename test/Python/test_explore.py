"""The parts of the experiment that need no compiler: costs, forms of weights, fronts."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from lowbit.cli import main
from lowbit.explore import cost
from lowbit.explore.forms import Form
from lowbit.explore.mixed import Assignment, Budget, Layer, assign_forms, get_limit, list_layers, write_recipe
from lowbit.explore.page import _bin_value, find_front
from lowbit.explore.trials import _split_status, measure_sqnr

CONVOLUTION = """
func.func @f(%x: tensor<1x6x6x4xf32> {lowbit.name = "x"}) -> tensor<1x4x4x8xf32> {
  %w = arith.constant dense<0.75> : tensor<8x3x3x4xf32>
  %i = arith.constant dense<0.0> : tensor<1x4x4x8xf32>
  %0 = linalg.conv_2d_nhwc_fhwc {lowbit.name = "conv"} ins(%x, %w : tensor<1x6x6x4xf32>, tensor<8x3x3x4xf32>)
      outs(%i : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %0 : tensor<1x4x4x8xf32>
}
"""
MACS, WEIGHTS = 4 * 4 * 8 * 3 * 3 * 4, 8 * 3 * 3 * 4


@pytest.fixture
def convolution(tmp_path: Path) -> Path:
    path = tmp_path / "conv.mlir"
    path.write_text(CONVOLUTION)
    return path


def test_a_float_program_is_counted(convolution: Path) -> None:
    (found,) = cost.read_op_costs(convolution)
    assert (found.name, found.multiply_adds) == ("conv", MACS)
    assert found.weights == cost.Tensor(WEIGHTS, 32, is_float=True, bytes=4 * WEIGHTS)
    assert found.activations == (cost.Tensor(144, 32, is_float=True, bytes=576),)
    expected = MACS * (cost.MULTIPLY_FLOAT + cost.ADD_FLOAT) + 4 * WEIGHTS * cost.LARGE_CACHE_BYTE
    assert found.picojoules == pytest.approx(expected + (576 + 512) * cost.SMALL_CACHE_BYTE)
    assert cost.get_average_bits([found]) == 32


def test_integers_of_few_bits_take_less_energy() -> None:
    tensor = {bits: cost.Tensor(64, bits, is_float=False, bytes=8 * bits) for bits in (8, 4)}
    wide = cost.OpCost("a", "lowbit.matmul", 1000, tensor[8], (tensor[8],), tensor[8])
    narrow = cost.OpCost("a", "lowbit.matmul", 1000, tensor[4], (tensor[8],), tensor[8])
    saved = 1000 * cost.MULTIPLY_8_BITS / 2 + 32 * cost.LARGE_CACHE_BYTE
    assert wide.picojoules - narrow.picojoules == pytest.approx(saved)
    # Float activations make the arithmetic one of floats, whatever the weights are.
    mixed = cost.OpCost("a", "x.matmul", 1, tensor[4], (cost.Tensor(1, 32, is_float=True, bytes=4),), tensor[8])
    assert mixed.picojoules > cost.MULTIPLY_FLOAT + cost.ADD_FLOAT


def test_layers_are_listed_with_what_they_take(convolution: Path) -> None:
    (layer,) = list_layers(convolution)
    assert (layer.name, layer.weights) == ("conv", WEIGHTS)
    # Four input channels are no group.
    assert layer.costs["bytes"] == {Form(8): WEIGHTS, Form(4): WEIGHTS / 2, Form(2): WEIGHTS / 4}
    assert layer.costs["bits"][Form(4)] == 4 * WEIGHTS
    arithmetic = MACS * (cost.MULTIPLY_8_BITS / 4 + cost.ADD_32_BITS)
    assert layer.costs["energy"][Form(2)] == pytest.approx(1e-6 * (arithmetic + WEIGHTS / 4 * cost.LARGE_CACHE_BYTE))


def test_the_bound_is_what_rounding_adds(tmp_path: Path) -> None:
    """The ratio of norms against the same in NumPy, for 8 bits, whose scales are those of the largest weights."""
    w = np.random.default_rng(3).standard_normal((5, 3)).astype(np.float32)
    rows = ", ".join("[" + ", ".join(f"{x:.9e}" for x in row) + "]" for row in w)
    program = tmp_path / "m.mlir"
    program.write_text(f"""func.func @f(%x: tensor<2x5xf32>) -> tensor<2x3xf32> {{
  %w = arith.constant dense<[{rows}]> : tensor<5x3xf32>
  %i = arith.constant dense<0.0> : tensor<2x3xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x5xf32>, tensor<5x3xf32>) outs(%i : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}}
""")
    found = cost.read_weight_errors(program)["matmul_0"]
    scale = (np.abs(w).max(0).astype(np.float64) / 127).astype(np.float32).astype(np.float64)
    error = np.rint(w / scale) * scale - w
    assert found[Form(8)] == pytest.approx(np.linalg.norm(error) / np.linalg.norm(w), rel=1e-6)
    assert found[Form(8)] < found[Form(4)] < found[Form(2)] < 1


def test_groups_are_forms_where_they_are_whole(tmp_path: Path) -> None:
    """48 input channels are groups of 16, and none of 32: their weights differ in size, so groups add less."""
    rng = np.random.default_rng(4)
    w = rng.standard_normal((48, 2)) * np.repeat([1.0, 0.1, 0.01], 16)[:, None]
    rows = ", ".join("[" + ", ".join(f"{x:.9e}" for x in row) + "]" for row in w)
    program = tmp_path / "m.mlir"
    program.write_text(f"""func.func @f(%x: tensor<2x48xf32>) -> tensor<2x2xf32> {{
  %w = arith.constant dense<[{rows}]> : tensor<48x2xf32>
  %i = arith.constant dense<0.0> : tensor<2x2xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x48xf32>, tensor<48x2xf32>) outs(%i : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}}
""")
    found = cost.read_weight_errors(program)["matmul_0"]
    assert sorted(found) == [Form(2), Form(4), Form(4, 16), Form(8)]
    assert found[Form(8)] < found[Form(4, 16)] < found[Form(4)]
    (layer,) = list_layers(program)
    assert layer.costs["bits"][Form(4, 16)] == 96 * 4 + 6 * 4


@pytest.mark.parametrize(
    ("name", "form", "bits", "rule"),
    [
        ("8", Form(8), 8, '{op: "*", weights: 8}'),
        ("4-g32", Form(4, 32), 4.125, '{op: "*", weights: 4, granularity: group, group: 32}'),
        ("2-g16", Form(2, 16), 2.5, '{op: "*", weights: 2, granularity: group, group: 16}'),
    ],
)
def test_forms_have_names_and_rules(name: str, form: Form, bits: float, rule: str) -> None:
    assert (Form.parse(name), str(form), form.bits, form.rule('op: "*"')) == (form, name, bits, rule)
    for other in ("", "4-16", "g16", "4-g"):
        with pytest.raises(ValueError, match="expected a form of weights"):
            Form.parse(other)


def test_multipliers_are_bits_of_weights() -> None:
    groups = cost.Tensor(96, 4, is_float=False, bytes=51, group_bits=24)
    op = cost.OpCost("a", "lowbit.matmul", 96, groups, (), groups)
    assert cost.get_average_bits([op]) == 4.25


def test_forms_are_chosen_without_data(tmp_path: Path, convolution: Path) -> None:
    recipe = tmp_path / "r.yaml"
    assert main(["mix", str(convolution), "--mixed", "4", "-o", str(recipe)]) == 0
    # All weights are equal: with the scale of 4 bits they are exact.
    assert "weights: 4" in recipe.read_text() or "weights: 2" in recipe.read_text()
    assert main(["mix", str(convolution), "--mixed", "energy=4", "-o", str(recipe)]) == 2
    assert main(["mix", str(convolution), "--mixed", "1", "-o", str(recipe)]) == 1


def test_only_an_object_file_has_constants(tmp_path: Path) -> None:
    (tmp_path / "x.o").write_bytes(b"no object")
    with pytest.raises(ValueError, match="expected a 64-bit ELF file"):
        cost.read_constant_bytes(tmp_path / "x.o")


NOISES = {
    "a": (100, {Form(8): 0.0, Form(4): 1.0, Form(2): 4.0}),
    "b": (1000, {Form(8): 0.0, Form(4): 3.0, Form(2): 9.0}),
    "c": (500, {Form(8): 0.0, Form(4): 0.5, Form(2): 7.0}),
    "d": (800, {Form(8): 0.0, Form(4): 2.5}),
}
# Times that nothing says a width must have: 4 bits may be slower than 8.
TIMES = {
    "a": {Form(8): 1.5, Form(4): 1.6, Form(2): 1.1},
    "b": {Form(8): 4.0, Form(4): 2.2, Form(2): 1.9},
    "c": {Form(8): 2.0, Form(4): 1.0, Form(2): 0.9},
    "d": {Form(8): 3.0, Form(4): 2.5},
}
LAYERS = [
    Layer(name, count, noise, costs={"bits": {form: count * form.bits for form in noise}, "time": TIMES[name]})
    for name, (count, noise) in NOISES.items()
]
TOTAL = sum(layer.weights for layer in LAYERS)


def find_best(kind: str, limit: float) -> float:
    """The least noise within a limit, by trying all."""
    found = []
    for forms in itertools.product(*(layer.noise for layer in LAYERS)):
        pairs = list(zip(LAYERS, forms, strict=True))
        if sum(layer.costs[kind][form] for layer, form in pairs) <= limit:
            found.append(sum(layer.noise[form] for layer, form in pairs))
    return min(found)


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        *(("bits", bits * TOTAL) for bits in (2.7, 3.0, 4.0, 5.0, 6.5, 8.0)),
        *(("time", t) for t in (6.5, 7.0, 8.3, 10.5)),
    ],
)
@pytest.mark.parametrize("most_choices", [50_000, 2])
def test_forms_are_the_best_there_are(kind: str, limit: float, most_choices: int) -> None:
    found = assign_forms(LAYERS, limit, kind, most_choices=most_choices)
    forms = list(zip(LAYERS, found.forms.values(), strict=True))
    assert found.cost == sum(layer.costs[kind][form] for layer, form in forms) <= limit
    assert found.noise == sum(layer.noise[form] for layer, form in forms)
    best = find_best(kind, limit)
    if most_choices > 2:
        assert (found.noise, found.gap) == (best, 0.0)
    else:
        # Thinned to two choices a layer, the best may be lost: the gap says by how much at most.
        assert found.noise * (1 - found.gap) <= best <= found.noise


def test_a_gap_is_stated_where_choices_were_lost() -> None:
    gaps = [assign_forms(LAYERS, bits * TOTAL, most_choices=1).gap for bits in (3.0, 4.0, 5.0, 6.5)]
    assert max(gaps) > 0


def test_a_budget_that_nothing_fits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no forms of 4 layers take 2400 bits"):
        assign_forms(LAYERS, TOTAL)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("4", "mixed-4", "4 bits"),
        ("4.5", "mixed-4.5", "4.5 bits"),
        ("bytes=50000", "mixed-bytes-50000", "50000 bytes"),
        ("energy=70%", "mixed-energy-70pct", "70 % of the energy of 8 bits"),
        ("time=12.5", "mixed-time-12.5", "12.5 µs of time"),
    ],
)
def test_budgets_are_read(text: str, name: str, said: str) -> None:
    budget = Budget.parse(text)
    assert (budget.name, str(budget)) == (name, said)


@pytest.mark.parametrize("text", ["", "0", "time", "time=", "speed=3", "-4", "4 bits", "1e3"])
def test_other_budgets_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected bits, bytes, energy or time"):
        Budget.parse(text)


def test_a_budget_is_of_the_whole_program() -> None:
    at_8_bits = sum(times[Form(8)] for times in TIMES.values())
    assert get_limit(Budget.parse("time=12"), LAYERS, at_8_bits + 3) == pytest.approx(9)
    assert get_limit(Budget.parse("time=50%"), LAYERS, at_8_bits + 3) == pytest.approx((at_8_bits + 3) / 2 - 3)
    assert get_limit(Budget.parse("4"), LAYERS, 0.0) == 4 * TOTAL
    assert get_limit(Budget.parse("bits=50%"), LAYERS, 0.0) == 4 * TOTAL


def test_forms_become_a_recipe(tmp_path: Path) -> None:
    lines = (
        write_recipe(
            Assignment({"a": Form(8), "b": Form(2), "c": Form(4, 16)}, 1.0, 0.01, 0.0), tmp_path / "r.yaml", "Best"
        )
        .read_text()
        .splitlines()
    )
    assert lines[:2] == ["# Best.", "# Noise that they add, predicted: 20.00 dB; no others add less."]
    assert lines[3:] == [
        "rules:",
        '  - name: "b"',
        "    weights: 2",
        '  - name: "c"',
        "    weights: 4",
        "    granularity: group",
        "    group: 16",
        '  - op: "*"',
    ]
    text = write_recipe(Assignment({"a": Form(4)}, 1.0, 0.0, 0.05), tmp_path / "r.yaml", "Best").read_text()
    assert "predicted: none; others may add less, by 5 % at most" in text


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
    signal = [np.array([[3.0, 4.0]])]
    assert measure_sqnr(signal, [np.array([[3.0, 4.5]])]) == 20.0
    assert measure_sqnr(signal, signal) == 200.0
