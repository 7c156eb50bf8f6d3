"""oneDNN: primitives through its C interface, in the layouts that it chooses itself, weights packed before the clock
starts. What OpenVINO and PyTorch call inside."""

from __future__ import annotations

import ctypes
import functools
import subprocess
import sys
from pathlib import Path

import numpy as np
from contender import EIGHT_BITS, FLOAT, Contender
from layers import Layer
from native import time_native
from networks import WORK

from peers import onnx_models

NAME = "oneDNN"
_SOURCE = Path(__file__).with_name("onednn.c")
# dnnl_data_type_t.
_TYPES = {np.dtype(np.float32): 3, np.dtype(np.int8): 5, np.dtype(np.uint8): 6}
_KINDS = {"matmul": 0, "conv": 1, "depthwise": 1, "quantize": 2, "dequantize": 2, "requantize": 2}


class _Layer(ctypes.Structure):
    """`struct layer` of onednn.c."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("kind", "x_type", "weights_type", "y_type", "m", "n", "k")),
        *((name, ctypes.c_int64) for name in ("height", "channels", "filters", "groups", "kernel", "out_height")),
        *((name, ctypes.c_int64) for name in ("stride", "dilation", "pad")),
        *((name, ctypes.c_float) for name in ("x_scale", "y_scale")),
        *((name, ctypes.c_int32) for name in ("x_zero", "y_zero")),
        *((name, ctypes.c_void_p) for name in ("weight_scales", "bias", "x", "weights")),
    )


@functools.cache
def _library() -> ctypes.CDLL:
    """Builds and loads onednn.c against the library of this environment."""
    target, prefix = WORK / "onednn.so", Path(sys.prefix)
    target.parent.mkdir(parents=True, exist_ok=True)
    where = (f"-I{prefix}/include", f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib")
    # Its header declares every list of dimensions as one of twelve.
    options = ("-O2", "-shared", "-fPIC", "-Wno-stringop-overread")
    subprocess.run(["cc", *options, str(_SOURCE), *where, "-ldnnl", "-o", str(target)], check=True)
    library = ctypes.CDLL(str(target))
    library.onednn_create.restype = ctypes.c_void_p
    library.onednn_version.restype = ctypes.c_char_p
    return library


def version() -> str:
    return _library().onednn_version().decode()


class _Primitive:
    """A layer with the arrays that it borrows."""

    def __init__(self, layer: Layer, form: str) -> None:
        self.is_integer = form == EIGHT_BITS
        x = layer.x if layer.kind == "quantize" else onnx_models.to_unsigned(layer.x)
        if not self.is_integer:
            x = layer.input.dequantize(layer.x)
        gives_integers = self.is_integer and layer.kind != "dequantize"
        self.y = np.zeros(onnx_models.result_shape(layer), np.uint8 if gives_integers else np.float32)
        self._arrays: list[np.ndarray] = []
        self.spec = _Layer(
            kind=_KINDS[layer.kind],
            x_type=_TYPES[x.dtype],
            y_type=_TYPES[self.y.dtype],
            m=x.shape[0],
            x_scale=layer.input.scale,
            y_scale=layer.output.scale,
            x_zero=layer.input.unsigned_zero(),
            y_zero=layer.output.unsigned_zero(),
            x=self._keep(x),
        )
        if layer.weights is not None:
            self._set_weights(layer)
        self.handle = ctypes.c_void_p(_library().onednn_create(ctypes.byref(self.spec)))

    def _keep(self, array: np.ndarray) -> int:
        self._arrays.append(np.ascontiguousarray(array))
        return self._arrays[-1].ctypes.data

    def _set_weights(self, layer: Layer) -> None:
        stored = layer.filters() if layer.is_convolution else layer.weights
        weights = stored if self.is_integer else layer.float_weights()
        self.spec.weights_type = _TYPES[weights.dtype]
        self.spec.weights = self._keep(weights)
        self.spec.weight_scales = self._keep(layer.weight_scales.astype(np.float32))
        self.spec.bias = self._keep(layer.float_bias())
        if not layer.is_convolution:
            self.spec.k, self.spec.n = weights.shape
            return
        self.spec.height, self.spec.channels = layer.x.shape[1], layer.x.shape[3]
        self.spec.filters, self.spec.kernel = weights.shape[:2]
        self.spec.groups, self.spec.out_height = layer.groups(), self.y.shape[1]
        self.spec.stride, self.spec.dilation, self.spec.pad = layer.stride, layer.dilation, layer.pad

    def output(self) -> np.ndarray:
        y = ctypes.c_void_p(self.y.ctypes.data)
        _library().onednn_result(self.handle, ctypes.byref(self.spec), y)
        return onnx_models.to_signed(self.y) if self.y.dtype == np.uint8 else self.y.copy()


def contenders(layer: Layer, _: Path) -> list[Contender]:
    """8 bits and, where there is arithmetic, float."""
    forms = [EIGHT_BITS] if layer.weights is None else [EIGHT_BITS, FLOAT]
    primitives = [(form, _Primitive(layer, form)) for form in forms]
    call = _library().onednn_call
    return [Contender(NAME, form, time_native(call, p.handle), p.output) for form, p in primitives]
