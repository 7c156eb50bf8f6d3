"""What a program costs before it is run: multiplications, bytes of weights, and predicted energy.

Operations and tensors are counted by the compiler (`quant-translate --lowbit-to-op-costs`). Energies are those of
M. Horowitz, "Computing's Energy Problem (and what we can do about it)", ISSCC 2014, for 45 nm at 0.9 V: a
multiplication of 8-bit integers 0.2 pJ, of 32-bit floats 3.7 pJ; an addition of 32-bit integers 0.1 pJ, of 32-bit
floats 0.9 pJ; 64 bits from a cache of 32 KB 20 pJ, of 1 MB 100 pJ. The energy of a multiplier goes with the product of
its widths. Weights are read once from the large cache; activations are read and written in the small one. A prediction
for comparing levels, not a measurement of this machine.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowbit.explore.forms import Form
from lowbit.tools import run_tool

MULTIPLY_8_BITS = 0.2
ADD_32_BITS = 0.1
MULTIPLY_FLOAT = 3.7
ADD_FLOAT = 0.9
SMALL_CACHE_BYTE = 20 / 8
LARGE_CACHE_BYTE = 100 / 8


@dataclass(frozen=True)
class Tensor:
    """How many elements of which width a tensor has."""

    elements: int
    bits: int
    is_float: bool
    bytes: int
    # Of weights in groups, of the multipliers and zero points of all groups.
    group_bits: int = 0

    @staticmethod
    def from_json(entry: dict[str, Any]) -> Tensor:
        return Tensor(entry["elements"], entry["bits"], entry["float"], entry["bytes"], entry["group_bits"])


@dataclass(frozen=True)
class OpCost:
    """What an op multiplies, reads and writes in one run."""

    name: str
    op: str
    multiply_adds: int
    weights: Tensor | None
    activations: tuple[Tensor, ...]
    result: Tensor

    @staticmethod
    def from_json(entry: dict[str, Any]) -> OpCost:
        weights = entry["weights"] and Tensor.from_json(entry["weights"])
        activations = tuple(map(Tensor.from_json, entry["activations"]))
        result = Tensor.from_json(entry["result"])
        return OpCost(entry["name"], entry["op"], entry["multiply_adds"], weights, activations, result)

    @property
    def picojoules(self) -> float:
        """Predicted energy of one run."""
        weight_bytes = self.weights.bytes if self.weights else 0
        activation_bytes = self.result.bytes + sum(tensor.bytes for tensor in self.activations)
        factors = [*self.activations, *([self.weights] if self.weights else [])]
        arithmetic = _multiply_add(factors) * self.multiply_adds
        return arithmetic + weight_bytes * LARGE_CACHE_BYTE + activation_bytes * SMALL_CACHE_BYTE


def _multiply_add(factors: list[Tensor]) -> float:
    """The energy of a product and its addition; of floats where one of the factors is one."""
    if any(factor.is_float for factor in factors) or len(factors) < 2:
        return MULTIPLY_FLOAT + ADD_FLOAT
    return integer_multiply_add(factors[0].bits, factors[1].bits)


def integer_multiply_add(activation_bits: int, weight_bits: int) -> float:
    """The energy of a product of integers and its addition."""
    return MULTIPLY_8_BITS * activation_bits * weight_bits / 64 + ADD_32_BITS


def read_op_costs(program: Path) -> list[OpCost]:
    """The ops of a program in float, Q/DQ or quantized form."""
    text = run_tool("quant-translate", ["--lowbit-to-op-costs", program], capture=True)
    return [OpCost.from_json(entry) for entry in json.loads(text)]


def read_weight_errors(program: Path) -> dict[str, dict[Form, float]]:
    """For each layer with weights what rounding adds to them in each form, as a part of them: the ratio of norms. Forms
    that the weights can't have are left out."""
    text = run_tool("quant-translate", ["--lowbit-to-weight-errors", program], capture=True)
    return {
        entry["name"]: {Form.parse(name): error for name, error in entry["relative"].items()}
        for entry in json.loads(text)
    }


def read_weight_histograms(program: Path) -> list[dict[str, Any]]:
    """For each layer with weights, in float or Q/DQ form, its `name`, the `largest` magnitude and the `counts` of
    weights in parts of [-largest, largest]."""
    return json.loads(run_tool("quant-translate", ["--lowbit-to-weight-histograms", program], capture=True))


def get_average_bits(costs: list[OpCost]) -> float:
    """The bits of a weight and its part of what its group has, over all weights of a program."""
    weights = [cost.weights for cost in costs if cost.weights]
    bits = sum(tensor.elements * tensor.bits + tensor.group_bits for tensor in weights)
    return bits / max(sum(tensor.elements for tensor in weights), 1)


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
