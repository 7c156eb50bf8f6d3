"""The operations of a program's text, by their lines, with what they have to do."""

from __future__ import annotations

import math
import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

# An operation of the function's body begins here; what is further in belongs to it.
_START = re.compile(r"^ {4}(?:%[^=]*= )?\"?([a-z_]+\.[a-z_0-9.]+|return)")
_TENSOR = re.compile(r"tensor<((?:\d+x)*)([^x<>]+)>")
_PRODUCTS = ("matmul", "conv")


@dataclass(frozen=True)
class Operation:
    """`operations` counts a multiplication and an addition as two, 0 where there is no sum of products; `bytes` is what
    its tensors hold, constants included. `product` is the line of the product that was fused with it, if one was."""

    line: int
    name: str
    shapes: str
    operations: int
    bytes: int
    product: int = 0

    @property
    def is_product(self) -> bool:
        return self.operations > 0


def _shape(dims: str) -> list[int]:
    return [int(dim) for dim in dims.split("x") if dim]


def _bits(element: str) -> int:
    found = re.search(r"\d+", element)
    return int(found[0]) if found else 64


def _count(name: str, shapes: list[list[int]]) -> int:
    """Of a product: outputs times the products that each is a sum of."""
    if len(shapes) < 3 or not any(word in name for word in _PRODUCTS):
        return 0
    source, weights, result = shapes[0], shapes[1], shapes[-1]
    if "depthwise" in name:
        depth = math.prod(weights[:2])
    elif "conv" in name:
        depth = math.prod(weights) // result[1 if "nchw" in name else -1]
    else:
        depth = source[-1]
    return 2 * math.prod(result) * depth


def _tensors(text: str) -> list[tuple[list[int], str]]:
    """Shape and element of each tensor that an operation reads, and of its results; not of attributes and of what it
    writes over."""
    text = re.sub(r"!quant\.uniform<([iu]\d+)(?:<[^<>]*>)?[^<>]*>", r"\1", text)
    text = re.sub(r"dense<[^>]*> : tensor<[^>]*>|outs\([^)]*\)", "", text)
    return [(_shape(dims), element) for dims, element in _TENSOR.findall(text)]


def _parse(line: int, name: str, text: str) -> Operation:
    tensors = _tensors(text)
    shapes = [shape for shape, _ in tensors]
    written = ["x".join(map(str, shape)) or "scalar" for shape in shapes]
    shown = f"{written[0]} -> {written[-1]}" if len(written) > 1 else "".join(written)
    size = sum(math.prod(shape) * _bits(element) // 8 for shape, element in tensors)
    return Operation(line, name, shown, _count(name, shapes), size)


def read_operations(program: Path) -> list[Operation]:
    """In the order of the text, where a line is an operation or belongs to the one above it."""
    found: list[Operation] = []
    lines = program.read_text().splitlines()
    for number, text in enumerate(lines, start=1):
        if match := _START.match(text):
            body = [text]
            for follower in lines[number : number + 40]:
                if not follower.startswith(("     ", "    ^")):
                    # The end of a region carries the type of the result.
                    body += [follower] if follower.startswith("    }") else []
                    break
                body.append(follower)
            found.append(_parse(number, match[1], " ".join(line.strip() for line in body if len(line) < 100_000)))
    return found


def owner(operations: list[Operation], line: int) -> Operation | None:
    """The operation that a line belongs to."""
    earlier = [operation for operation in operations if operation.line <= line]
    return earlier[-1] if earlier else None


def merge_fused(operations: list[Operation], sampled: Container[Operation]) -> list[tuple[Operation, Operation]]:
    """Each operation that was found running, and the same with the products before it that were not: their loops became
    its loop, and its line theirs."""
    found: list[tuple[Operation, Operation]] = []
    waiting: list[Operation] = []
    for operation in operations:
        if operation not in sampled:
            waiting += [operation] if operation.is_product else []
            continue
        merged = operation
        if waiting and not operation.is_product:
            parts = [*waiting, operation]
            source, result = waiting[0].shapes.partition(" -> ")[0], operation.shapes.rpartition(" -> ")[2]
            merged = Operation(
                operation.line,
                " + ".join(part.name for part in parts),
                f"{source} -> {result}",
                sum(part.operations for part in parts),
                sum(part.bytes for part in parts),
                waiting[0].line,
            )
            waiting = []
        found.append((operation, merged))
    return found
