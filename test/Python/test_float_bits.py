"""Float ops that stay in a program: compiled code gives the bits of the reference interpreter on every machine."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from machines import Machine, machines
from programs import Program, Quantization

from lowbit import find_tool

# The `math` dialect's ops of one operand, all that are expanded and all that are instructions.
UNARY = (
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tanh", "erf", "rsqrt"),
    *("sqrt", "absf", "ceil", "floor", "round", "roundeven", "trunc"),
)


def inputs() -> np.ndarray:
    """Every kind of number, of every magnitude; the count is no multiple of any machine's lanes."""
    random = np.random.default_rng(3)
    bits = random.integers(0, 2**32, 3000, dtype=np.uint32).view(np.float32)
    ordinary = random.normal(0, 4, 3000).astype(np.float32)
    halves = (np.arange(-40, 40) + 0.5).astype(np.float32)
    ends = np.array([0, 1, 0x007FFFFF, 0x00800000, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000], np.uint32)
    special = np.concatenate([ends, ends | np.uint32(0x80000000)]).view(np.float32)
    return np.concatenate([bits, ordinary, halves, special, np.float32([88.7, 88.73, -87.3, -103.9, -104.0])])


def functions() -> Program:
    """Each function of the same inputs."""
    program = Program()
    x = inputs()
    values = program.floats(x)
    others = program.floats(np.random.default_rng(4).permutation(x))
    element = program.types[values]
    for name in UNARY:
        text = f"math.{name} %v : f32"
        program.output(elementwise(program, text, values), x.shape, "f32", np.dtype(np.float32))
    for text in ("math.powf %v, %w : f32", "math.copysign %v, %w : f32", "math.fma %v, %w, %v : f32"):
        program.output(elementwise(program, text, values, others), x.shape, "f32", np.dtype(np.float32))
    assert element == program.types[others]
    return program


def elementwise(program: Program, text: str, *operands: str) -> str:
    """A generic whose body is one op on `%v`, and `%w`."""
    element = program.types[operands[0]]
    empty = program.op(f"tensor.empty() : {element}", element)
    maps = ", ".join(["affine_map<(i) -> (i)>"] * (len(operands) + 1))
    arguments = ", ".join(f"{name}: f32" for name in ("%v", "%w")[: len(operands)])
    types = ", ".join([element] * len(operands))
    return program.op(
        f'linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel"]}} '
        f"ins({', '.join(operands)} : {types}) outs({empty} : {element}) {{\n"
        f"  ^bb0({arguments}, %o: f32):\n    %r = {text}\n    linalg.yield %r : f32\n  }} -> {element}",
        element,
    )


def reductions() -> tuple[Program, list[np.ndarray]]:
    """Rows of many lengths, reduced; and the same in NumPy, by the order of docs/Arithmetic.md."""
    program, wanted = Program(), []
    random = np.random.default_rng(5)
    bodies = {"addf %v, %o": np.add, "maximumf %o, %v": np.maximum, "minimumf %v, %o": np.minimum}
    bodies["mulf %o, %v"] = np.multiply
    for size in (1, 3, 16, 17, 33, 100):
        for text, combine in bodies.items():
            x = random.normal(0, 1, (5, size)).astype(np.float32) * np.float32(1.5 if "mulf" in text else 100.0)
            x[3, -1], x[4, 0] = -0.0, np.inf
            init = np.float32([0.0, 1.0, -0.0, 2.0, -3.0])
            values, start = program.floats(x), program.floats(init)
            program.output(
                program.op(
                    "linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], "
                    'iterator_types = ["parallel", "reduction"]} '
                    f"ins({values} : {program.types[values]}) outs({start} : tensor<5xf32>) {{\n"
                    f"  ^bb0(%v: f32, %o: f32):\n    %r = arith.{text} : f32\n"
                    "    linalg.yield %r : f32\n  } -> tensor<5xf32>",
                    "tensor<5xf32>",
                ),
                (5,),
                "f32",
                np.dtype(np.float32),
            )
            wanted.append(in_lanes(x, init, combine))
    return program, wanted


def in_lanes(x: np.ndarray, init: np.ndarray, combine: np.ufunc) -> np.ndarray:
    """Term k goes to lane k mod 16; then lane l + 8 to l, l + 4 to l, and so on; then the init."""
    if x.shape[1] == 1:
        return combine(init, x[:, 0])
    lanes = [x[:, lane] for lane in range(min(16, x.shape[1]))]
    for k in range(16, x.shape[1]):
        lanes[k % 16] = combine(lanes[k % 16], x[:, k])
    for width in (8, 4, 2, 1):
        for lane in range(min(width, len(lanes) - width)):
            lanes[lane] = combine(lanes[lane], lanes[lane + width])
    return combine(init, lanes[0])


