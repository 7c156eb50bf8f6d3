"""Programs in quantized form, built from NumPy arrays and run by the reference interpreter."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lowbit import find_tool


def tensor_type(shape: tuple[int, ...], element: str) -> str:
    """`tensor<2x3xf32>`; a scalar is a tensor of rank 0."""
    return f"tensor<{''.join(f'{size}x' for size in shape)}{element}>"


def format_float(value: float) -> str:
    """A float literal of MLIR that reads back as the same f64."""
    return f"{float(value):.17e}"


@dataclass(frozen=True)
class Quantization:
    """A `!quant.uniform` type: storage as `i8` or `u4`, and scales and zero points of the shape that `axis` and
    `block_size` give them, or scalars."""

    storage: str
    scales: np.ndarray
    zero_points: np.ndarray
    axis: int | None = None
    block_size: int | None = None
    bounds: tuple[int, int] | None = None

    @property
    def bits(self) -> int:
        return int(self.storage[1:])

    @property
    def is_signed(self) -> bool:
        return self.storage[0] == "i"

    @property
    def dtype(self) -> np.dtype:
        """What holds a storage integer in NumPy; sub-byte ones have a byte each."""
        return np.dtype(f"{'int' if self.is_signed else 'uint'}{max(8, self.bits)}")

    def element(self) -> str:
        parameters = [
            f"{format_float(scale)}:{int(zero_point)}"
            for scale, zero_point in zip(
                self.scales.flat, np.broadcast_to(self.zero_points, self.scales.shape).flat, strict=True
            )
        ]
        storage = self.storage if self.bounds is None else f"{self.storage}<{self.bounds[0]}:{self.bounds[1]}>"
        if self.axis is None:
            return f"!quant.uniform<{storage}:f32, {parameters[0]}>"
        if self.block_size is None:
            return f"!quant.uniform<{storage}:f32:{self.axis}, {{{', '.join(parameters)}}}>"
        sizes = (f"{dim}:{self.block_size if dim == self.axis else 1}" for dim in range(self.scales.ndim))
        nested = nest(parameters, self.scales.shape)
        return f"!quant.uniform<{storage}:f32:{{{', '.join(sizes)}}}, {nested}>"


def nest(items: list[str], shape: tuple[int, ...]) -> str:
    """The items in braces, one level for each dimension."""
    if not shape:
        return items[0]
    step = len(items) // shape[0]
    return "{" + ", ".join(nest(items[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])) + "}"


@dataclass
class Program:
    """A function of straight-line code. Values are named by the order in which they are made. `stage` is the one that
    the program has been through: the runner runs those that are left."""

    inputs: list[np.ndarray] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    results: list[tuple[str, str, np.dtype]] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    stage: str = ""

    def op(self, text: str, result_type: str) -> str:
        """Adds `%n = text` and returns `%n`, a value of `result_type`."""
        name = f"%{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        self.types[name] = result_type
        return name

    def argument(self, array: np.ndarray, element: str) -> str:
        """A function argument of the elements of `array`; integers have no sign in IR."""
        name = f"%arg{len(self.arguments)}"
        if array.dtype.kind == "u":
            array = array.view(f"i{array.dtype.itemsize}")
        self.inputs.append(array)
        self.types[name] = tensor_type(array.shape, element)
        self.arguments.append(f'{name}: {self.types[name]} {{lowbit.name = "in{len(self.arguments)}"}}')
        return name

    def floats(self, array: np.ndarray) -> str:
        return self.argument(array.astype(np.float32), "f32")

    def integers(self, array: np.ndarray) -> str:
        return self.argument(array, f"i{8 * array.dtype.itemsize}")

    def quantized(self, array: np.ndarray, quantization: Quantization) -> str:
        """A quantized tensor whose storage integers are the elements of `array`."""
        held = 8 * quantization.dtype.itemsize
        value = self.argument(array.astype(quantization.dtype), f"i{held}")
        storage = tensor_type(array.shape, f"i{quantization.bits}")
        if quantization.bits < held:
            value = self.op(f"arith.trunci {value} : {self.types[value]} to {storage}", storage)
        result = tensor_type(array.shape, quantization.element())
        return self.op(f"quant.scast {value} : {storage} to {result}", result)

    def quantize(self, value: str, shape: tuple[int, ...], quantization: Quantization) -> str:
        result = tensor_type(shape, quantization.element())
        return self.op(f"lowbit.quantize {value} : {self.types[value]} -> {result}", result)

    def transpose(self, value: str, shape: tuple[int, ...], permutation: list[int], element: str) -> str:
        result = tensor_type(tuple(shape[dim] for dim in permutation), element)
        empty = self.op(f"tensor.empty() : {result}", result)
        return self.op(
            f"linalg.transpose ins({value} : {self.types[value]}) outs({empty} : {result}) permutation = {permutation}",
            result,
        )

    def broadcast(self, value: str, shape: tuple[int, ...], dimension: int, element: str) -> str:
        """Repeats `value` along the dimension of its result `shape`."""
        result = tensor_type(shape, element)
        empty = self.op(f"tensor.empty() : {result}", result)
        operands = f"ins({value} : {self.types[value]}) outs({empty} : {result})"
        return self.op(f"linalg.broadcast {operands} dimensions = [{dimension}]", result)

    def output(self, value: str, shape: tuple[int, ...], element: str, dtype: np.dtype) -> None:
        """Returns `value`, whose elements of `element` are read as `dtype`."""
        self.results.append((value, tensor_type(shape, element), np.dtype(dtype)))

    def output_quantized(self, value: str, shape: tuple[int, ...], quantization: Quantization) -> None:
        """Returns the storage integers of `value`."""
        storage, held = tensor_type(shape, f"i{quantization.bits}"), 8 * quantization.dtype.itemsize
        value = self.op(f"quant.scast {value} : {self.types[value]} to {storage}", storage)
        if quantization.bits < held:
            extend, wide = "extsi" if quantization.is_signed else "extui", tensor_type(shape, f"i{held}")
            value = self.op(f"arith.{extend} {value} : {storage} to {wide}", wide)
        self.output(value, shape, f"i{held}", quantization.dtype)

    def text(self) -> str:
        types = ", ".join(f'{type} {{lowbit.name = "out{i}"}}' for i, (_, type, _) in enumerate(self.results))
        values = ", ".join(value for value, _, _ in self.results)
        of_types = ", ".join(type for _, type, _ in self.results)
        body = "\n  ".join([*self.lines, f"return {values} : {of_types}"])
        function = f"func.func @f({', '.join(self.arguments)}) -> ({types}) {{\n  {body}\n}}\n"
        return f'module attributes {{lowbit.stage = "{self.stage}"}} {{\n{function}}}\n' if self.stage else function

    def run(self, options: Sequence[str] = ("--reference",)) -> list[np.ndarray]:
        """The results, computed by the reference interpreter, or by compiled code for the machine that `options` of
        `quant-runner run` name."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "program.mlir").write_text(self.text())
            np.savez(folder / "in.npz", **{f"in{i}": array for i, array in enumerate(self.inputs)})
            files = ["program.mlir", "--data", "in.npz", "-o", "out.npz"]
            command = [find_tool("quant-runner"), "run", *files, *options]
            result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert result.returncode == 0, f"{result.stderr}\n{self.text()}"
            with np.load(folder / "out.npz") as outputs:
                return [outputs[f"out{i}"].view(dtype) for i, (_, _, dtype) in enumerate(self.results)]
