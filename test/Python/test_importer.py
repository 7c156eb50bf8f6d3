"""Importing ONNX models: names, shapes, resources, and what stops an import."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lowbit.cli import main
from lowbit.importer import import_model, import_onnx
from lowbit.tools import LowbitError

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"


def write_model(
    path: Path,
    nodes: list[onnx.NodeProto],
    shape: list[int | str],
    weights: dict[str, np.ndarray] | None = None,
    opset: int = 17,
    rank: int | None = None,
) -> Path:
    """A model from `x` of `shape` to `y` of `rank`, that of x by default."""
    graph = helper.make_graph(
        nodes,
        "a graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * (rank or len(shape)))],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]), path)
    return path


def test_digits_keeps_names_and_moves_weights_to_resources() -> None:
    text = import_onnx(DIGITS / "model.onnx")
    assert '(%arg0: tensor<1x1x28x28xf32> {lowbit.name = "x"}) -> (tensor<1x10xf32> {lowbit.name = "logits"})' in text
    program, resources = text.split("{-#")
    assert '"0x' not in program
    assert "dense_resource<weight_0>" in program
    assert "weight_0" in resources


def test_open_dimensions_become_one(tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.onnx", [helper.make_node("Relu", ["x"], ["y"])], ["batch", 4])
    assert 'tensor<1x4xf32> {lowbit.name = "x"}) -> (tensor<1x4xf32> {lowbit.name = "y"})' in import_onnx(model)


def test_the_graph_s_name_becomes_an_identifier(tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.onnx", [helper.make_node("Relu", ["x"], ["y"])], [4])
    assert "func.func @a_graph(" in import_onnx(model)


def test_older_operators_are_converted(tmp_path: Path) -> None:
    node = helper.make_node("Unsqueeze", ["x"], ["y"], axes=[0])
    assert "tensor<1x4xf32>" in import_onnx(write_model(tmp_path / "m.onnx", [node], [4], opset=11, rank=2))


def test_weights_listed_as_inputs_are_no_arguments(tmp_path: Path) -> None:
    path = write_model(
        tmp_path / "m.onnx", [helper.make_node("Add", ["x", "w"], ["y"])], [4], {"w": np.ones(4, np.float32)}
    )
    model = onnx.load(path)
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [4]))
    onnx.save(model, path)
    assert "%arg1" not in import_onnx(path)


def test_a_product_without_a_bias_keeps_its_factor(tmp_path: Path) -> None:
    node = helper.make_node("Gemm", ["x", "w"], ["y"], alpha=0.5)
    model = write_model(tmp_path / "m.onnx", [node], [2, 3], {"w": np.ones((3, 3), np.float32)})
    assert "5.000000e-01" in import_onnx(model)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([helper.make_node("Frobnicate", ["x"], ["y"], name="frob")], "Frobnicate"),
        (
            [
                helper.make_node("Relu", ["x"], ["a"]),
                helper.make_node("Dropout", ["a"], ["b"]),
                helper.make_node("RandomNormalLike", ["b"], ["c"], name="noise"),
                helper.make_node("Unique", ["c"], ["y"], name="the node"),
            ],
            "node 'the node' of type Unique can't be translated",
        ),
        ([helper.make_node("NonZero", ["x"], ["n"], name="nz"), helper.make_node("Cast", ["n"], ["y"], to=1)], "'nz'"),
        ([helper.make_node("Unique", ["x"], ["y"])], "node 'Unique_0' of type Unique"),
        ([helper.make_node("Relu", ["nowhere"], ["y"])], "nowhere"),
    ],
)
def test_the_node_that_stops_an_import_is_named(tmp_path: Path, nodes: list[onnx.NodeProto], message: str) -> None:
    model = write_model(tmp_path / "m.onnx", nodes, [4], rank=2 if nodes[0].op_type == "NonZero" else 1)
    with pytest.raises(LowbitError, match=message) as caught:
        import_onnx(model)
    assert str(model) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_file_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").touch()
    with pytest.raises(LowbitError, match="expected a valid ONNX model"):
        import_onnx(tmp_path / "m.onnx")


def test_other_files_are_no_models(tmp_path: Path) -> None:
    for file in (DIGITS / "test.npz", Path(__file__)):
        with pytest.raises(LowbitError, match="expected"):
            import_onnx(file)
    with pytest.raises(LowbitError, match="No such file"):
        import_onnx(tmp_path / "missing.onnx")
    with pytest.raises(LowbitError, match="Is a directory"):
        import_onnx(tmp_path)


def test_truncated_models_are_refused(tmp_path: Path) -> None:
    whole = (DIGITS / "model.onnx").read_bytes()
    model = tmp_path / "m.onnx"
    for length in range(1, len(whole), len(whole) // 60):
        model.write_bytes(whole[:length])
        with pytest.raises(LowbitError, match=r"m\.onnx"):
            import_onnx(model)


def test_nothing_is_left_of_an_import_that_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out" / "m.mlir"
    assert main(["import", str(DIGITS / "model.onnx"), "-o", str(output)]) == 1
    assert "No such file" in capsys.readouterr().err
    output.parent.mkdir()
    output.write_text("before")
    model = write_model(tmp_path / "m.onnx", [helper.make_node("Unique", ["x"], ["y"])], [4])
    with pytest.raises(LowbitError):
        import_model(model, output)
    assert output.read_text() == "before"
    import_model(DIGITS / "model.onnx", output)
    assert "func.func" in output.read_text()
    assert [path.name for path in output.parent.iterdir()] == ["m.mlir"]
