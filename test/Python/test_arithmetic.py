"""The contract of docs/Arithmetic.md as formulas in NumPy, and upstream's lowering of `tosa.rescale`, against the
interpreter."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from programs import Program, Quantization, tensor_type

LLVM_TOOLS = Path("/usr/lib/llvm-22/bin")
I8 = (-128, 127)
RATIOS = [0.7301, 0.5, 0.25, 0.0123, 1.0 / 3.0, 2.0**-20, 1e-7, 3e-10]


def per_tensor(storage: str, scale: float, zero_point: int = 0) -> Quantization:
    return Quantization(storage, np.float32([scale]), np.int64([zero_point]))


def f32(value: np.ndarray | float) -> np.ndarray:
    return np.asarray(value).astype(np.float32)


def requantize(accumulators: np.ndarray, ratios: np.ndarray | float, zero_point: int) -> np.ndarray:
    """`clamp(rne(f32(f32(acc) * m)) + z)`; NumPy's f32 arithmetic rounds once, `rint` halves to even."""
    product = f32(accumulators) * f32(np.minimum(ratios, 2.0**64))
    assert product.dtype == np.float32
    return np.clip(np.rint(product.astype(np.float64)) + zero_point, *I8).astype(np.int8)


def random_accumulators(random: np.random.Generator, count: int) -> np.ndarray:
    """Of every magnitude, with the ends of i32 among them."""
    values = random.integers(-(2**31), 2**31, count) >> random.integers(0, 31, count)
    ends = [0, 1, -1, 2**24, 2**24 + 1, -(2**24) - 1, 2**31 - 1, -(2**31)]
    return np.concatenate([values, ends]).astype(np.int32)


def run_requantize(accumulators: np.ndarray, source: Quantization, target: Quantization, mode: str) -> np.ndarray:
    program = Program()
    value, result = program.quantized(accumulators, source), tensor_type(accumulators.shape, target.element())
    value = program.op(f"lowbit.requantize {value} mode {mode} : {program.types[value]} -> {result}", result)
    program.output_quantized(value, accumulators.shape, target)
    return program.run()[0]


def test_quantize() -> None:
    random = np.random.default_rng(0)
    ordinary = random.normal(0, 30, 4000)
    halves = np.arange(-300, 300) + 0.5
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 3e38, -3e38]
    for scale in (1.0, 0.1, 0.0371, 1.1754944e-38, 3e38):
        with np.errstate(over="ignore"):
            x = f32(np.concatenate([ordinary * scale, halves * scale, special]))
        for zero_point in (-128, -7, 0, 127):
            program, target = Program(), per_tensor("i8", scale, zero_point)
            program.output_quantized(program.quantize(program.floats(x), x.shape, target), x.shape, target)
            with np.errstate(all="ignore"):
                quotient = (x / np.float32(scale)).astype(np.float64)
                rounded = np.clip(np.rint(quotient) + zero_point, *I8)
            expected = np.where(np.isnan(x), zero_point, rounded).astype(np.int8)
            np.testing.assert_array_equal(program.run()[0], expected)


@pytest.mark.parametrize("ratio", RATIOS)
def test_requantize(ratio: float) -> None:
    accumulators = random_accumulators(np.random.default_rng(1), 4000)
    source, target = per_tensor("i32", ratio), per_tensor("i8", 1.0, -5)
    expected = requantize(accumulators, float(source.scales[0]), -5)
    np.testing.assert_array_equal(run_requantize(accumulators, source, target, "f32"), expected)


