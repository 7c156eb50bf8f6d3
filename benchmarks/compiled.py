"""Programs compiled to shared libraries and loaded into this process, with buffers that stay."""

from __future__ import annotations

import ctypes
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lowbit.tools import find_tool, run_tool

_TYPES = {"f32": np.float32, "i8": np.int8, "u8": np.uint8, "i32": np.int32}


def _aligned(values: np.ndarray) -> np.ndarray:
    """A copy at an address that a cache line starts at."""
    memory = np.zeros(values.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    copy[...] = values
    return copy


def is_made_of(stamp: Path, source: Path, *words: str, write: bool = False) -> bool:
    """Whether what `stamp` stands for was made of this very file, by this very compiler, with these options. With
    `write`, notes that it is."""
    with source.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    tools = [find_tool(name).stat() for name in ("quant-opt", "quant-runner")]
    made_of = " ".join([content, *(f"{tool.st_mtime_ns} {tool.st_size}" for tool in tools), *words])
    if write:
        stamp.write_text(made_of)
    return stamp.exists() and stamp.read_text() == made_of


def _compile(program: Path, library: Path, cpu: str, function: str) -> None:
    """Compiles unless an earlier run has."""
    stamp = library.with_suffix(".made-of")
    if library.exists() and is_made_of(stamp, program, cpu, function):
        return
    words = ["--function", function] if function else []
    run_tool(
        "quant-runner", ["compile", program, "--cpu", cpu, *words, "--name", "kernel", "-o", library], capture=True
    )
    is_made_of(stamp, program, cpu, function, write=True)


class CompiledFunction:
    """The function of a program, called on the copies of `inputs` in `self.inputs`; its one output is `self.output`."""

    def __init__(self, program: Path, inputs: Sequence[np.ndarray], cpu: str = "native", function: str = "") -> None:
        self.path = program.with_suffix(".so")
        _compile(program, self.path, cpu, function)
        library = ctypes.CDLL(str(self.path))
        signature = json.loads(ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(library, "kernel_signature"))))
        (output,) = signature["outputs"]
        self.function = library.kernel_packed
        self.inputs = [_aligned(x) for x in inputs]
        self.output = _aligned(np.zeros(output["shape"], _TYPES[output["type"]]))
        self._arena = _aligned(np.zeros(max(signature["arena_bytes"], 64), np.uint8))
        pointers = [array.ctypes.data for array in (*self.inputs, self.output, self._arena)]
        self.buffers = (ctypes.c_void_p * len(pointers))(*pointers)

    def call(self) -> np.ndarray:
        self.function(self.buffers)
        return self.output

    def constants(self) -> tuple[int, int]:
        """Address and size of the largest read-only mapping of the library: where its weights lie."""
        found = (0, 0)
        for line in Path("/proc/self/maps").read_text().splitlines():
            if not line.endswith(str(self.path)):
                continue
            start, end = (int(word, 16) for word in line.split()[0].split("-"))
            found = max(found, (start, end - start), key=lambda mapping: mapping[1])
        return found
