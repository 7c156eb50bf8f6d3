"""From ONNX to MLIR: a face over torch-mlir that names what it is stopped by.

The program that comes out is linalg on tensors as torch-mlir spells it: the import stage of the compiler brings it
into its own form. Arguments and results carry the names of the model's inputs and outputs as `lowbit.name`.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import checker, numpy_helper, shape_inference, version_converter
from torch_mlir import ir, passmanager
from torch_mlir.dialects import torch as torch_dialect
from torch_mlir.extras import onnx_importer

from lowbit.onnx_weights import (
    QuantizedWeight,
    UntranslatableError,
    WeightExtractor,
    flatten_products,
    insert_weights,
)
from lowbit.tools import LowbitError

NAME_ATTRIBUTE = "lowbit.name"

# The version of ONNX's operators that torch-mlir is best at; newer models stay what they are.
_OPSET = 17

_PIPELINE = (
    "builtin.module(func.func(convert-torch-onnx-to-torch),"
    "torch-lower-to-backend-contract{backend-legal-ops="
    "aten.flatten.using_ints,aten.adaptive_avg_pool1d,aten.unflatten.int},"
    "torch-backend-to-linalg-on-tensors-backend-pipeline)"
)

# What the compiler reads. The rest of torch-mlir's dialects is known to torch-mlir alone.
_DIALECTS = frozenset(("affine", "arith", "builtin", "cf", "complex", "func", "linalg", "math", "scf", "tensor"))

# Constants of more elements than this are resources, which can be left out where a program is looked at.
_MAX_INLINE_ELEMENTS = 64
_RESOURCE_ALIGNMENT = 64

_Result = TypeVar("_Result")


def import_onnx(path: Path) -> str:
    """The text of the program that computes what the ONNX model in `path` does, its batch and other open dimensions 1.

    Raises `LowbitError` where the file is no model, or an operator in it can't be translated.
    """
    prepared = _run_apart(lambda: _prepare(path, _load(path)))
    if prepared is None:
        raise LowbitError(f"{path}: the onnx package died of this model")
    text = _run_apart(lambda: _convert(path, prepared.model, prepared.weights))
    if text is None:
        raise LowbitError(f"{path}: {_find_deadly_node(prepared.model)} can't be translated: torch-mlir died of it")
    return text


def import_model(model: Path, output: Path) -> None:
    """Writes the program of an ONNX model to `output`, whole or not at all. What the command `lowbit import` does."""
    text = import_onnx(model)
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        partial.write_text(text)
        partial.replace(output)
    except OSError as error:
        raise LowbitError(f"{output}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Prepared:
    """A model as torch-mlir takes it, whose last inputs stand for weights of few bits."""

    model: onnx.ModelProto
    weights: list[QuantizedWeight]


def _convert(path: Path, model: onnx.ModelProto, weights: Sequence[QuantizedWeight] = ()) -> str:
    context = ir.Context()
    torch_dialect.register_dialect(context)
    module = _translate(path, model, context)
    _check_dialects(path, model, module)
    entry = next(op for op in module.body if op.operation.name == "func.func" and "sym_visibility" not in op.attributes)
    insert_weights(entry.operation, weights)
    _name_entry(entry.operation, model, {weight.name for weight in weights})
    with context:
        _move_constants_to_resources(module)
    return module.operation.get_asm(enable_debug_info=False)


def _run_apart(step: Callable[[], _Result]) -> _Result | None:
    """What `step` returns in a process of its own, or None where that process dies.

    ONNX and torch-mlir are native code that some models crash.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def run() -> None:
        with Path(os.devnull).open("w") as null:
            os.dup2(null.fileno(), 2)  # a crash would print its stack
        try:
            sender.send((step(), None))
        except LowbitError as error:
            sender.send((None, str(error)))

    process = context.Process(target=run)
    process.start()
    sender.close()
    try:
        result, message = receiver.recv()
    except EOFError:
        return None
    finally:
        process.join()
    if message is not None:
        raise LowbitError(message)
    return result


