"""Programs in float form compute what ONNX Runtime computes of the model they were imported from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from networks import DIGITS, Network, call, run, save_samples
from onnx import TensorProto, helper, numpy_helper, shape_inference
from packed_weights import Product

from lowbit.importer import import_model
from lowbit.tools import run_tool

IMAGE = (1, 4, 9, 8)


class Chain:
    """A model of one input that is built node by node, each of which reads the one before."""

    def __init__(self, shape: tuple[int, ...] = IMAGE) -> None:
        self.random = np.random.default_rng(7)
        self.shape = shape
        self.last = "x"
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def values(self, *shape: int) -> np.ndarray:
        return self.random.standard_normal(shape).astype(np.float32)

    def weight(self, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values, f"w{len(self.weights)}"))
        return self.weights[-1].name

    def random_weight(self, *shape: int) -> str:
        return self.weight(self.values(*shape))

    def node(self, op_type: str, *inputs: str, **attributes: object) -> Chain:
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, [self.last, *inputs], [output], **attributes))
        self.last = output
        return self

    def conv(self, inputs: int, outputs: int, kernel: int = 3, **attributes: object) -> Chain:
        weight = self.random_weight(outputs, inputs // attributes.get("group", 1), kernel, kernel)
        return self.node("Conv", weight, self.random_weight(outputs), **attributes)

    def batch_norm(self, channels: int) -> Chain:
        parameters = [self.random_weight(channels) for _ in range(3)]
        return self.node("BatchNormalization", *parameters, self.weight(np.abs(self.values(channels)) + 0.5))

    def save(self, path: Path) -> Path:
        graph = helper.make_graph(
            self.nodes,
            "chain",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(shape_inference.infer_shapes(model), path)
        return path


def residual(chain: Chain) -> Chain:
    shortcut = chain.conv(4, 4, pads=[1] * 4).last
    chain.node("Relu").conv(4, 4, pads=[1] * 4)
    return chain.node("Add", shortcut).node("Relu").node("Add", "x").conv(4, 2)


def concatenation(chain: Chain) -> Chain:
    other = chain.conv(4, 6).last
    return chain.node("Relu").node("Concat", other, axis=1).conv(12, 3)


def squeeze_and_excite(chain: Chain) -> Chain:
    image = chain.conv(4, 4).last
    return chain.node("GlobalAveragePool").conv(4, 4, 1).node("Sigmoid").node("Mul", image)


def linear_layers(chain: Chain) -> Chain:
    chain.conv(4, 6).node("Flatten").node("Gemm", chain.random_weight(10, 252), chain.random_weight(10), transB=1)
    return chain.node("Relu").node("Gemm", chain.random_weight(10, 3), chain.random_weight(3), alpha=0.5, beta=2.0)


def shuffle(chain: Chain) -> Chain:
    def indices(*values: int) -> str:
        return chain.weight(np.array(values))

    chain.conv(4, 8).node("Reshape", indices(1, 2, 4, 7, 6)).node("Transpose", perm=[0, 2, 1, 3, 4])
    chain.node("Reshape", indices(1, 8, 7, 6)).conv(8, 4, 2)
    chain.node("Slice", indices(1, 1), indices(4, 6), indices(1, 2), indices(1, 2))
    return chain.node("Pad", indices(0, 1, 0, 2, 0, 0, 1, 1), chain.weight(np.float32(0.5))).conv(4, 2, 2)


CHAINS: dict[str, Callable[[], Chain]] = {
    "padding on each side": lambda: Chain().conv(4, 6, pads=[1, 0, 2, 1]),
    "strides and dilations": lambda: Chain().conv(4, 6, strides=[2, 1], dilations=[1, 2]),
    "depthwise": lambda: Chain().conv(4, 4, group=4, pads=[1] * 4).node("Relu"),
    "groups": lambda: Chain().conv(4, 6, group=2),
    "batch norm after": lambda: Chain().conv(4, 6, pads=[1] * 4).batch_norm(6).node("Relu"),
    "batch norm before": lambda: Chain().batch_norm(4).node("Relu").batch_norm(4).conv(4, 3, pads=[1] * 4),
    "max pools": lambda: (
        Chain()
        .conv(4, 4, pads=[1] * 4)
        .node("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])
        .node("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    ),
    "average pool": lambda: Chain().conv(4, 4).node("AveragePool", kernel_shape=[2, 3], strides=[1, 2]),
    "padded average pool": lambda: (
        Chain().conv(4, 4).node("AveragePool", kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=1)
    ),
    "mean": lambda: Chain().conv(4, 6).node("ReduceMean", axes=[2, 3], keepdims=0),
    "kept mean": lambda: Chain().conv(4, 6).node("ReduceMean", axes=[2, 3], keepdims=1).conv(6, 3, 1),
    "mean of channels": lambda: Chain().conv(4, 6).node("ReduceMean", axes=[1], keepdims=1),
    "residual": lambda: residual(Chain()),
    "concat": lambda: concatenation(Chain()),
    "squeeze and excite": lambda: squeeze_and_excite(Chain()),
    "linear layers": lambda: linear_layers(Chain()),
    "shuffle, slice and pad": lambda: shuffle(Chain()),
    "layer norm": lambda: (
        (chain := Chain((1, 5, 8)))
        .node("MatMul", chain.random_weight(8, 6))
        .node("LayerNormalization", chain.random_weight(6), chain.random_weight(6))
    ),
    "batched matmul": lambda: (chain := Chain((1, 3, 5, 8))).node("MatMul", chain.random_weight(3, 8, 6)),
    "softmax": lambda: (chain := Chain((1, 8))).node("Gemm", chain.random_weight(8, 6)).node("Softmax"),
    "NHWC in and out": lambda: (
        Chain((1, 9, 8, 4)).node("Transpose", perm=[0, 3, 1, 2]).conv(4, 3).node("Transpose", perm=[0, 2, 3, 1])
    ),
}


def evaluate(model: Path, samples: np.ndarray) -> np.ndarray:
    """What ONNX Runtime makes of each sample."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.stack([session.run(None, {name: sample[None]})[0][0] for sample in samples])


