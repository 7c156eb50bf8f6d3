"""Random contractions in integer form that name the tile registers and a tile that these can compute."""

from __future__ import annotations

import numpy as np
from choices import Choices
from programs import Program, tensor_type

_MOST_ROWS, _MOST_ACCUMULATORS, _LANES, _ROW_BYTES = 16, 4, 16, 64


def _activations(random: np.random.Generator, shape: tuple[int, ...], is_wide: bool) -> np.ndarray:
    """Bytes, or integers of 16 bits."""
    if is_wide:
        return random.integers(-(2**15), 2**15, shape).astype(np.int16)
    return random.integers(-128, 128, shape).astype(np.int8)


def _registers(lines: int, rows: int, pitch: int) -> int:
    """How many registers hold a tile: lines that are `pitch` rows apart share them where 16 rows reach so far."""
    if lines == 1:
        count = -(-rows // _MOST_ROWS)
        return count if rows % count == 0 else _MOST_ACCUMULATORS + 1
    together = [
        number
        for number in range(2, lines + 1)
        if pitch and lines % number == 0 and (number - 1) * pitch + rows <= _MOST_ROWS
    ]
    return lines // max(together, default=1)


def _tile(choices: Choices, out: tuple[int, int], channels: int, pitch: int, is_narrow: bool, is_wide: bool) -> str:
    """A tile no larger than the output, in at most four accumulators, two of which each sum takes where activations are
    wide."""
    most = _MOST_ACCUMULATORS // (2 if is_wide else 1)
    vectors = choices.integer(1, min(most, channels // _LANES))
    most //= vectors
    tiles = [
        (lines, rows)
        for lines in range(1, out[0] + 1)
        for rows in range(1, min(out[1], _MOST_ROWS if lines > 1 else _MOST_ROWS * most) + 1)
        if _registers(lines, rows, pitch) <= most
    ]
    lines, rows = choices.one_of(tiles)
    expand = ", expand_panels = true" if is_narrow else ""
    return (
        f"lowbit.tile = #lowbit.tile<rows = {rows}, vectors = {vectors}, "
        f'instruction = "amx.tdpbssd{".w" if is_wide else ""}"{expand}, lines = {lines}>'
    )


def _block(run: int, reads_past: bool) -> int:
    """How many elements of a run are multiplied together."""
    blocks = -(-run // _ROW_BYTES)
    size = (-(-run // blocks) + 3) // 4 * 4
    return size if size <= run or reads_past else run - run % 4


def _output(program: Program, choices: Choices, sums: str, shape: tuple[int, ...]) -> None:
    """Makes a result of the sums, or of what an elementwise op computes of them and another input."""
    if choices.flag():
        program.output(sums, shape, "i32", np.dtype(np.int32))
        return
    random = np.random.default_rng(choices.integer(0, 2**31 - 1))
    other = program.integers(random.integers(-128, 128, shape).astype(np.int8))
    type = tensor_type(shape, "i8")
    empty = program.op(f"tensor.empty() : {type}", type)
    bounds = [program.op(f"arith.constant {value} : i32", "i32") for value in (-128, 127, choices.integer(0, 12))]
    dims = ", ".join(f"d{dim}" for dim in range(len(shape)))
    maps = ", ".join([f"affine_map<({dims}) -> ({dims})>"] * 3)
    iterators = ", ".join(['"parallel"'] * len(shape))
    result = program.op(
        f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}}"
        f" ins({sums}, {other} : {program.types[sums]}, {type}) outs({empty} : {type}) {{\n"
        f"^bb0(%s: i32, %x: i8, %o: i8):\n%h = arith.shrsi %s, {bounds[2]} : i32\n%e = arith.extsi %x : i8 to i32\n"
        f"%a = arith.addi %h, %e : i32\n%m = arith.maxsi %a, {bounds[0]} : i32\n"
        f"%c = arith.minsi %m, {bounds[1]} : i32\n%t = arith.trunci %c : i32 to i8\nlinalg.yield %t : i8\n}} -> {type}",
        type,
    )
    program.output(result, shape, "i8", np.dtype(np.int8))


def add_convolution(program: Program, choices: Choices) -> None:
    """Adds a convolution of a picture, padded or not, with constant weights."""
    kernel = choices.integer(1, 4), choices.integer(1, 4)
    strides, dilations = [(choices.integer(1, 3), choices.integer(1, 2)) for _ in range(2)]
    out = choices.integer(1, 9), choices.integer(1, choices.one_of((9, 40)))
    inputs, channels = choices.one_of((4, 3, 8, 5, 16, 24, 70)), choices.integer(16, 70)
    separates_columns = dilations[1] > 1 and kernel[1] > 1
    if inputs == 3 and kernel == (1, 1):
        inputs = 6  # A run has a group of four elements or more, where it can't be read as one.
    sizes = [
        (result - 1) * stride + (size - 1) * dilation + 1
        for result, stride, size, dilation in zip(out, strides, kernel, dilations, strict=True)
    ]
    random = np.random.default_rng(choices.integer(0, 2**31 - 1))
    # As much padding as leaves a picture inside.
    before, behind = [tuple(choices.integer(0, min(2, (size - 1) // 2)) for size in sizes) for _ in range(2)]
    inner = tuple(size - low - high for size, low, high in zip(sizes, before, behind, strict=True))
    shape = (1, *inner, inputs)
    is_wide = choices.flag(3)
    activation, most = ("i16", 2**15) if is_wide else ("i8", 128)
    if choices.flag(4):
        # Channels first.
        first = program.integers(_activations(random, (1, inputs, *inner), is_wide))
        type = tensor_type(shape, activation)
        empty = program.op(f"tensor.empty() : {type}", type)
        x = program.op(
            f"linalg.transpose ins({first} : {program.types[first]}) outs({empty} : {type}) permutation = [0, 2, 3, 1]",
            type,
        )
    else:
        x = program.integers(_activations(random, shape, is_wide))
    if any(before + behind):
        fill = program.op(f"arith.constant {choices.integer(-most, most - 1)} : {activation}", activation)
        type = tensor_type((1, *sizes, inputs), activation)
        x = program.op(
            f"tensor.pad {x} low[0, {before[0]}, {before[1]}, 0] high[0, {behind[0]}, {behind[1]}, 0] {{\n"
            f"^bb0(%n: index, %h: index, %v: index, %c: index):\ntensor.yield {fill} : {activation}\n"
            f"}} : {program.types[x]} to {type}",
            type,
        )
    run = inputs * (1 if separates_columns else kernel[1])
    # A picture that windows of several rows read gets longer lines where it needs them.
    reads_past = kernel[0] > 1 or separates_columns
    is_narrow = choices.flag(3) and run % 4 == 0 and run % _block(run, reads_past) == 0
    element, ends = ("i4", (-8, 8)) if is_narrow else ("i8", (-128, 128))
    weights_type = tensor_type((channels, *kernel, inputs), element)
    values = np.array2string(
        random.integers(*ends, (channels, *kernel, inputs)), separator=", ", threshold=2**31, max_line_width=2**31
    )
    weights = program.op(f"arith.constant dense<{values}> : {weights_type}", weights_type)
    pixels = strides[0] * sizes[1]
    widens = _block(run, reads_past) > run
    pitch = 0 if widens or pixels % strides[1] else pixels // strides[1]
    tile = _tile(choices, out, channels, pitch, is_narrow, is_wide)
    attributes = [
        f"{name} = dense<{list(pair)}> : tensor<2xi64>"
        for name, pair in (("strides", strides), ("dilations", dilations))
    ]
    result = (1, *out, channels)
    type = tensor_type(result, "i32")
    init = program.integers(random.integers(-1000, 1000, result).astype(np.int32))
    sums = program.op(
        f"linalg.conv_2d_nhwc_fhwc {{{', '.join([*attributes, tile])}}}"
        f" ins({x}, {weights} : {program.types[x]}, {weights_type}) outs({init} : {type}) -> {type}",
        type,
    )
    _output(program, choices, sums, result)


def add_product(program: Program, choices: Choices) -> None:
    """Adds a product of matrices, or of a batch of them, both inputs of the program."""
    batch, rows, channels = choices.integer(0, 3), choices.integer(1, 40), choices.integer(16, 100)
    # Whole blocks, and others.
    depth = choices.one_of((4, 8, 60, 64, 128, 72, 104, 5, 30, 65, 67, 77, 197))
    outer = (batch,) if batch else ()
    random = np.random.default_rng(choices.integer(0, 2**31 - 1))
    is_wide = choices.flag(3)
    left = program.integers(_activations(random, (*outer, rows, depth), is_wide))
    right = program.integers(_activations(random, (*outer, depth, channels), is_wide=False))
    result = (*outer, rows, channels)
    type = tensor_type(result, "i32")
    if choices.flag():
        init = program.integers(random.integers(-1000, 1000, result).astype(np.int32))
    else:
        empty = program.op(f"tensor.empty() : {type}", type)
        value = program.op(f"arith.constant {choices.integer(0, 5)} : i32", "i32")
        init = program.op(f"linalg.fill ins({value} : i32) outs({empty} : {type}) -> {type}", type)
    tile = _tile(choices, (1, rows), channels, pitch=0, is_narrow=False, is_wide=is_wide)
    sums = program.op(
        f"linalg.{'batch_' if batch else ''}matmul {{{tile}}}"
        f" ins({left}, {right} : {program.types[left]}, {program.types[right]}) outs({init} : {type}) -> {type}",
        type,
    )
    _output(program, choices, sums, result)


def add_tiled_contraction(program: Program, choices: Choices) -> None:
    """Adds a convolution or a product."""
    (add_convolution if choices.flag() else add_product)(program, choices)
