"""Programs compiled to shared libraries and loaded into this process, with buffers that stay."""

from __future__ import annotations

import ctypes
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from native import cpu_flags
from without_amx import grants_amx

from lowbit.tools import find_tool, run_tool

# By the names in a signature.
_TYPES = {
    "f32": np.float32,
    "f64": np.float64,
    "f16": np.float16,
    "i1": np.bool_,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "ui8": np.uint8,
}


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


def _compile(program: Path, library: Path, options: Sequence[str]) -> None:
    """Compiles unless an earlier run has, for what this process may use."""
    stamp = library.with_suffix(".made-of")
    words = (*options, "AMX granted" if grants_amx() else "AMX not granted")
    if library.exists() and is_made_of(stamp, program, *words):
        return
    run_tool("quant-runner", ["compile", program, *options, "--name", "kernel", "-o", library], capture=True)
    is_made_of(stamp, program, *words, write=True)


def _random(shape: Sequence[int], dtype: type) -> np.ndarray:
    random = np.random.default_rng(1)
    if np.issubdtype(dtype, np.floating):
        return random.standard_normal(shape).astype(dtype)
    # Wide integers are indices, as a rule: of rows that every table has.
    if dtype in (np.bool_, np.int32, np.int64):
        return random.integers(0, 2, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype, endpoint=True)


class CompiledFunction:
    """The function of a program, called on the copies of `inputs` (or random values) in `self.inputs`; its one output
    is `self.output`."""

    def __init__(
        self,
        program: Path,
        inputs: Sequence[np.ndarray] | None,
        cpu: str = "native",
        function: str = "",
        *,
        fast_float: bool = False,
        line_numbers: bool = False,
    ) -> None:
        self.path = program.with_suffix(f"{'.fast' if fast_float else ''}{'' if cpu == 'native' else f'.{cpu}'}.so")
        options = ["--cpu", cpu, *(["--function", function] if function else [])]
        options += ["--fast-float"] if fast_float else []
        _compile(program, self.path, [*options, *(["--line-numbers"] if line_numbers else [])])
        library = ctypes.CDLL(str(self.path))
        text = ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(library, "kernel_signature")))
        signature = json.loads(text)
        self._fast_float = fast_float
        self._has_avx512 = cpu == "native" and "avx512f" in cpu_flags()
        (output,) = signature["outputs"]
        self.function = library.kernel_packed
        if inputs is None:
            inputs = [_random(spec["shape"], _TYPES[spec["type"]]) for spec in signature["inputs"]]
        self.inputs = [_aligned(x) for x in inputs]
        self.output = _aligned(np.zeros(output["shape"], _TYPES[output["type"]]))
        self._arena = _aligned(np.zeros(max(signature["arena_bytes"], 64), np.uint8))
        pointers = [array.ctypes.data for array in (*self.inputs, self.output, self._arena)]
        self.buffers = (ctypes.c_void_p * len(pointers))(*pointers)

    def call(self) -> np.ndarray:
        self.function(self.buffers)
        return self.output

    def _mappings(self) -> list[tuple[int, int]]:
        """First and last address of each part of the library."""
        lines = Path("/proc/self/maps").read_text().splitlines()
        words = [line.split()[0].split("-") for line in lines if line.endswith(str(self.path.resolve()))]
        return [(int(start, 16), int(end, 16)) for start, end in words]

    def mapping(self) -> tuple[int, int]:
        """Where the library begins, and where it ends."""
        return self._mappings()[0][0], self._mappings()[-1][1]

    def float_idiom(self) -> str:
        """How float code for this CPU multiplies and adds."""
        return f"float{512 if self._has_avx512 else 256}.{'fma' if self._fast_float else 'mul_add'}"

    def constants(self) -> int:
        """Where the weights lie: the address of the largest part."""
        return max(self._mappings(), key=lambda mapping: mapping[1] - mapping[0])[0]