@pytest.mark.parametrize("name", CHAINS)
def test_an_imported_model_computes_the_same(name: str, tmp_path: Path) -> None:
    chain = CHAINS[name]()
    model = chain.save(tmp_path / "m.onnx")
    program = tmp_path / "m.mlir"
    import_model(model, program)
    samples = chain.values(3, *chain.shape[1:])
    np.savez(tmp_path / "data.npz", x=samples)
    expected = evaluate(model, samples)
    actual = run(program, tmp_path / "data.npz").reshape(expected.shape)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("options", ["", "zero points, bias", "signs"])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_packed_weights_compute_the_same(bits: int, options: str, tmp_path: Path) -> None:
    product = Product([3, 256], 40, bits, 32, options)
    model, program = product.save(tmp_path), tmp_path / "m.mlir"
    import_model(model, program)
    np.savez(tmp_path / "data.npz", x=product.x)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"x": product.x})
    np.testing.assert_allclose(run(program, tmp_path / "data.npz"), expected, rtol=1e-4, atol=1e-4)


def test_a_network_computes_the_same(network: Network, tmp_path: Path) -> None:
    samples = network.test()[0][:16]
    program = tmp_path / "m.mlir"
    call("import", network.model, "-o", program)
    actual = run(program, save_samples(tmp_path / "data.npz", network, samples))
    expected = evaluate(network.model, samples)
    np.testing.assert_allclose(actual.reshape(expected.shape), expected, rtol=1e-4, atol=1e-4)


def test_float_form_is_a_fixed_point(tmp_path: Path) -> None:
    texts = [tmp_path / "0.mlir"]
    import_model(DIGITS / "model.onnx", texts[0])
    for index in (1, 2):
        texts.append(tmp_path / f"{index}.mlir")
        run_tool("quant-opt", [texts[-2], "--lowbit-import-pipeline", "-o", texts[-1]])
    assert texts[1].read_text() == texts[2].read_text()


