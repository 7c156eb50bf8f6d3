"""OpenVINO: models from ONNX, 8-bit ones in Q/DQ form, on one thread, through its C interface."""

from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path

import numpy as np
import onnx
import openvino
from contender import EIGHT_BITS, FLOAT, Contender, ModelContender
from layers import Layer
from native import time_native
from networks import Network

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


def _quantize(network: Network, model: openvino.Model) -> openvino.Model:
    """Post-training quantization by NNCF, with its defaults, on all the calibration samples."""
    import nncf  # takes seconds to load

    nncf.set_log_level(logging.ERROR)
    samples = network.calibration()
    with contextlib.redirect_stdout(io.StringIO()):
        return nncf.quantize(model, nncf.Dataset([sample[None] for sample in samples]), subset_size=len(samples))


def models(network: Network, folder: Path) -> list[ModelContender]:
    """The float network, and the same quantized by NNCF."""
    paths = {form: folder / f"openvino.{version()}.{form.replace(' ', '')}.xml" for form in (EIGHT_BITS, FLOAT)}
    if not all(path.exists() for path in paths.values()):
        model = openvino.convert_model(network.model)
        openvino.save_model(model, paths[FLOAT], compress_to_fp16=False)
        openvino.save_model(_quantize(network, model), paths[EIGHT_BITS], compress_to_fp16=False)
    return [_model(path, network, form) for form, path in paths.items()]


def _model(path: Path, network: Network, form: str) -> ModelContender:
    samples = network.test()[0]
    shape = openvino.Core().read_model(path).output().shape
    request = Request(path, samples[:1], tuple(shape), np.float32)

    def run(x: np.ndarray) -> np.ndarray:
        request.set_input(x)
        return request.infer().copy()

    return ModelContender(NAME, form, time_native(request.function, request.handle), run)


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