def fixed_point(ratio: float) -> tuple[int, int]:
    """The mantissa of 31 bits and the shift."""
    fraction, exponent = math.frexp(ratio)
    mantissa = round(fraction * 2**31)
    return (mantissa // 2, 30 - exponent) if mantissa == 2**31 else (mantissa, 31 - exponent)


def run_mlir(source: str) -> str:
    """What a program prints that upstream's passes lower and upstream's runner runs."""
    opt, runner = (shutil.which(f"{name}-22") or str(LLVM_TOOLS / name) for name in ("mlir-opt", "mlir-runner"))
    pipeline = (
        "builtin.module(func.func(tosa-to-linalg,tosa-to-arith{include-apply-rescale=true},"
        "convert-elementwise-to-linalg),one-shot-bufferize{bufferize-function-boundaries=true},"
        "func.func(convert-linalg-to-loops),convert-scf-to-cf,expand-strided-metadata,lower-affine,"
        "finalize-memref-to-llvm,convert-arith-to-llvm,convert-func-to-llvm,convert-cf-to-llvm,"
        "reconcile-unrealized-casts)"
    )
    lowered = subprocess.run([opt, f"--pass-pipeline={pipeline}"], input=source, capture_output=True, text=True)
    assert lowered.returncode == 0, lowered.stderr
    libraries = LLVM_TOOLS.parent / "lib"
    shared = ",".join(str(libraries / f"libmlir_{name}.so") for name in ("runner_utils", "c_runner_utils"))
    command = [runner, "-e", "main", "--entry-point-result=void", f"--shared-libs={shared}"]
    result = subprocess.run(command, input=lowered.stdout, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def rescale(accumulators: np.ndarray, mantissa: int, shift: int, zero_point: int) -> np.ndarray:
    """`tosa.rescale` with SINGLE_ROUND, compiled by upstream."""
    count = len(accumulators)
    constants = {"m": (mantissa, "i32"), "s": (shift, "i8"), "iz": (0, "i32"), "oz": (zero_point, "i8")}
    lines = [
        f'%{name} = "tosa.const"() {{values = dense<{value}> : tensor<1x{type}>}} : () -> tensor<1x{type}>'
        for name, (value, type) in constants.items()
    ]
    attributes = (
        "{scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, "
        "output_unsigned = false}"
    )
    text = run_mlir(f"""
        func.func private @printMemrefI32(tensor<*xi32>)
        func.func @main() {{
          {" ".join(lines)}
          %x = arith.constant dense<{accumulators.tolist()}> : tensor<{count}xi32>
          %y = tosa.rescale %x, %m, %s, %iz, %oz {attributes} : (tensor<{count}xi32>, tensor<1xi32>, tensor<1xi8>,
            tensor<1xi32>, tensor<1xi8>) -> tensor<{count}xi8>
          %w = arith.extsi %y : tensor<{count}xi8> to tensor<{count}xi32>
          %u = tensor.cast %w : tensor<{count}xi32> to tensor<*xi32>
          call @printMemrefI32(%u) : (tensor<*xi32>) -> ()
          return
        }}""")
    return np.array([int(value) for value in re.findall(r"-?\d+", text.split("data =")[1])], np.int8)


@pytest.mark.parametrize("ratio", RATIOS)
def test_fixed_requantize_is_the_rescale_of_tosa(ratio: float) -> None:
    accumulators = random_accumulators(np.random.default_rng(2), 1000)
    source, target = per_tensor("i32", ratio), per_tensor("i8", 1.0, 11)
    mantissa, shift = fixed_point(float(source.scales[0]))
    actual = run_requantize(accumulators, source, target, "fixed")
    exact = [(int(acc) * mantissa + (1 << (shift - 1)) >> shift) + 11 for acc in accumulators]
    np.testing.assert_array_equal(actual, np.clip(exact, *I8))
    np.testing.assert_array_equal(actual, rescale(accumulators, mantissa, shift, 11))


def test_conv_2d_with_channels_bias_and_clamp() -> None:
    random = np.random.default_rng(3)
    x, w = random.integers(-128, 128, (2, 6, 7, 3)), random.integers(-127, 128, (5, 3, 2, 3))
    bias = random.integers(-20000, 20000, 5).astype(np.int32)
    scales = np.exp(random.uniform(-5, -3, 5)).astype(np.float32)
    source, target = per_tensor("i8", 0.0471, -9), per_tensor("i8", 0.913, 4)
    filters = Quantization("i8", scales, np.zeros(5, np.int64), axis=0)
    program = Program()
    values = [program.quantized(x, source), program.quantized(w, filters), program.integers(bias)]
    result = tensor_type((2, 4, 4, 5), target.element())
    types = ", ".join(program.types[value] for value in values)
    text = f"lowbit.conv_2d {values[0]}, {values[1]} bias {values[2]} strides [2, 2] dilations [1, 2]"
    value = program.op(f"{text} pad [2, 1, 0, 2] clamp [4, 90] : {types} -> {result}", result)
    program.output_quantized(value, (2, 4, 4, 5), target)

    padded = np.pad(x + 9, [(0, 0), (2, 1), (0, 2), (0, 0)])
    accumulators = np.zeros((2, 4, 4, 5), np.int64) + bias
    for kh, kw in np.ndindex(3, 2):
        window = padded[:, kh : kh + 7 : 2, 2 * kw : 2 * kw + 7 : 2, :]
        accumulators += np.einsum("nhwc,fc->nhwf", window, w[:, kh, kw, :])
    ratios = float(source.scales[0]) * scales.astype(np.float64) / float(target.scales[0])
    expected = np.clip(requantize(accumulators, ratios, 4), 4, 90)
    assert len(np.unique(expected)) > 20
    np.testing.assert_array_equal(program.run()[0], expected)


@pytest.mark.parametrize("name", ["avg_pool_2d", "reduce_mean"])
def test_means(name: str) -> None:
    x = np.random.default_rng(4).integers(-128, 128, (2, 7, 6, 5))
    source, target = per_tensor("i8", 0.05, 13), per_tensor("i8", 0.021, -40)
    program = Program()
    value = program.quantized(x, source)
    if name == "reduce_mean":
        attributes, shape, count = "dims [1, 2]", (2, 5), 42
        sums = (x - 13).sum((1, 2))
    else:
        attributes, shape, count = "kernel [3, 2] strides [2, 2] pad [1, 1, 0, 0]", (2, 4, 3, 5), 6
        padded = np.pad(x - 13, [(0, 0), (1, 1), (0, 0), (0, 0)])
        sums = sum(padded[:, kh : kh + 7 : 2, kw : kw + 5 : 2] for kh, kw in np.ndindex(3, 2))
    result = tensor_type(shape, target.element())
    value = program.op(f"lowbit.{name} {value} {attributes} : {program.types[value]} -> {result}", result)
    program.output_quantized(value, shape, target)
    ratio = float(source.scales[0]) / (float(target.scales[0]) * count)
    np.testing.assert_array_equal(program.run()[0], requantize(sums, ratio, -40))


@pytest.mark.parametrize("rank", [0, 1, 2])
@pytest.mark.parametrize(("bits", "bounds"), [(8, (-127, 127)), (4, (-8, 7)), (2, (-2, 1))])
def test_dynamic_rows(rank: int, bits: int, bounds: tuple[int, int]) -> None:
    """Scales of rows that are found at run time, of rows of every size with special values among them."""
    random = np.random.default_rng(rank)
    x = f32(random.normal(0, 1, (5, 7, 9)) * 10.0 ** random.integers(-44, 38, (5, 7, 1)))
    x[random.random(x.shape) < 0.1] = np.nan
    x[random.random(x.shape) < 0.1] = np.inf
    x[1] = x[2, 3] = 0
    x[4, 4] = -np.inf
    bias = f32(random.normal(0, 1, 9))
    steps = Quantization(f"i{bits}", np.float32([1]), np.int64([0]), bounds=bounds)
    program = Program()
    types = [tensor_type(x.shape, steps.element()), tensor_type(x.shape[:rank], "f32"), tensor_type(x.shape, "f32")]
    arguments = [program.floats(x), program.floats(bias)]
    program.lines.append(f"%q, %s = lowbit.dynamic_quantize {arguments[0]} : {types[2]} -> {types[0]}, {types[1]}")
    program.types["%q"] = types[0]
    text = f"lowbit.dynamic_dequantize %q, %s bias {arguments[1]} : {types[0]}, {types[1]}, tensor<9xf32> -> {types[2]}"
    y = program.op(text, types[2])
    program.output_quantized("%q", x.shape, steps)
    program.output("%s", x.shape[:rank], "f32", np.dtype(np.float32))
    program.output(y, x.shape, "f32", np.dtype(np.float32))
    found = program.run()

    rows = x.reshape(*x.shape[:rank], -1)
    largest = np.where(np.isfinite(rows), np.abs(rows), f32(0)).max(axis=-1)
    scales = np.maximum(largest / f32(bounds[1]), np.finfo(np.float32).tiny)
    of_element = scales.reshape(*scales.shape, *[1] * (3 - rank))
    with np.errstate(over="ignore"):
        expected = np.rint(x * (f32(1) / of_element))
    expected = np.clip(np.where(np.isnan(expected), f32(0), expected), *bounds)
    np.testing.assert_array_equal(found[1], scales)
    np.testing.assert_array_equal(found[0], expected.astype(np.int8))
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(found[2], f32(f32(expected * of_element) + bias))
