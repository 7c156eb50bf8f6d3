"""Random contractions in integer form whose constant weights of 4 or 2 bits are in groups with a multiplier each."""

from __future__ import annotations

import numpy as np
from choices import Choices
from programs import Program, nest, tensor_type


def _constant(program: Program, array: np.ndarray, element: str) -> str:
    type = tensor_type(array.shape, element)
    listed = nest([str(value) for value in array.flat], array.shape).replace("{", "[").replace("}", "]")
    return program.op(f"arith.constant dense<{listed}> : {type}", type)


def _weights(program: Program, choices: Choices, shape: tuple[int, ...], dim: int, group: int) -> str:
    """`multiplier * (step * stored - zero point)`, with a multiplier and a zero point for each `group` along `dim`."""
    random = np.random.default_rng(choices.integer(0, 2**31 - 1))
    bits = choices.one_of((4, 2))
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    ends = choices.one_of((None, [low], [high], [low, high]))
    stored = random.choice(ends, shape) if ends else random.integers(low, high + 1, shape)
    parameters = tuple(size // group if number == dim else size for number, size in enumerate(shape))
    has_zero_points = choices.flag(3)
    step = 2 if has_zero_points and choices.flag(3) else 1
    largest = 127 // (step * -low + high if has_zero_points else -low)
    # Where all are the same, the generic computes with a number in place of the constant tensor.
    are_same = choices.flag(6)

    def draw(least: int, end: int) -> np.ndarray:
        return np.full(parameters, random.integers(least, end)) if are_same else random.integers(least, end, parameters)

    operands = [(stored, f"i{bits}"), (draw(1, largest + 1), "i8")]
    if has_zero_points:
        operands.append((draw(low, high + 1), "i8"))
    names = [_constant(program, array, element) for array, element in operands]

    dims = [f"d{number}" for number in range(len(shape))]
    identity = f"affine_map<({', '.join(dims)}) -> ({', '.join(dims)})>"
    places = [f"{name} floordiv {group}" if number == dim else name for number, name in enumerate(dims)]
    grouped = f"affine_map<({', '.join(dims)}) -> ({', '.join(places)})>"
    maps = ", ".join([identity, *[grouped] * (len(operands) - 1), identity])
    iterators = ", ".join(['"parallel"'] * len(shape))
    result = tensor_type(shape, "i8")
    empty = program.op(f"tensor.empty() : {result}", result)
    arguments = "".join(f", %p{number}: i8" for number in range(1, len(operands)))
    difference = "%d = arith.subi %w, %p2 : i8\n" if has_zero_points else ""
    if step == 2:
        difference = "%two = arith.constant 2 : i8\n%t = arith.muli %w, %two : i8\n" + difference.replace("%w", "%t")
    return program.op(
        f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}}"
        f" ins({', '.join(names)} : {', '.join(program.types[name] for name in names)}) outs({empty} : {result}) {{\n"
        f"^bb0(%s: i{bits}{arguments}, %o: i8):\n%w = arith.extsi %s : i{bits} to i8\n{difference}"
        f"%m = arith.muli {'%d' if has_zero_points else '%w'}, %p1 : i8\nlinalg.yield %m : i8\n}} -> {result}",
        result,
    )


def add_contraction(program: Program, choices: Choices) -> None:
    """Adds a matrix product or a convolution whose sums are results of the program."""
    # Groups of 6 elements are no multiple of what any instruction adds up.
    group = choices.one_of((16, 32, 8, 4, 64, 6))
    count, channels = choices.integer(1, 4), choices.integer(1, 70)
    random = np.random.default_rng(choices.integer(0, 2**31 - 1))
    if choices.flag():
        kernel = choices.integer(1, 3), choices.integer(1, 3)
        strides, dilations = [(choices.integer(1, 2), choices.integer(1, 2)) for _ in range(2)]
        out = choices.integer(1, 4), choices.integer(1, 20)
        sizes = [
            (result - 1) * stride + (size - 1) * dilation + 1
            for result, stride, size, dilation in zip(out, strides, kernel, dilations, strict=True)
        ]
        shape: tuple[int, ...] = (1, *sizes, count * group)
        weights = _weights(program, choices, (channels, *kernel, count * group), 3, group)
        attributes = [
            f"{name} = dense<{list(pair)}> : tensor<2xi64>"
            for name, pair in (("strides", strides), ("dilations", dilations))
        ]
        op = f"linalg.conv_2d_nhwc_fhwc {{{', '.join(attributes)}}}"
        result = (1, *out, channels)
    else:
        # One row and few rows read weights in another way than many.
        shape = (choices.integer(1, choices.one_of((40, 3, 1))), count * group)
        weights = _weights(program, choices, (count * group, channels), 0, group)
        op, result = "linalg.matmul", (shape[0], channels)
    ends = choices.one_of((None, [-128], [127], [-128, 127]))
    values = random.choice(ends, shape) if ends else random.integers(-128, 128, shape)
    x = program.integers(values.astype(np.int8))
    type = tensor_type(result, "i32")
    init = program.integers(random.integers(-1000, 1000, result).astype(np.int32))
    sums = program.op(
        f"{op} ins({x}, {weights} : {program.types[x]}, {program.types[weights]}) outs({init} : {type}) -> {type}", type
    )
    program.output(sums, result, "i32", np.dtype(np.int32))
