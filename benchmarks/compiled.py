"""Programs compiled to shared libraries and loaded into this process, with buffers that stay."""

from __future__ import annotations

import ctypes
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lowbit.tools import find_tool, run_tool


def _aligned(values: np.ndarray) -> np.ndarray:
    """A copy at an address that a cache line starts at."""
    memory = np.zeros(values.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    copy[...] = values
    return copy


def _compile(program: Path, library: Path, cpu: str, function: str) -> None:
    """Compiles unless the library is of this very program, compiler and CPU."""
    tool = find_tool("quant-runner").stat()
    with program.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    made_of = f"{content} {tool.st_mtime_ns} {tool.st_size} {cpu} {function}"
    stamp = library.with_suffix(".made-of")
    if library.exists() and stamp.exists() and stamp.read_text() == made_of:
        return
    words = ["--function", function] if function else []
    run_tool(
        "quant-runner", ["compile", program, "--cpu", cpu, *words, "--name", "kernel", "-o", library], capture=True
    )
    stamp.write_text(made_of)


class CompiledFunction:
    """The function of a program, called on the copies of `inputs` in `self.inputs`; its one output is `self.output`."""

    def __init__(
        self, program: Path, inputs: Sequence[np.ndarray], output: np.ndarray, cpu: str = "native", function: str = ""
    ) -> None:
        self.path = program.with_suffix(".so")
        _compile(program, self.path, cpu, function)
        arena = re.search(r"_ARENA_BYTES (\d+)", self.path.with_suffix(".h").read_text())
        self.function = ctypes.CDLL(str(self.path)).kernel_packed
        self.inputs = [_aligned(x) for x in inputs]
        self.output = _aligned(output)
        self._arena = _aligned(np.zeros(max(int(arena[1]) if arena else 0, 64), np.uint8))
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
