"""What a quantized program costs before it is run: multiplications, bytes of weights, and predicted energy.

Energy per operation is that of M. Horowitz, "Computing's Energy Problem (and what we can do about it)", ISSCC 2014,
for 45 nm at 0.9 V: a multiplication of 8-bit integers 0.2 pJ, of 32-bit floats 3.7 pJ; an addition of 32-bit integers
0.1 pJ, of 32-bit floats 0.9 pJ; 64 bits from a cache of 1 MB 100 pJ. The energy of a multiplier goes with the product
of its widths. A prediction for comparing levels, not a measurement of this machine.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from lowbit.tools import run_tool

MULTIPLY_8_BITS = 0.2
ADD_32_BITS = 0.1
MULTIPLY_FLOAT = 3.7
ADD_FLOAT = 0.9
CACHE_BYTE = 100 / 8

_TENSOR = re.compile(r"tensor<((?:\d+x)*)(?:!quant\.uniform<([iu])(\d+)|(f|i)(\d+))")
_OPS = ("conv_2d", "depthwise_conv_2d", "matmul", "batch_matmul")
_FLOAT_OPS = ("conv_2d_nhwc_fhwc", "depthwise_conv_2d_nhwc_hwc", "matmul", "batch_matmul")
_CONTRACTION = re.compile(rf"(?:lowbit\.(?:{'|'.join(_OPS)})|linalg\.(?:{'|'.join(_FLOAT_OPS)})) ")


@dataclass(frozen=True)
class Tensor:
    """Shape and width of a tensor type."""

    shape: tuple[int, ...]
    bits: int
    is_float: bool

    @property
    def count(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Contraction:
    """A matrix product or convolution of a program."""

    op: str
    macs: int
    weights: Tensor
    activations: Tensor

    @property
    def picojoules(self) -> float:
        """Predicted energy of one run: its arithmetic, and its weights read once."""
        if self.weights.is_float:
            arithmetic = MULTIPLY_FLOAT + ADD_FLOAT
        else:
            arithmetic = MULTIPLY_8_BITS * self.weights.bits * self.activations.bits / 64 + ADD_32_BITS
        return self.macs * arithmetic + self.weights.count * self.weights.bits / 8 * CACHE_BYTE


def _tensors(types: str) -> list[Tensor]:
    found = []
    for shape, sign, bits, kind, width in _TENSOR.findall(types):
        sizes = tuple(int(size) for size in shape.split("x") if size)
        found.append(Tensor(sizes, int(bits if sign else width), kind == "f"))
    return found


def _contraction(line: str) -> Contraction | None:
    """The contraction that a line of a program spells; None where it spells none."""
    match = _CONTRACTION.search(line)
    if not match:
        return None
    op = match[0].split(".")[1].strip()
    tensors = _tensors(line[match.end() :])
    if len(tensors) < 3:
        return None
    activations, weights, result = tensors[0], tensors[1], tensors[-1]
    if op.startswith("conv"):
        terms = math.prod(weights.shape[1:])
    elif op.startswith("depthwise"):
        terms = math.prod(weights.shape[:-1])
    else:
        terms = activations.shape[-1]
    return Contraction(op, result.count * terms, weights, activations)


def read_contractions(program: Path) -> list[Contraction]:
    """The contractions of a float or a quantized program."""
    elide = ("--mlir-elide-elementsattrs-if-larger=1", "--mlir-elide-resource-strings-if-larger=1")
    text = run_tool("quant-opt", [program, *elide], capture=True)
    return [found for line in text.splitlines() if (found := _contraction(line))]


def read_constant_bytes(program: Path) -> int:
    """The bytes of an object file that are loaded and are no code: packed weights, biases, scales."""
    data = program.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{program}: expected a 64-bit ELF file of the low byte first")
    table, size, count = (
        int.from_bytes(data[0x28:0x30], "little"),
        int.from_bytes(data[0x3A:0x3C], "little"),
        int.from_bytes(data[0x3C:0x3E], "little"),
    )
    total = 0
    for index in range(count):
        header = data[table + index * size : table + (index + 1) * size]
        kind, flags = int.from_bytes(header[4:8], "little"), int.from_bytes(header[8:16], "little")
        is_loaded, is_code = flags & 2, flags & 4
        if kind == 1 and is_loaded and not is_code:
            total += int.from_bytes(header[0x20:0x28], "little")
    return total


def read_arena_bytes(header: Path) -> int:
    """The bytes of activations that a C header written by `lowbit compile` declares."""
    found = re.search(r"_ARENA_BYTES (\d+)", header.read_text())
    return int(found[1]) if found else 0
