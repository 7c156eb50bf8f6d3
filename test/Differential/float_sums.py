"""Random sums of products of floats, each beside the sum of the magnitudes of its terms: that bounds the rounding."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from choices import Choices
from programs import Program, format_float, nest, tensor_type

# Half a unit in the last place of 1.
UNIT = 2.0**-24


def gamma(roundings: int) -> float:
    """The relative error of so many roundings one after the other, at most."""
    return roundings * UNIT / (1 - roundings * UNIT)


@dataclass
class Sums:
    """Every two outputs of the program are sums and those of their magnitudes; `terms` counts the terms of each."""

    program: Program = field(default_factory=lambda: Program(stage="fuse"))
    terms: list[int] = field(default_factory=list)

    def tolerance(self, number: int, magnitudes: np.ndarray) -> np.ndarray:
        """How far two computations of the sums may lie apart, whatever their order, and whether or not they round
        products: in both each term is rounded as often as there are terms, at most (N. Higham, Accuracy and Stability
        of Numerical Algorithms, 2nd ed., section 3.1); the magnitudes are sums with such an error themselves."""
        error = gamma(self.terms[number])
        return 2 * error / (1 - error) * magnitudes.astype(np.float64)

    def _add(self, results: list[str], shape: tuple[int, ...], terms: int) -> None:
        for result in results:
            self.program.output(result, shape, "f32", np.dtype(np.float32))
        self.terms.append(terms)


def _constant(program: Program, array: np.ndarray) -> str:
    type = tensor_type(array.shape, "f32")
    listed = nest([format_float(value) for value in array.flat], array.shape).replace("{", "[").replace("}", "]")
    return program.op(f"arith.constant dense<{listed}> : {type}", type)


def _named(program: Program, op: str, inputs: list[str], init: str) -> str:
    types, result = ", ".join(program.types[name] for name in inputs), program.types[init]
    return program.op(f"{op} ins({', '.join(inputs)} : {types}) outs({init} : {result}) -> {result}", result)


def _multiply_add(program: Program, inputs: list[str], init: str) -> str:
    """a * b + c, element by element."""
    type = program.types[init]
    rank = type.count("x")
    dims = ", ".join(f"d{dim}" for dim in range(rank))
    maps = ", ".join([f"affine_map<({dims}) -> ({dims})>"] * 4)
    empty = program.op(f"tensor.empty() : {type}", type)
    operands = ", ".join([*inputs, init])
    iterators = ", ".join(['"parallel"'] * rank)
    return program.op(
        f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}} "
        f"ins({operands} : {type}, {type}, {type}) outs({empty} : {type}) {{\n"
        "  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):\n"
        "    %p = arith.mulf %a, %b : f32\n    %r = arith.addf %p, %c : f32\n    linalg.yield %r : f32\n"
        f"  }} -> {type}",
        type,
    )


def add_sum(sums: Sums, choices: Choices) -> None:
    """Adds sums of products and of their magnitudes, by the same op."""
    random = np.random.default_rng(choices.integer(0, 2**31 - 1))
    program = sums.program
    kind = choices.one_of(("matmul", "batch_matmul", "conv", "depthwise", "dot", "elementwise"))
    rows, columns, depth = (choices.integer(1, most) for most in (20, 70, 300))
    is_constant = choices.flag()
    attributes = ""
    if kind == "matmul":
        op, left, right, result = "linalg.matmul", (rows, depth), (depth, columns), (rows, columns)
    elif kind == "batch_matmul":
        op, left, right, result = "linalg.batch_matmul", (2, rows, depth), (2, depth, columns), (2, rows, columns)
    elif kind == "dot":
        op, left, right, result = "linalg.matvec", (rows, depth), (depth,), (rows,)
    elif kind == "elementwise":
        op, left, right, result, depth = "", (rows, columns), (rows, columns), (rows, columns), 1
    else:
        kernel, out = (choices.integer(1, 3), choices.integer(1, 3)), (choices.integer(1, 4), choices.integer(1, 20))
        stride = choices.integer(1, 2)
        sizes = [(result - 1) * stride + size for result, size in zip(out, kernel, strict=True)]
        attributes = f" {{strides = dense<{stride}> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}}"
        channels = choices.integer(1, 40)
        left = (1, *sizes, channels)
        if kind == "conv":
            op, right, depth = (
                "linalg.conv_2d_nhwc_fhwc",
                (columns, *kernel, channels),
                kernel[0] * kernel[1] * channels,
            )
            result = (1, *out, columns)
        else:
            op, right, depth = "linalg.depthwise_conv_2d_nhwc_hwc", (*kernel, channels), kernel[0] * kernel[1]
            result = (1, *out, channels)

    arrays = [random.normal(0, 1, shape).astype(np.float32) for shape in (left, right, result)]
    results = []
    for x, w, start in (arrays, [np.abs(array) for array in arrays]):
        inputs = [program.floats(x), _constant(program, w) if is_constant else program.floats(w)]
        init = program.floats(start)
        results.append(_named(program, op + attributes, inputs, init) if op else _multiply_add(program, inputs, init))
    # The products of a sum, and what it starts from.
    sums._add(results, result, depth + 1)
