"""Models whose weights are packed as `com.microsoft.MatMulNBits` packs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(
    path: Path, nodes: list[onnx.NodeProto], shape: list[int], result: list[int], constants: list[TensorProto]
) -> Path:
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, result)],
        constants,
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)
    return path


def pack(integers: np.ndarray, bits: int) -> np.ndarray:
    """Rows of integers without sign in bytes, the first in the lowest bits; the last byte of a row may not be full."""
    count = 8 // bits
    padded = np.pad(integers, ((0, 0), (0, -integers.shape[1] % count))).reshape(len(integers), -1, count)
    return np.bitwise_or.reduce(padded << np.arange(count) * bits, axis=2).astype(np.uint8)


class Product:
    """`com.microsoft.MatMulNBits` with random weights."""

    def __init__(self, shape: list[int], columns: int, bits: int, block: int, options: str = "") -> None:
        random = np.random.default_rng(3)
        rows, blocks = shape[-1], shape[-1] // block
        stored = random.integers(0, 2**bits, (columns, rows))
        scales = random.uniform(0.01, 0.1, (columns, blocks)).astype(np.float32)
        if "signs" in options:
            scales *= random.integers(-1, 2, scales.shape)
        zero_points = np.full((columns, blocks), 2 ** (bits - 1))
        self.constants = [numpy_helper.from_array(pack(stored, bits).reshape(columns, blocks, -1), "stored")]
        self.constants.append(numpy_helper.from_array(scales.reshape(-1), "scales"))
        self.inputs = ["x", "stored", "scales", "", "", ""]
        bias = np.zeros(columns, np.float32)
        if "zero points" in options:
            zero_points = random.integers(0, 2**bits, (columns, blocks))
            self.constants.append(numpy_helper.from_array(pack(zero_points, bits).reshape(-1), "zero_points"))
            self.inputs[3] = "zero_points"
        if "bias" in options:
            bias = random.standard_normal(columns).astype(np.float32)
            self.constants.append(numpy_helper.from_array(bias, "bias"))
            self.inputs[5] = "bias"
        self.shape, self.result = shape, [*shape[:-1], columns]
        self.attributes = {"K": rows, "N": columns, "bits": bits, "block_size": block}
        weights = (stored - zero_points.repeat(block, axis=1)) * scales.repeat(block, axis=1)
        self.x = random.standard_normal(shape).astype(np.float32)
        self.y = self.x @ weights.T + bias

    def save(self, path: Path) -> Path:
        node = helper.make_node(
            "MatMulNBits", self.inputs, ["y"], "the node", domain="com.microsoft", **self.attributes
        )
        return save(path / "m.onnx", [node], self.shape, self.result, self.constants)
