"""Weights that an ONNX model holds as integers of few bits.

`com.microsoft.MatMulNBits`, and `DequantizeLinear` of a constant of 4 or 2 bits or with a `block_size`: torch-mlir
knows neither. Those that a matrix product multiplies with become inputs of the graph while it translates the rest; then
the constants take their place. Others become the floats that they stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch_mlir import ir

_RESOURCE_ALIGNMENT = 64

# Bits of the integers of a tensor, and whether they have a sign.
_INTEGERS = {
    TensorProto.INT2: (2, True),
    TensorProto.UINT2: (2, False),
    TensorProto.INT4: (4, True),
    TensorProto.UINT4: (4, False),
    TensorProto.INT8: (8, True),
    TensorProto.UINT8: (8, False),
}


class UntranslatableError(Exception):
    """Why a node can't be translated."""


@dataclass(frozen=True)
class QuantizedWeight:
    """The right side of a matrix product, K x N: `(integers - zero_points) * scales`, integers with a sign. There is a
    scale and a zero point for each block of rows, and for each column or all."""

    name: str
    integers: np.ndarray
    bits: int
    scales: np.ndarray
    zero_points: np.ndarray

    @staticmethod
    def get(name: str, bits: int, integers: np.ndarray, scales: np.ndarray, zero_points: np.ndarray) -> QuantizedWeight:
        """Scales may be negative or 0: those of the compiler are positive."""
        if not np.isfinite(scales).all() or (np.abs(scales[scales != 0]) < np.finfo(np.float32).tiny).any():
            raise UntranslatableError("a scale is NaN, infinite or subnormal")

        def of_each(parameters: np.ndarray) -> np.ndarray:
            rows, columns = (size // parts for size, parts in zip(integers.shape, parameters.shape, strict=True))
            return parameters.repeat(rows, axis=0).repeat(columns, axis=1)

        # The complement -1 - q of both is as far from the zero point, to the other side.
        is_negative = scales < 0
        zero_points = np.where(is_negative, -1 - zero_points, zero_points)
        integers = np.where(of_each(is_negative), -1 - integers, integers)
        integers = np.where(of_each(scales == 0), of_each(zero_points), integers)
        positive = np.where(scales == 0, np.float32(1), np.abs(scales))
        return QuantizedWeight(name, integers.astype(np.int8), bits, positive, zero_points)

    def type(self) -> str:
        """The quantized element type."""
        rows, columns = self.scales.shape
        parameters = [
            [f"{float(scale):.17e}:{int(zero)}" for scale, zero in zip(*row, strict=True)]
            for row in zip(self.scales, self.zero_points, strict=True)
        ]
        if rows == 1 and columns == 1:
            return f"!quant.uniform<i{self.bits}:f32, {parameters[0][0]}>"
        if rows == 1:
            return f"!quant.uniform<i{self.bits}:f32:1, {{{', '.join(parameters[0])}}}>"
        block = [size // parts for size, parts in zip(self.integers.shape, self.scales.shape, strict=True)]
        listed = ", ".join(f"{{{', '.join(row)}}}" for row in parameters)
        return f"!quant.uniform<i{self.bits}:f32:{{0:{block[0]}, 1:{block[1]}}}, {{{listed}}}>"


class WeightExtractor:
    """Takes weights of few bits out of a model; `weights` are those that became inputs of its graph, in order."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self.weights: list[QuantizedWeight] = []
        self._constants = {tensor.name: tensor for tensor in self.graph.initializer}
        self._is_weight: set[str] = set()

    def run(self) -> None:
        """Raises `UntranslatableError`, with the node."""
        nodes: list[onnx.NodeProto] = []
        for node in self.graph.node:
            try:
                nodes.extend(self._replace(node))
            except UntranslatableError as error:
                raise UntranslatableError(str(error), node) from error
            except ValueError as error:
                raise UntranslatableError(f"its constants have other sizes than it says: {error}", node) from error
        del self.graph.node[:]
        self.graph.node.extend(nodes)
        self._remove_unused()

    def _remove_unused(self) -> None:
        """Constants that no node reads any more: torch-mlir would read those of types that it does not know."""
        used = {name for node in self.graph.node for name in node.input} | {value.name for value in self.graph.output}
        replaced = {name for name in self._constants if name not in used}
        for tensors in (self.graph.initializer, self.graph.input):
            kept = [tensor for tensor in tensors if tensor.name not in replaced]
            del tensors[:]
            tensors.extend(kept)

    def _replace(self, node: onnx.NodeProto) -> list[onnx.NodeProto]:
        if node.domain == "com.microsoft" and node.op_type == "MatMulNBits":
            return self._replace_product(node)
        if _is_standard(node, "DequantizeLinear") and self._is_narrow(node):
            self._replace_dequantization(node)
            return []
        if _is_standard(node, "Gemm") and node.input[1] in self._is_weight:
            return _product(node, node.input[0], node.input[1], node.input[2] if len(node.input) > 2 else "")
        return [node]

    def _constant(self, node: onnx.NodeProto, number: int, what: str) -> np.ndarray | None:
        """An input that has to be a constant; nothing where the node lacks it."""
        name = node.input[number] if number < len(node.input) else ""
        if name and name not in self._constants:
            raise UntranslatableError(f"expected {what} to be constant")
        return numpy_helper.to_array(self._constants[name]) if name else None

    def _bytes(self, node: onnx.NodeProto, number: int, what: str) -> np.ndarray | None:
        array = self._constant(node, number, what)
        if array is not None and array.dtype != np.uint8:
            raise UntranslatableError(f"expected {what} to be of type uint8, but got {array.dtype}")
        return array

    def _scales(self, node: onnx.NodeProto, number: int) -> np.ndarray:
        scales = self._constant(node, number, "the scales")
        if scales is None or scales.dtype != np.float32:
            raise UntranslatableError(
                f"expected the scales to be of type float32, but got {getattr(scales, 'dtype', None)}"
            )
        return scales

    def _replace_product(self, node: onnx.NodeProto) -> list[onnx.NodeProto]:
        """`MatMulNBits`: `x W' + bias`. A row of W, one of N, is packed in blocks along K, the first integer of a byte
        in its lowest bits."""
        rows, columns, size = (_attribute(node, name, 0) for name in ("K", "N", "block_size"))
        bits = _attribute(node, "bits", 4)
        if min(rows, columns, size) < 1:
            raise UntranslatableError("expected K, N and block_size")
        if bits not in (2, 4, 8):
            raise UntranslatableError(f"expected weights of 2, 4 or 8 bits, but got {bits}")
        if rows % size:
            raise UntranslatableError(f"expected K to be a multiple of block_size, but got {rows} and {size}")
        if len(node.input) > 4 and node.input[4]:
            raise UntranslatableError("an order of K of its own, which g_idx gives, is not supported")
        stored = self._bytes(node, 1, "the weights")
        if stored is None:
            raise UntranslatableError("expected weights")
        blocks, middle = rows // size, 2 ** (bits - 1)
        integers = _unpack(stored.reshape(columns, -1), bits).T - middle
        scales = self._scales(node, 2).reshape(columns, blocks).T
        packed = self._bytes(node, 3, "the zero points")
        zero_points = np.zeros(scales.shape, np.int64)
        if packed is not None:
            zero_points = _unpack(packed.reshape(columns, -1), bits)[:, :blocks].T - middle
        name = f"{node.output[0]}.weights"
        self._add(QuantizedWeight.get(name, bits, integers, scales, zero_points))
        return _product(node, node.input[0], name, node.input[5] if len(node.input) > 5 else "")

    def _is_narrow(self, node: onnx.NodeProto) -> bool:
        tensor = self._constants.get(node.input[0])
        if tensor is None or tensor.data_type not in _INTEGERS:
            return False
        return _INTEGERS[tensor.data_type][0] < 8 or _attribute(node, "block_size", 0) > 0

    def _replace_dequantization(self, node: onnx.NodeProto) -> None:
        """`DequantizeLinear`: integers where matrix products alone multiply with them from the right, else floats."""
        bits, is_signed = _INTEGERS[self._constants[node.input[0]].data_type]
        shift = 0 if is_signed else 2 ** (bits - 1)
        integers = numpy_helper.to_array(self._constants[node.input[0]]).astype(np.int64) - shift
        scales, zeros = self._scales(node, 1), self._constant(node, 2, "the zero point")
        zero_points = (np.zeros(scales.shape, np.int64) if zeros is None else zeros.astype(np.int64)) - shift
        axis, size = _attribute(node, "axis", 1), _attribute(node, "block_size", 0)
        if size and integers.shape[axis] % size:
            raise UntranslatableError(
                f"expected dimension {axis} to be a multiple of block_size, but got {integers.shape[axis]} and {size}"
            )
        if not size:  # As many dimensions as the integers have.
            shape = [1] * integers.ndim
            if scales.size > 1:
                shape[axis] = scales.size
            scales, zero_points = scales.reshape(shape), zero_points.reshape(shape)
        name = node.output[0]
        uses = {_get_use(user, name) for user in self.graph.node if name in user.input}
        right_side = [array.T if uses == {"transposed"} else array for array in (integers, scales, zero_points)]
        if (
            integers.ndim == 2
            and len(uses) == 1
            and "" not in uses
            and _has_columns(*right_side[:2], is_blocked=size > 0)
        ):
            self._add(QuantizedWeight.get(name, bits, *right_side))
            return
        if size:
            scales, zero_points = scales.repeat(size, axis=axis), zero_points.repeat(size, axis=axis)
        floats = (integers - zero_points).astype(np.float32) * scales
        self.graph.initializer.append(numpy_helper.from_array(floats, name))

    def _add(self, weight: QuantizedWeight) -> None:
        self.weights.append(weight)
        self._is_weight.add(weight.name)
        self.graph.input.append(helper.make_tensor_value_info(weight.name, TensorProto.FLOAT, weight.integers.shape))


def flatten_products(model: onnx.ModelProto, weights: Sequence[QuantizedWeight]) -> None:
    """Makes every product of a batch of matrices with one of `weights` a product of one matrix. Shapes are known."""
    names = {weight.name for weight in weights}
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.value_info, *model.graph.output)
    }
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        nodes.append(node)
        if not _is_standard(node, "MatMul") or node.input[1] not in names or len(shapes[node.input[0]]) == 2:
            continue
        left, output = node.input[0], node.output[0]
        *outer, rows = shapes[left]
        columns = shapes[node.input[1]][1]
        for name, shape in ((f"{output}.rows", [-1, rows]), (f"{output}.shape", [*outer, columns])):
            model.graph.initializer.append(numpy_helper.from_array(np.int64(shape), name))
        product = helper.make_node("MatMul", [f"{left}.{output}", node.input[1]], [f"{output}.flat"], name=node.name)
        nodes[-1:] = [
            helper.make_node("Reshape", [left, f"{output}.rows"], [f"{left}.{output}"], name=f"{node.name}.flatten"),
            product,
            helper.make_node("Reshape", [f"{output}.flat", f"{output}.shape"], [output], name=f"{node.name}.expand"),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def insert_weights(entry: ir.Operation, weights: Sequence[QuantizedWeight]) -> None:
    """Puts `weights` where the last arguments of a function stand for them."""
    block = entry.regions[0].blocks[0]
    first = len(block.arguments) - len(weights)
    with entry.context, ir.Location.unknown(), ir.InsertionPoint.at_block_begin(block):
        for weight in reversed(weights):
            argument = block.arguments[len(block.arguments) - 1]
            sizes = "x".join(str(size) for size in weight.integers.shape)
            storage = ir.Type.parse(f"tensor<{sizes}xi{weight.bits}>")
            quantized = ir.Type.parse(f"tensor<{sizes}x{weight.type()}>")
            value = ir.DenseResourceElementsAttr.get_from_buffer(
                np.ascontiguousarray(weight.integers), weight.name, storage, alignment=_RESOURCE_ALIGNMENT
            )
            constant = ir.Operation.create("arith.constant", results=[storage], attributes={"value": value})
            cast = ir.Operation.create("quant.scast", results=[quantized], operands=[constant.result])
            floats = ir.Operation.create("quant.dcast", results=[argument.type], operands=[cast.result])
            argument.replace_all_uses_with(floats.result)
            block.erase_argument(len(block.arguments) - 1)
        function = ir.FunctionType(ir.TypeAttr(entry.attributes["function_type"]).value)
        entry.attributes["function_type"] = ir.TypeAttr.get(
            ir.FunctionType.get(function.inputs[:first], function.results)
        )


def _attribute(node: onnx.NodeProto, name: str, default: int) -> int:
    return next((attribute.i for attribute in node.attribute if attribute.name == name), default)


def _is_standard(node: onnx.NodeProto, kind: str) -> bool:
    return node.domain in ("", "ai.onnx") and node.op_type == kind


def _unpack(stored: np.ndarray, bits: int) -> np.ndarray:
    """The integers without sign of rows of bytes, the first in the lowest bits."""
    shifts = np.arange(0, 8, bits)
    return (stored[:, :, None] >> shifts & 2**bits - 1).reshape(len(stored), -1).astype(np.int64)


def _has_columns(integers: np.ndarray, scales: np.ndarray, *, is_blocked: bool) -> bool:
    """Whether each block of rows has a scale for each column or for all."""
    return scales.shape[1] in (1, integers.shape[1]) and (is_blocked or scales.shape[0] == 1)


def _get_use(node: onnx.NodeProto, name: str) -> str:
    """How a node multiplies with a tensor from the right; empty where it does something else."""
    if list(node.input).count(name) != 1 or len(node.input) < 2 or node.input[1] != name:
        return ""
    if _is_standard(node, "MatMul"):
        return "as it is"
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    if not _is_standard(node, "Gemm") or attributes.get("transA", 0):
        return ""
    if attributes.get("alpha", 1.0) != 1.0 or attributes.get("beta", 1.0) != 1.0:
        return ""
    return "transposed" if attributes.get("transB", 0) else "as it is"


def _product(node: onnx.NodeProto, left: str, right: str, bias: str) -> list[onnx.NodeProto]:
    """What `node` computes: `left right + bias`."""
    output, name = node.output[0], node.name or node.output[0]
    product = f"{output}.product" if bias else output
    nodes = [helper.make_node("MatMul", [left, right], [product], name=name)]
    if bias:
        nodes.append(helper.make_node("Add", [product, bias], [output], name=f"{name}.bias"))
    return nodes
