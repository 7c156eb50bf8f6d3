"""Random contractions in integer form that name an instruction and a tile that it can compute."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Convolution:
    """A convolution of one picture, of bytes or of 16 bits, as large as gives outputs of the size `out`."""

    out: tuple[int, int]
    inputs: int
    channels: int
    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    is_wide: bool

    @property
    def sizes(self) -> tuple[int, int]:
        """Of the picture, padding included."""
        high, wide = (
            (result - 1) * stride + (size - 1) * dilation + 1
            for result, stride, size, dilation in zip(self.out, self.strides, self.kernel, self.dilations, strict=True)
        )
        return high, wide

    def add(self, program: Program, choices: Choices, tile: str, element: str, ends: tuple[int, int]) -> None:
        """Adds it with a tile and with constant weights of type `element` from `ends`. The picture is padded or not,
        and may have its channels first."""
        random = np.random.default_rng(choices.integer(0, 2**31 - 1))
        x = self._add_picture(program, choices, random)
        weights_type = tensor_type((self.channels, *self.kernel, self.inputs), element)
        values = np.array2string(
            random.integers(*ends, (self.channels, *self.kernel, self.inputs)),
            separator=", ",
            threshold=2**31,
            max_line_width=2**31,
        )
        weights = program.op(f"arith.constant dense<{values}> : {weights_type}", weights_type)
        attributes = [
            f"{name} = dense<{list(pair)}> : tensor<2xi64>"
            for name, pair in (("strides", self.strides), ("dilations", self.dilations))
        ]
        result = (1, *self.out, self.channels)
        type = tensor_type(result, "i32")
        init = program.integers(random.integers(-1000, 1000, result).astype(np.int32))
        sums = program.op(
            f"linalg.conv_2d_nhwc_fhwc {{{', '.join([*attributes, tile])}}}"
            f" ins({x}, {weights} : {program.types[x]}, {weights_type}) outs({init} : {type}) -> {type}",
            type,
        )
        _output(program, choices, sums, result)

    def _add_picture(self, program: Program, choices: Choices, random: np.random.Generator) -> str:
        # As much padding as leaves a picture inside.
        before, behind = [tuple(choices.integer(0, min(2, (size - 1) // 2)) for size in self.sizes) for _ in range(2)]
        inner = tuple(size - low - high for size, low, high in zip(self.sizes, before, behind, strict=True))
        shape = (1, *inner, self.inputs)
        activation, most = ("i16", 2**15) if self.is_wide else ("i8", 128)
        if choices.flag(4):
            # Channels first.
            first = program.integers(_activations(random, (1, self.inputs, *inner), self.is_wide))
            type = tensor_type(shape, activation)
            empty = program.op(f"tensor.empty() : {type}", type)
            x = program.op(
                f"linalg.transpose ins({first} : {program.types[first]}) outs({empty} : {type})"
                " permutation = [0, 2, 3, 1]",
                type,
            )
        else:
            x = program.integers(_activations(random, shape, self.is_wide))
        if not any(before + behind):
            return x
        fill = program.op(f"arith.constant {choices.integer(-most, most - 1)} : {activation}", activation)
        type = tensor_type((1, *self.sizes, self.inputs), activation)
        return program.op(
            f"tensor.pad {x} low[0, {before[0]}, {before[1]}, 0] high[0, {behind[0]}, {behind[1]}, 0] {{\n"
            f"^bb0(%n: index, %h: index, %v: index, %c: index):\ntensor.yield {fill} : {activation}\n"
            f"}} : {program.types[x]} to {type}",
            type,
        )


def add_convolution(program: Program, choices: Choices) -> None:
    """Adds a convolution for tile registers."""
    kernel = choices.integer(1, 4), choices.integer(1, 4)
    strides, dilations = [(choices.integer(1, 3), choices.integer(1, 2)) for _ in range(2)]
    out = choices.integer(1, 9), choices.integer(1, choices.one_of((9, 40)))
    inputs, channels = choices.one_of((4, 3, 8, 5, 16, 24, 70)), choices.integer(16, 70)
    separates_columns = dilations[1] > 1 and kernel[1] > 1
    if inputs == 3 and kernel == (1, 1):
        inputs = 6  # A run has a group of four elements or more, where it can't be read as one.
    convolution = Convolution(out, inputs, channels, kernel, strides, dilations, is_wide=choices.flag(3))
    run = inputs * (1 if separates_columns else kernel[1])
    # A picture that windows of several rows read gets longer lines where it needs them.
    reads_past = kernel[0] > 1 or separates_columns
    is_narrow = choices.flag(3) and run % 4 == 0 and run % _block(run, reads_past) == 0
    pixels = strides[0] * convolution.sizes[1]
    widens = _block(run, reads_past) > run
    pitch = 0 if widens or pixels % strides[1] else pixels // strides[1]
    tile = _tile(choices, out, channels, pitch, is_narrow, convolution.is_wide)
    element, ends = ("i4", (-8, 8)) if is_narrow else ("i8", (-128, 128))
    convolution.add(program, choices, tile, element, ends)


def add_convolution_with_packed_rests(program: Program, choices: Choices) -> None:
    """Adds a convolution for vectors of AVX512-VNNI whose lines leave some elements behind whole groups."""
    is_wide = choices.flag(4)
    # Elements of a group, and of the rests that make whole groups together.
    group, sizes = (2, (1,)) if is_wide else (4, (1, 2))
    kernel = choices.integer(2, 9), choices.one_of((3, 7, 1, 5) if is_wide else (3, 7, 1, 2, 5, 6))
    inputs = choices.one_of(
        [count for count in range(1, 40) if count * kernel[1] > group and count * kernel[1] % group in sizes]
    )
    lines = group // (inputs * kernel[1] % group)
    dilations = choices.integer(1, 2), 1
    # Either the lines are one group, or there are windows that begin with the lines of another's next group.
    moves = [count for count in range(1, 6) if kernel[0] <= lines or lines * dilations[0] % count == 0]
    strides = choices.one_of(moves), choices.integer(1, 5)
    out = choices.integer(1, 9), choices.integer(1, choices.one_of((9, 40)))
    channels, vectors = choices.integer(1, 70), choices.integer(1, 4)
    tile = (
        f"lowbit.tile = #lowbit.tile<rows = {choices.integer(1, 28 // vectors)}, vectors = {vectors}, "
        f'instruction = "avx512.{"vpdpwssd" if is_wide else "vpdpbusd"}", pack_rests = true>'
    )
    convolution = Convolution(out, inputs, channels, kernel, strides, dilations, is_wide)
    convolution.add(program, choices, tile, "i8", (-128, 128))


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
    """Adds a convolution or a product for tile registers."""
    (add_convolution if choices.flag() else add_product)(program, choices)