TOSA = """
func.func @f(%x: tensor<1x5x6x2xf32> {lowbit.name = "x"}) -> (tensor<1x3x3x3xf32> {lowbit.name = "y"}) {
  %w = "tosa.const"() {values = dense_resource<w> : tensor<3x3x3x2xf32>} : () -> tensor<3x3x3x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -1.0, 2.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 0>,
    stride = array<i64: 1, 1>} : (tensor<1x5x6x2xf32>, tensor<3x3x3x2xf32>, tensor<3xf32>, tensor<1xf32>,
    tensor<1xf32>) -> tensor<1x5x5x3xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x5x5x3xf32>) -> tensor<1x5x5x3xf32>
  %2 = tosa.max_pool2d %1 {kernel = array<i64: 3, 3>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>}
    : (tensor<1x5x5x3xf32>) -> tensor<1x3x3x3xf32>
  return %2 : tensor<1x3x3x3xf32>
}
"""

LINALG = """
func.func @f(%x: tensor<1x5x6x2xf32> {lowbit.name = "x"}) -> (tensor<1x3x3x3xf32> {lowbit.name = "y"}) {
  %w = arith.constant dense_resource<w> : tensor<3x3x3x2xf32>
  %b = arith.constant dense<[0.5, -1.0, 2.0]> : tensor<3xf32>
  %zeros = arith.constant dense<0.0> : tensor<1x5x5x3xf32>
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x5x6x2xf32> to tensor<1x7x7x2xf32>
  %e = tensor.empty() : tensor<1x5x5x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x5x5x3xf32>) -> tensor<1x5x5x3xf32>
  %0 = linalg.conv_2d_nhwc_fhwc ins(%p, %w : tensor<1x7x7x2xf32>, tensor<3x3x3x2xf32>)
    outs(%f : tensor<1x5x5x3xf32>) -> tensor<1x5x5x3xf32>
  %bias = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<1x5x5x3xf32>) dimensions = [0, 1, 2]
  %1 = linalg.add ins(%0, %bias : tensor<1x5x5x3xf32>, tensor<1x5x5x3xf32>) outs(%e : tensor<1x5x5x3xf32>)
    -> tensor<1x5x5x3xf32>
  %2 = linalg.max ins(%1, %zeros : tensor<1x5x5x3xf32>, tensor<1x5x5x3xf32>) outs(%e : tensor<1x5x5x3xf32>)
    -> tensor<1x5x5x3xf32>
  %six = arith.constant dense<6.0> : tensor<1x5x5x3xf32>
  %3 = arith.minimumf %2, %six : tensor<1x5x5x3xf32>
  %pp = tensor.pad %3 low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %inf : f32
  } : tensor<1x5x5x3xf32> to tensor<1x7x7x3xf32>
  %em = tensor.empty() : tensor<1x3x3x3xf32>
  %lowest = linalg.fill ins(%inf : f32) outs(%em : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %4 = linalg.pooling_nhwc_max {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>}
    ins(%pp, %window : tensor<1x7x7x3xf32>, tensor<3x3xf32>) outs(%lowest : tensor<1x3x3x3xf32>)
    -> tensor<1x3x3x3xf32>
  return %4 : tensor<1x3x3x3xf32>
}
"""


def test_tosa_and_linalg_agree(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    weights = random.standard_normal((3, 3, 3, 2)).astype("<f4").tobytes()
    resources = f'{{-# dialect_resources: {{ builtin: {{ w: "0x04000000{weights.hex()}" }} }} #-}}\n'
    np.savez(tmp_path / "data.npz", x=random.standard_normal((8, 5, 6, 2)).astype(np.float32))
    outputs = []
    for name, text in (("tosa", TOSA), ("linalg", LINALG)):
        program = tmp_path / f"{name}.mlir"
        program.write_text(text + resources)
        outputs.append(run(program, tmp_path / "data.npz"))
    np.testing.assert_array_equal(*outputs)
    assert 0 < np.mean(outputs[0] == 6.0) < 1
