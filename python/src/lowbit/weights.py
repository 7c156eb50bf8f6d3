"""How many bytes the constants of a program take."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path

from lowbit.tools import run_tool

_CONSTANT = re.compile(r"arith\.constant dense(?:_resource)?<[^\n]*> : tensor<((?:\d+x)*)[a-z]+(\d+)>")


def count_weight_bytes(program: Path) -> int:
    """The bytes of the tensor constants of a program, each as it is stored."""
    elide = ("--mlir-elide-elementsattrs-if-larger=1", "--mlir-elide-resource-strings-if-larger=1")
    text = run_tool("quant-opt", [program, *elide], capture=True)
    return sum(
        prod(map(int, filter(None, shape.split("x")))) * int(bits) // 8 for shape, bits in _CONSTANT.findall(text)
    )
