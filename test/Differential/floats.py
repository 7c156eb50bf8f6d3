"""Random float ops: elementwise functions, reductions, softmax, products with constants."""

from __future__ import annotations

import numpy as np
from choices import Choices
from programs import Program, format_float, nest, tensor_type

UNARY = ("absf", "exp", "tanh", "erf", "sqrt", "floor", "roundeven", "log1p", "sin", "cos", "rsqrt", "expm1", "log")
BINARY = ("addf", "subf", "mulf", "maximumf", "minimumf", "divf")
COMBINERS = {"addf": 0.0, "maximumf": -3.0e38, "minimumf": 3.0e38}


def dims(count: int) -> str:
    return ", ".join(f"d{dim}" for dim in range(count))


def affine_map(count: int, results: list[int]) -> str:
    return f"affine_map<({dims(count)}) -> ({', '.join(f'd{dim}' for dim in results)})>"


def scalar(program: Program, value: float) -> str:
    return program.op(f"arith.constant {format_float(value)} : f32", "f32")


def generic(
    program: Program,
    inputs: list[tuple[str, list[int]]],
    init: str,
    kept: list[int],
    rank: int,
    body: list[str],
) -> str:
    """A `linalg.generic` over `rank` dimensions, of which those that are not `kept` are reduced. Inputs are values and
    the dimensions that index them; `body` computes `%r` from `%a`, `%b` and the accumulator `%o`."""
    iterators = ", ".join('"parallel"' if dim in kept else '"reduction"' for dim in range(rank))
    maps = ", ".join([*(affine_map(rank, results) for _, results in inputs), affine_map(rank, kept)])
    arguments = ", ".join(f"%{letter}: f32" for letter in "abc"[: len(inputs)])
    names = ", ".join(name for name, _ in inputs)
    types = ", ".join(program.types[name] for name, _ in inputs)
    result = program.types[init]
    lines = "\n    ".join(body)
    return program.op(
        f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}} "
        f"ins({names} : {types}) outs({init} : {result}) {{\n"
        f"  ^bb0({arguments}, %o: f32):\n    {lines}\n    linalg.yield %r : f32\n  }} -> {result}",
        result,
    )


def empty(program: Program, shape: tuple[int, ...]) -> str:
    type = tensor_type(shape, "f32")
    return program.op(f"tensor.empty() : {type}", type)


def filled(program: Program, shape: tuple[int, ...], value: float) -> str:
    constant, target = scalar(program, value), empty(program, shape)
    type = program.types[target]
    return program.op(f"linalg.fill ins({constant} : f32) outs({target} : {type}) -> {type}", type)


def elementwise(program: Program, shape: tuple[int, ...], names: list[str], body: list[str]) -> str:
    every = list(range(len(shape)))
    return generic(program, [(name, every) for name in names], empty(program, shape), every, len(shape), body)


def reduce(program: Program, shape: tuple[int, ...], name: str, reduced: list[int], combiner: str) -> str:
    kept = [dim for dim in range(len(shape)) if dim not in reduced]
    init = filled(program, tuple(shape[dim] for dim in kept), COMBINERS[combiner])
    every = list(range(len(shape)))
    return generic(program, [(name, every)], init, kept, len(shape), [f"%r = arith.{combiner} %a, %o : f32"])


def softmax(program: Program, shape: tuple[int, ...], name: str) -> str:
    """exp(x - max) / sum, along the last dimension, as importers spell it."""
    every, rows = list(range(len(shape))), list(range(len(shape) - 1))
    last = [len(shape) - 1]

    def with_rows(value: str, other: str, body: list[str]) -> str:
        return generic(program, [(value, every), (other, rows)], empty(program, shape), every, len(shape), body)

    most = reduce(program, shape, name, last, "maximumf")
    raised = with_rows(name, most, ["%s = arith.subf %a, %b : f32", "%r = math.exp %s : f32"])
    total = reduce(program, shape, raised, last, "addf")
    return with_rows(raised, total, ["%r = arith.divf %a, %b : f32"])


def matmul(program: Program, choices: Choices, random: np.random.Generator, name: str, shape: tuple[int, ...]) -> str:
    columns = choices.integer(1, 40)
    weights = random.normal(0, 1, (shape[1], columns)).astype(np.float32)
    type = tensor_type(weights.shape, "f32")
    listed = nest([format_float(value) for value in weights.flat], weights.shape)
    text = f"arith.constant dense<{listed.replace('{', '[').replace('}', ']')}> : {type}"
    constant, init = program.op(text, type), filled(program, (shape[0], columns), 0.5)
    result = program.types[init]
    operands = f"ins({name}, {constant} : {program.types[name]}, {type}) outs({init} : {result})"
    return program.op(f"linalg.matmul {operands} -> {result}", result)


def add_float_ops(
    program: Program, choices: Choices, random: np.random.Generator, name: str, shape: tuple[int, ...]
) -> tuple[str, tuple[int, ...]]:
    """Adds one to three float ops on `name`; the last value and its shape."""
    for _ in range(choices.integer(1, 3)):
        kind = choices.one_of(("unary", "binary", "reduce", "softmax", "matmul"))
        if kind == "binary":
            other = program.floats(random.normal(0, 2, shape).astype(np.float32))
            name = elementwise(program, shape, [name, other], [f"%r = arith.{choices.one_of(BINARY)} %a, %b : f32"])
        elif kind == "reduce" and len(shape) > 1:
            reduced = [dim for dim in range(len(shape)) if choices.flag()] or [len(shape) - 1]
            name = reduce(program, shape, name, reduced, choices.one_of(tuple(COMBINERS)))
            shape = tuple(size for dim, size in enumerate(shape) if dim not in reduced)
            if not shape:
                break
        elif kind == "softmax" and len(shape) > 1:
            name = softmax(program, shape, name)
        elif kind == "matmul" and len(shape) == 2:
            name = matmul(program, choices, random, name, shape)
            shape = (shape[0], int(program.types[name].split("x")[1]))
        else:
            name = elementwise(program, shape, [name], [f"%r = math.{choices.one_of(UNARY)} %a : f32"])
    return name, shape
