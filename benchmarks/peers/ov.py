"""OpenVINO: models from ONNX, 8-bit ones in Q/DQ form, on one thread, through its C interface."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import onnx
import openvino
from contender import EIGHT_BITS, FLOAT, Contender
from layers import Layer
from native import time_native

from peers import onnx_models
from peers.openvino_c import Request

NAME = "OpenVINO"
# Of the nodes that do the work of a model, by the runtime's names.
_WORKERS = {"Convolution", "FullyConnected", "MatMul"}


def version() -> str:
    return openvino.__version__.split("-")[0]


def _convert(model: onnx.ModelProto, path: Path) -> str:
    """Writes the runtime's own form of a model; returns the precision in which its kernels will compute."""
    converted = openvino.convert_model(io.BytesIO(model.SerializeToString()))
    path.parent.mkdir(parents=True, exist_ok=True)
    openvino.save_model(converted, path, compress_to_fp16=False)
    compiled = openvino.Core().compile_model(converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    nodes = [op.get_rt_info() for op in compiled.get_runtime_model().get_ops()]
    found = {str(info["runtimePrecision"].astype(str)) for info in nodes if info["layerType"].astype(str) in _WORKERS}
    return ", ".join(sorted(found))


def contenders(layer: Layer, folder: Path) -> list[Contender]:
    """8 bits and, where there is arithmetic, float. Convolutions have channels first: it reorders both ends."""
    if layer.kind in {"quantize", "dequantize", "requantize"}:
        return [_contender(onnx_models.conversion(layer), layer, folder, EIGHT_BITS)]
    return [
        _contender(onnx_models.with_casts(layer), layer, folder, EIGHT_BITS),
        _contender(onnx_models.floating(layer), layer, folder, FLOAT),
    ]


def _contender(model: onnx.ModelProto, layer: Layer, folder: Path, form: str) -> Contender:
    path = folder / f"openvino.{layer.kind}.{form.replace(' ', '')}.xml"
    is_integer = form == EIGHT_BITS
    precision = _convert(model, path)
    x = layer.x if layer.kind == "quantize" else onnx_models.to_unsigned(layer.x)
    if not is_integer:
        x = layer.input.dequantize(layer.x)
    shape = onnx_models.channels_first(onnx_models.result_shape(layer))
    gives_integers = is_integer and layer.kind != "dequantize"
    request = Request(path, onnx_models.to_channels_first(x), shape, np.uint8 if gives_integers else np.float32)

    def output() -> np.ndarray:
        result = onnx_models.channels_last(request.infer())
        return onnx_models.to_signed(result) if gives_integers else result

    note = f"computes in {precision}" if is_integer and precision not in ("", "u8", "i8") else ""
    return Contender(NAME, form, time_native(request.function, request.handle), output, note)
