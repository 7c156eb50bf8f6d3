"""XNNPACK: through LiteRT (TensorFlow Lite), whose default delegate it is, on one thread."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from contender import EIGHT_BITS, FLOAT, Contender, time_python
from layers import Layer

from peers.tflite_model import build

NAME = "XNNPACK"


def version() -> str:
    return f"LiteRT {importlib.metadata.version('ai-edge-litert')}"


def _contender(layer: Layer, form: str) -> Contender:
    is_integer = form == EIGHT_BITS
    interpreter = Interpreter(model_content=build(layer, is_integer=is_integer), num_threads=1)
    interpreter.allocate_tensors()
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(source["index"], layer.x if is_integer else layer.input.dequantize(layer.x))

    def output() -> np.ndarray:
        interpreter.invoke()
        return interpreter.get_tensor(result["index"])

    # Past the checks of the Python class.
    return Contender(NAME, form, time_python(lambda: interpreter._interpreter.Invoke()), output)


def contenders(layer: Layer, _: Path) -> list[Contender]:
    """8 bits and, where there is arithmetic, float."""
    forms = [EIGHT_BITS] if layer.weights is None else [EIGHT_BITS, FLOAT]
    return [_contender(layer, form) for form in forms]