def _find_deadly_node(model: onnx.ModelProto) -> str:
    """Which node torch-mlir dies of, tried one at a time."""
    known = {value.name: value for value in (*model.graph.input, *model.graph.value_info, *model.graph.output)}
    for node in model.graph.node:
        alone = onnx.ModelProto()
        alone.CopyFrom(model)
        del alone.graph.node[:], alone.graph.input[:], alone.graph.output[:]
        alone.graph.node.append(node)
        alone.graph.input.extend(known[name] for name in node.input if name in known)
        alone.graph.output.extend(known[name] for name in node.output if name in known)
        try:
            if _run_apart(functools.partial(_convert, Path(), alone)) is None:
                return _describe(node)
        except LowbitError:
            continue
    return "a node of the model"


def _load(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(path)
        checker.check_model(model)
    except OSError as error:
        raise LowbitError(f"{path}: {error.strerror or error}") from error
    except DecodeError as error:
        raise LowbitError(f"{path}: expected an ONNX model: {error}") from error
    except (checker.ValidationError, ValueError) as error:
        raise LowbitError(f"{path}: expected a valid ONNX model: {_first_line(error)}") from error
    if not model.graph.output:
        raise LowbitError(f"{path}: expected an ONNX model, but it has no outputs")
    return model


def _prepare(path: Path, model: onnx.ModelProto) -> _Prepared:
    """Static shapes, the operators' version, names for all nodes, an identifier for the graph."""
    _name_nodes(model)
    extractor = WeightExtractor(model)
    try:
        extractor.run()
    except UntranslatableError as error:
        reason, node = error.args
        raise LowbitError(f"{path}: {_describe(node)} can't be translated: {reason}") from error
    _complete_products(model)
    _fix_dimensions(model)
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if versions and max(versions) < _OPSET:
        model = _run(path, "convert the operators", lambda: version_converter.convert_version(model, _OPSET))
    model = _run(path, "infer shapes", lambda: shape_inference.infer_shapes(model, data_prop=True))
    if extractor.weights:
        flatten_products(model, extractor.weights)
        model = _run(path, "infer shapes", lambda: shape_inference.infer_shapes(model, data_prop=True))
    _name_nodes(model)
    # The function's name becomes a symbol that C programs link with.
    name = re.sub(r"\W", "_", model.graph.name, flags=re.ASCII) or "network"
    model.graph.name = f"_{name}" if name[0].isdigit() else name
    return _Prepared(model, extractor.weights)


def _complete_products(model: onnx.ModelProto) -> None:
    """Gives every `Gemm` with a factor something to add: of one that adds nothing torch-mlir leaves out `alpha`."""
    for node in model.graph.node:
        has_factor = any(attribute.name == "alpha" and attribute.f != 1.0 for attribute in node.attribute)
        if node.op_type != "Gemm" or not has_factor or (len(node.input) > 2 and node.input[2]):
            continue
        zeros = numpy_helper.from_array(np.zeros(1, np.float32), f"{node.output[0]}.zeros")
        model.graph.initializer.append(zeros)
        node.input[2:] = [zeros.name]


def _name_nodes(model: onnx.ModelProto) -> None:
    for index, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{index}"


def _fix_dimensions(model: onnx.ModelProto) -> None:
    """Makes every open dimension of an input 1 and forgets what was known of the shapes that follow from them."""
    weights = {tensor.name for tensor in model.graph.initializer}
    is_open = False
    for value in model.graph.input:
        if value.name in weights:
            continue
        for dim in value.type.tensor_type.shape.dim:
            if not dim.HasField("dim_value") or dim.dim_value < 0:
                dim.dim_value = 1
                is_open = True
    if not is_open:
        return
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")


def _run(path: Path, what: str, step: Callable[[], _Result]) -> _Result:
    """Runs a step of ONNX's own; it reports errors of many types."""
    try:
        return step()
    except Exception as error:
        raise LowbitError(f"{path}: can't {what}: {_first_line(error)}") from error


def _translate(path: Path, model: onnx.ModelProto, context: ir.Context) -> ir.Module:
    try:
        info = onnx_importer.ModelInfo(model)
        module = info.create_module(context=context)
        onnx_importer.NodeImporter.define_function(info.main_graph, module.operation).import_all()
    except (onnx_importer.OnnxImportError, AssertionError, KeyError, ir.MLIRError) as error:
        raise LowbitError(f"{path}: can't read the graph: {_first_line(error)}") from error
    try:
        passmanager.PassManager.parse(_PIPELINE, context=context).run(module.operation)
    except ir.MLIRError as error:
        raise LowbitError(f"{path}: {_describe_failure(model, error)}") from error
    return module


def _describe_failure(model: onnx.ModelProto, error: ir.MLIRError) -> str:
    """Which node the translation stopped at, by the locations that nodes gave to their ops."""
    for diagnostic in error.error_diagnostics:
        node = _find_node(model, diagnostic.location)
        if node:
            return f"{_describe(node)} can't be translated: {_first_line(diagnostic.message)}"
    messages = [diagnostic.message for diagnostic in error.error_diagnostics] or [str(error)]
    return f"the model can't be translated: {_first_line(messages[0])}"


def _find_node(model: onnx.ModelProto, location: ir.Location) -> onnx.NodeProto | None:
    """The node that an op stands for; its name is in the op's location."""
    names = re.findall(r'"((?:[^"\\]|\\.)*)"', str(location))
    nodes = {node.name: node for node in model.graph.node}
    return next((nodes[name] for name in names if name in nodes), None)


def _describe(node: onnx.NodeProto) -> str:
    domain = f"{node.domain}." if node.domain else ""
    return f"node '{node.name}' of type {domain}{node.op_type}"


def _check_dialects(path: Path, model: onnx.ModelProto, module: ir.Module) -> None:
    for op in _walk(module.operation):
        if op.name.partition(".")[0] in _DIALECTS:
            continue
        node = _find_node(model, op.location)
        culprit = _describe(node) if node else "the model"
        raise LowbitError(f"{path}: {culprit} can't be translated: it needs the operation {op.name}")


def _walk(op: ir.Operation) -> Iterator[ir.Operation]:
    yield op
    for region in op.regions:
        for block in region:
            for inner in block:
                yield from _walk(inner.operation)


def _name_entry(entry: ir.Operation, model: onnx.ModelProto, quantized: Collection[str]) -> None:
    """Gives the arguments and results of the entry function the names of the model's inputs and outputs."""
    weights = {tensor.name for tensor in model.graph.initializer} | set(quantized)
    inputs = [value.name for value in model.graph.input if value.name not in weights]
    outputs = [value.name for value in model.graph.output]
    with entry.context:
        for attribute, names in (("arg_attrs", inputs), ("res_attrs", outputs)):
            named = [ir.DictAttr.get({NAME_ATTRIBUTE: ir.StringAttr.get(name)}) for name in names]
            entry.attributes[attribute] = ir.ArrayAttr.get(named)


def _move_constants_to_resources(module: ir.Module) -> None:
    """Keeps the bytes of large constants outside the program's text proper."""
    count = 0
    for op in list(_walk(module.operation)):
        if op.name != "arith.constant" or not isinstance(op.attributes["value"].type, ir.RankedTensorType):
            continue
        value = op.attributes["value"]
        if not isinstance(value, ir.DenseElementsAttr) or value.is_splat or len(value) <= _MAX_INLINE_ELEMENTS:
            continue
        values = np.ascontiguousarray(np.array(value))
        op.attributes["value"] = ir.DenseResourceElementsAttr.get_from_buffer(
            values, f"weight_{count}", value.type, alignment=_RESOURCE_ALIGNMENT
        )
        count += 1


def _first_line(error: object) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
