"""Importing ONNX models whose weights are integers of few bits: what they compute, and what stops an import."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from packed_weights import Product, save

from lowbit.cli import main
from lowbit.importer import import_model, import_onnx
from lowbit.tools import LowbitError


def compute(model: Path, x: np.ndarray) -> tuple[str, np.ndarray]:
    """The program, and what it gives once it is compiled."""
    program, data, output = (model.with_suffix(suffix) for suffix in (".mlir", ".npz", ".y.npz"))
    import_model(model, program)
    np.savez(data, x=x)
    assert main(["run", str(program), "--data", str(data), "-o", str(output)]) == 0
    with np.load(output) as arrays:
        return program.read_text(), arrays["y"]


@pytest.mark.parametrize(
    ("product", "type"),
    [
        (Product([2, 64], 8, 4, 32), "tensor<64x8x!quant.uniform<i4:f32:{0:32, 1:1}"),
        (Product([2, 64], 8, 4, 16, "zero points, bias"), "tensor<64x8x!quant.uniform<i4:f32:{0:16, 1:1}"),
        (Product([3, 96], 5, 4, 32, "zero points"), "tensor<96x5x!quant.uniform<i4:f32:{0:32, 1:1}"),
        (Product([1, 5, 64], 24, 2, 32, "zero points"), "tensor<64x24x!quant.uniform<i2:f32:{0:32, 1:1}"),
        (Product([3, 128], 16, 8, 64, "bias"), "tensor<128x16x!quant.uniform<i8:f32:{0:64, 1:1}"),
        (Product([2, 64], 8, 4, 64, "zero points"), "tensor<64x8x!quant.uniform<i4:f32:1"),
        (Product([2, 96], 8, 4, 32, "signs, zero points"), "tensor<96x8x!quant.uniform<i4:f32:{0:32, 1:1}"),
        (Product([2, 96], 8, 2, 32, "signs"), "tensor<96x8x!quant.uniform<i2:f32:{0:32, 1:1}"),
        (Product([64], 8, 4, 32, "bias"), "tensor<64x8x!quant.uniform<i4:f32:{0:32, 1:1}"),
    ],
)
def test_products_with_packed_weights(product: Product, type: str, tmp_path: Path) -> None:
    text, y = compute(product.save(tmp_path), product.x)
    assert f": {type}" in text or f"to {type}" in text
    assert text.count("lowbit.name") == 2  # the input and the output alone
    np.testing.assert_allclose(y, product.y, rtol=1e-4, atol=1e-4)


def test_compiled_code_keeps_packed_weights_packed(tmp_path: Path) -> None:
    product = Product([1, 1024], 512, 4, 128)
    program, library = tmp_path / "m.mlir", tmp_path / "m.o"
    import_model(product.save(tmp_path), program)
    assert main(["compile", str(program), "-o", str(library)]) == 0
    assert library.stat().st_size < 1024 * 512 * 0.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bits": 5}, "expected weights of 2, 4 or 8 bits, but got 5"),
        ({"block_size": 0}, "expected K, N and block_size"),
        ({"K": 128}, "its constants have other sizes than it says: "),
        ({"K": 72}, "expected K to be a multiple of block_size, but got 72 and 32"),
        ({4: "x"}, "an order of K of its own, which g_idx gives, is not supported"),
        ({1: "x"}, "expected the weights to be constant"),
        ({1: "scales"}, "expected the weights to be of type uint8, but got float32"),
        ({2: "stored"}, "expected the scales to be of type float32, but got uint8"),
        ({3: "scales"}, "expected the zero points to be of type uint8, but got float32"),
    ],
)
def test_products_that_are_not_taken_are_named(
    change: dict[str | int, int | str], message: str, tmp_path: Path
) -> None:
    product = Product([2, 64], 8, 4, 32)
    for key, value in change.items():
        if isinstance(key, int):
            product.inputs[key] = str(value)
        else:
            product.attributes[key] = int(value)
    with pytest.raises(LowbitError) as caught:
        import_onnx(product.save(tmp_path))
    assert f"node 'the node' of type com.microsoft.MatMulNBits can't be translated: {message}" in str(caught.value)


def dequantization(
    type: int, shape: tuple[int, ...], scales: tuple[int, ...], has_zero_points: bool, **attributes: int
) -> tuple[onnx.NodeProto, list[TensorProto]]:
    """`w`, the floats of random integers, and its constants."""
    random = np.random.default_rng(5)
    low, high = {"INT4": (-8, 7), "UINT4": (0, 15), "INT8": (-128, 127), "UINT2": (0, 3)}[
        TensorProto.DataType.Name(type)
    ]

    def draw(name: str, shape: tuple[int, ...]) -> TensorProto:
        integers = random.integers(low, high + 1, shape)
        return helper.make_tensor(name, type, shape, integers.reshape(-1).tolist())

    constants = [draw("q", shape)]
    constants.append(numpy_helper.from_array(random.uniform(0.01, 0.1, scales).astype(np.float32), "s"))
    if has_zero_points:
        constants.append(draw("z", scales))
    inputs = [constant.name for constant in constants]
    return helper.make_node("DequantizeLinear", inputs, ["w"], name="the node", **attributes), constants


MATMUL = helper.make_node("MatMul", ["x", "w"], ["y"])
GEMM = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)
HALVED = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1, alpha=0.5)
LEFT = helper.make_node("MatMul", ["w", "x"], ["y"])
CONV = helper.make_node("Conv", ["x", "w"], ["y"])


@pytest.mark.parametrize(
    ("weights", "user", "shape", "result", "type"),
    [
        ((TensorProto.INT4, (32, 6), (2, 6), False), MATMUL, [3, 32], [3, 6], "32x6x!quant.uniform<i4:f32:{0:16, 1:1}"),
        ((TensorProto.UINT4, (32, 6), (2, 6), True), MATMUL, [3, 32], [3, 6], "32x6x!quant.uniform<i4:f32:{0:16, 1:1}"),
        ((TensorProto.UINT4, (6, 32), (6, 2), True), GEMM, [3, 32], [3, 6], "32x6x!quant.uniform<i4:f32:{0:16, 1:1}"),
        ((TensorProto.INT4, (32, 6), (6,), True), MATMUL, [2, 3, 32], [2, 3, 6], "32x6x!quant.uniform<i4:f32:1, {"),
        ((TensorProto.INT4, (32, 6), (), True), MATMUL, [3, 32], [3, 6], "32x6x!quant.uniform<i4:f32, "),
        ((TensorProto.INT8, (32, 6), (2, 6), True), MATMUL, [3, 32], [3, 6], "32x6x!quant.uniform<i8:f32:{0:16, 1:1}"),
        # Floats, where nothing multiplies with the integers as they lie.
        ((TensorProto.UINT4, (6, 32), (6, 2), True), HALVED, [3, 32], [3, 6], ""),
        ((TensorProto.INT4, (6, 32), (6, 2), False), LEFT, [32, 3], [6, 3], ""),
        ((TensorProto.INT4, (4, 32, 1, 1), (4, 2, 1, 1), True), CONV, [1, 32, 5, 5], [1, 4, 5, 5], ""),
    ],
)
def test_dequantized_weights(
    weights: tuple[int, tuple[int, ...], tuple[int, ...], bool],
    user: onnx.NodeProto,
    shape: list[int],
    result: list[int],
    type: str,
    tmp_path: Path,
) -> None:
    integers, scales = weights[1], weights[2]
    blocked = len(scales) == len(integers)
    axis = next(dim for dim in range(len(scales)) if scales[dim] != integers[dim]) if blocked else 1
    attributes = {"axis": axis, "block_size": 16} if blocked else {"axis": axis}
    node, constants = dequantization(*weights, **attributes)
    model = save(tmp_path / "m.onnx", [node, user], shape, result, constants)
    x = np.random.default_rng(9).standard_normal(shape).astype(np.float32)
    text, y = compute(model, x)
    assert (type in text) if type else ("quant" not in text)
    (expected,) = ReferenceEvaluator(str(model)).run(None, {"x": x})
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


def test_what_is_no_whole_number_of_blocks_is_named(tmp_path: Path) -> None:
    node, constants = dequantization(TensorProto.INT4, (32, 6), (2, 6), False, axis=0, block_size=20)
    model = save(tmp_path / "m.onnx", [node, MATMUL], [3, 32], [3, 6], constants)
    message = (
        "'the node' of type DequantizeLinear can't be translated: expected dimension 0 to be a multiple of block_size"
    )
    with pytest.raises(LowbitError, match=message):
        import_onnx(model)


def test_models_with_both_names_of_a_weight_keep_other_inputs(tmp_path: Path) -> None:
    """Weights may be listed as inputs, and be read by several products."""
    node, constants = dequantization(TensorProto.INT4, (16, 16), (16,), False, axis=1)
    products = [helper.make_node("MatMul", ["x", "w"], ["t"]), helper.make_node("MatMul", ["t", "w"], ["y"])]
    path = save(tmp_path / "m.onnx", [node, *products], [2, 16], [2, 16], constants)
    model = onnx.load(path)
    model.graph.input.append(helper.make_tensor_value_info("q", TensorProto.INT4, [16, 16]))
    onnx.save(model, path)
    x = np.random.default_rng(2).standard_normal((2, 16)).astype(np.float32)
    text, y = compute(path, x)
    assert text.count("quant.dcast") == 1
    (expected,) = ReferenceEvaluator(str(path)).run(None, {"x": x})
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)