@functools.cache
def expected() -> list[np.ndarray]:
    return functions().run()


def assert_same_bits(found: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    """A NaN is a NaN: its sign and payload are the machine's."""
    for number, (array, other) in enumerate(zip(found, wanted, strict=True)):
        np.testing.assert_array_equal(np.isnan(array), np.isnan(other), f"output {number}")
        numbers = ~np.isnan(array)
        np.testing.assert_array_equal(
            array[numbers].view(np.uint32), other[numbers].view(np.uint32), f"output {number}"
        )


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_functions(machine: Machine) -> None:
    if lacking := machine.missing():
        pytest.skip(f"this machine lacks {lacking}")
    assert_same_bits(functions().run(machine.options()), expected())


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_function_of_the_c_library_is_called(machine: Machine, tmp_path: Path) -> None:
    source, target = tmp_path / "program.mlir", tmp_path / "program.o"
    source.write_text(functions().text())
    options = [word for word in machine.options() if word != "--emulator" and word != machine.emulator]
    command = [find_tool("quant-runner"), "compile", source, *options, "-o", target]
    subprocess.run(command, check=True, capture_output=True)
    symbols = subprocess.run(["/usr/lib/llvm-22/bin/llvm-nm", "-u", target], check=True, capture_output=True, text=True)
    assert not {line.split()[-1] for line in symbols.stdout.splitlines()} - {"memcpy", "memmove", "memset"}


def test_reductions_against_numpy() -> None:
    program, wanted = reductions()
    with np.errstate(all="ignore"):
        assert_same_bits(program.run(), wanted)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_reductions(machine: Machine) -> None:
    if lacking := machine.missing():
        pytest.skip(f"this machine lacks {lacking}")
    program, wanted = reductions()
    assert_same_bits(program.run(machine.options()), wanted)


def test_functions_against_numpy() -> None:
    """An independent computation, in f64."""
    with np.errstate(invalid="ignore"):
        x = inputs().astype(np.float64)
    formulas = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "log1p": np.log1p, "expm1": np.expm1, "exp2": np.exp2}
    with np.errstate(all="ignore"):
        for name, formula in formulas.items():
            found, exact = expected()[UNARY.index(name)], formula(x)
            nearest = exact.astype(np.float32)
            np.testing.assert_array_equal(np.isnan(found), np.isnan(exact), name)
            finite = np.isfinite(nearest)
            np.testing.assert_array_equal(np.isinf(found), np.isinf(nearest), name)
            unit = np.spacing(np.maximum(np.abs(nearest[finite]), np.float32(2.0**-126)))
            assert np.max(np.abs(found[finite] - exact[finite]) / unit) <= 1.8, name


def quotients() -> tuple[Program, list[np.ndarray]]:
    """Numbers near the halves between integers, and special ones, quantized in many scales; and the same in NumPy."""
    program, wanted = Program(stage="fuse"), []
    random = np.random.default_rng(6)
    scales = [*random.uniform(0.5, 1, 12) * 2.0 ** random.integers(-30, 30, 12), 2.0**-40, 2.0**-41, 2.0**40, 2.0**41]
    # Close to a power of two from both sides, where reciprocals are least accurate.
    scales += [1 - 2.0**-24, 1 + 2.0**-23, 2.0**-5 * (1 + 2.0**-23), 2.0**-7 * (1 - 2.0**-23)]
    for scale in np.float32(scales):
        halves = ((np.arange(-300, 300) + 0.5) * scale).astype(np.float32)
        near = halves.view(np.int32)[:, None] + np.arange(-4, 5, dtype=np.int32)
        bits = random.integers(0, 2**32, 1000, dtype=np.uint32)
        x = np.concatenate([near.astype(np.int32).view(np.float32).ravel(), bits.view(np.float32), inputs()])
        quantization = Quantization("i8", scale[None], np.array([-5]))
        integers = program.quantize(program.floats(x), x.shape, quantization)
        program.output_quantized(integers, x.shape, quantization)
        quotient = np.rint(x / scale)
        wanted.append(np.clip(np.where(np.isnan(quotient), 0, quotient) - 5, -128, 127).astype(np.int8))
    return program, wanted


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_quotients(machine: Machine) -> None:
    """Multiplications and residues that stand for a division round as it does."""
    if lacking := machine.missing():
        pytest.skip(f"this machine lacks {lacking}")
    with np.errstate(all="ignore"):
        program, wanted = quotients()
    for found, exact in zip(program.run(machine.options()), wanted, strict=True):
        np.testing.assert_array_equal(found, exact)
