"""The C interface of OpenVINO, as far as it takes to call a model: from Python a call costs as much as a network."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import openvino

_FLOATS_STAY_FLOATS = {
    "INFERENCE_NUM_THREADS": "1",
    "NUM_STREAMS": "1",
    "PERFORMANCE_HINT": "LATENCY",
    # Else floats would be computed in bfloat16 where the CPU has that.
    "INFERENCE_PRECISION_HINT": "f32",
}


def _load() -> ctypes.CDLL:
    (path,) = (Path(openvino.__file__).parent / "libs").glob("libopenvino_c.so*")
    return ctypes.CDLL(str(path))


class Request:
    """A compiled model of one input and one output, with the buffers that the runtime allocated for them.

    Compiles for one thread. Raises RuntimeError with the runtime's status where a call fails.
    """

    _library = None

    def __init__(self, path: Path, x: np.ndarray, y_shape: tuple[int, ...], y_type: type) -> None:
        if Request._library is None:
            Request._library = _load()
        core, model, compiled = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self.handle = ctypes.c_void_p()
        properties = [ctypes.c_char_p(word.encode()) for pair in _FLOATS_STAY_FLOATS.items() for word in pair]
        self._call("ov_core_create", ctypes.byref(core))
        self._call("ov_core_read_model", core, ctypes.c_char_p(bytes(path)), None, ctypes.byref(model))
        count = ctypes.c_size_t(len(properties))
        device = ctypes.c_char_p(b"CPU")
        self._call("ov_core_compile_model", core, model, device, count, ctypes.byref(compiled), *properties)
        self._call("ov_compiled_model_create_infer_request", compiled, ctypes.byref(self.handle))
        self._buffer("ov_infer_request_get_input_tensor", x.shape, x.dtype)[...] = x
        self.output = self._buffer("ov_infer_request_get_output_tensor", y_shape, np.dtype(y_type))

    @property
    def function(self) -> ctypes._CFuncPtr:
        """Takes the handle and computes."""
        return self._library.ov_infer_request_infer

    def infer(self) -> np.ndarray:
        self._call("ov_infer_request_infer", self.handle)
        return self.output

    def set_input(self, x: np.ndarray) -> None:
        self._buffer("ov_infer_request_get_input_tensor", x.shape, x.dtype)[...] = x

    def _call(self, name: str, *arguments: object) -> None:
        if status := getattr(self._library, name)(*arguments):
            raise RuntimeError(f"{name} of OpenVINO failed with status {status}")

    def _buffer(self, getter: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        tensor, size, data = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_void_p()
        self._call(getter, self.handle, ctypes.byref(tensor))
        self._call("ov_tensor_get_byte_size", tensor, ctypes.byref(size))
        self._call("ov_tensor_data", tensor, ctypes.byref(data))
        memory = (ctypes.c_char * size.value).from_address(data.value)
        return np.frombuffer(memory, dtype).reshape(shape)
