"""ONNX Runtime: its fused integer operators and its float ones, on one thread, through buffers bound once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from contender import EIGHT_BITS, FLOAT, Contender, time_python
from layers import Layer

from peers import onnx_models

NAME = "ONNX Runtime"
_TYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}


def version() -> str:
    return onnxruntime.__version__


def _session(model: bytes | str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def bind(model: bytes | str, x: np.ndarray, form: str, finish: Callable[[np.ndarray], np.ndarray]) -> Contender:
    """A model of one input and one output, called on buffers that stay; `finish` brings the output to the reference's
    form."""
    session = _session(model)
    binding = session.io_binding()
    (source,), (result,) = session.get_inputs(), session.get_outputs()
    x = np.ascontiguousarray(x)
    y = np.zeros(session.run(None, {source.name: x})[0].shape, _TYPES[result.type])
    # The values borrow the arrays' memory; both must stay.
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in (x, y)]
    binding.bind_ortvalue_input(source.name, values[0])
    binding.bind_ortvalue_output(result.name, values[1])
    # Past the checks of the Python class.
    call, inner = session._sess.run_with_iobinding, binding._iobinding

    def output() -> np.ndarray:
        session.run_with_iobinding(binding)
        return finish(values[1].numpy())

    return Contender(NAME, form, time_python(lambda: call(inner, None)), output)


def contenders(layer: Layer, _: Path) -> list[Contender]:
    """8 bits and, where there is arithmetic, float."""
    stored = layer.x if layer.kind == "quantize" else onnx_models.to_unsigned(layer.x)
    if layer.kind in {"quantize", "dequantize", "requantize"}:
        finish = _same if layer.kind == "dequantize" else onnx_models.to_signed
        return [bind(onnx_models.conversion(layer).SerializeToString(), stored, EIGHT_BITS, finish)]
    x = onnx_models.to_channels_first(layer.input.dequantize(layer.x))
    quantized = onnx_models.with_integer_operators(layer).SerializeToString()
    return [
        bind(quantized, stored, EIGHT_BITS, onnx_models.to_signed),
        bind(onnx_models.floating(layer).SerializeToString(), x, FLOAT, onnx_models.channels_last),
    ]


def _same(values: np.ndarray) -> np.ndarray:
    return values
