"""ONNX Runtime: its fused integer operators and its float ones, on one thread, through buffers bound once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime
from contender import EIGHT_BITS, FLOAT, Contender, ModelContender, time_python
from layers import Layer
from networks import Network
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

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


class _Bound:
    """A model of one input and one output, called on buffers that stay."""

    def __init__(self, model: bytes | str, x: np.ndarray) -> None:
        session = _session(model)
        binding = session.io_binding()
        (source,), (result,) = session.get_inputs(), session.get_outputs()
        x = np.ascontiguousarray(x)
        y = np.zeros(session.run(None, {source.name: x})[0].shape, _TYPES[result.type])
        self._values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in (x, y)]
        # Values may borrow the memory of the arrays.
        self._keep = (x, y)
        binding.bind_ortvalue_input(source.name, self._values[0])
        binding.bind_ortvalue_output(result.name, self._values[1])
        self._binding = binding
        # Past the checks of the Python class.
        call, inner = session._sess.run_with_iobinding, binding._iobinding
        self.time = time_python(lambda: call(inner, None))
        self._session = session

    def set_input(self, x: np.ndarray) -> None:
        self._values[0].update_inplace(np.ascontiguousarray(x))

    def run(self) -> np.ndarray:
        self._session.run_with_iobinding(self._binding)
        return self._values[1].numpy()


def _contender(
    model: onnx.ModelProto, x: np.ndarray, form: str, finish: Callable[[np.ndarray], np.ndarray]
) -> Contender:
    """`finish` brings an output to the form of the reference's."""
    bound = _Bound(model.SerializeToString(), x)
    return Contender(NAME, form, bound.time, lambda: finish(bound.run()))


def _model(path: str, sample: np.ndarray, form: str) -> ModelContender:
    bound = _Bound(path, sample)

    def run(x: np.ndarray) -> np.ndarray:
        bound.set_input(x)
        return bound.run().copy()

    return ModelContender(NAME, form, bound.time, run)


def _at_opset_17(path: Path) -> onnx.ModelProto:
    """Weights with a scale each need a newer opset than some models have."""
    return onnx.version_converter.convert_version(onnx.load(path), 17)


def _quantize(network: Network, target: Path) -> None:
    """Static quantization as the runtime's own tool does it, with a scale per channel of weights."""
    samples = iter([{network.input: sample[None]} for sample in network.calibration()])

    class Samples(CalibrationDataReader):
        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(samples, None)

    source = target.with_name("ort.prepared.onnx")
    onnx.save(_at_opset_17(network.model), source)
    quant_pre_process(source, source, skip_symbolic_shape=True)
    quantize_static(
        source,
        target,
        Samples(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def models(network: Network, folder: Path) -> list[ModelContender]:
    """The float network, and the same quantized statically by the runtime's own tool."""
    quantized = folder / f"ort.{version()}.onnx"
    if not quantized.exists():
        _quantize(network, quantized)
    sample = network.test()[0][:1]
    return [_model(str(quantized), sample, EIGHT_BITS), _model(str(network.model), sample, FLOAT)]


def contenders(layer: Layer, _: Path) -> list[Contender]:
    """8 bits and, where there is arithmetic, float."""
    stored = layer.x if layer.kind == "quantize" else onnx_models.to_unsigned(layer.x)
    if layer.kind in {"quantize", "dequantize", "requantize"}:
        finish = _same if layer.kind == "dequantize" else onnx_models.to_signed
        return [_contender(onnx_models.conversion(layer), stored, EIGHT_BITS, finish)]
    x = onnx_models.to_channels_first(layer.input.dequantize(layer.x))
    return [
        _contender(onnx_models.with_integer_operators(layer), stored, EIGHT_BITS, onnx_models.to_signed),
        _contender(onnx_models.floating(layer), x, FLOAT, onnx_models.channels_last),
    ]


def _same(values: np.ndarray) -> np.ndarray:
    return values
