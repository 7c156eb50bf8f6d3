"""Finding and running the compiler's own programs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BIN_DIR_VARIABLE = "LOWBIT_BIN_DIR"

# Where the programs are when the package is installed from a source tree in editable mode.
_SOURCE_TREE_BIN_DIR = Path(__file__).resolve().parents[3] / "build" / "bin"

# The stages in the order a program travels them.
STAGES = ("import", "calibrate", "quantize", "propagate", "fuse", "lower", "codegen")

# The magic number of MLIR bytecode.
_BYTECODE_MAGIC = b"ML\xefR"


class LowbitError(Exception):
    """What a user can mend. `status` is the exit status the command ends with."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def find_tool(name: str) -> Path:
    """The path of a program: in `LOWBIT_BIN_DIR`, else in the build beside the sources, else on the `PATH`."""
    chosen = os.environ.get(BIN_DIR_VARIABLE)
    if chosen:
        tool = Path(chosen) / name
        if not tool.is_file():
            raise LowbitError(f"{name} is not in {chosen}, which {BIN_DIR_VARIABLE} names")
        return tool
    built = _SOURCE_TREE_BIN_DIR / name
    if built.is_file():
        return built
    found = shutil.which(name)
    if not found:
        raise LowbitError(f"{name} not found: build Lowbit with ./setup, or set {BIN_DIR_VARIABLE}")
    return Path(found)


def run_tool(name: str, arguments: Sequence[str | Path], *, capture: bool = False, quiet: bool = False) -> str:
    """Runs a program, which reports its own errors to stderr; returns its stdout when it is captured. What a `quiet`
    one says is shown only where it fails.

    Raises `LowbitError` with an empty message when the program has said what is wrong itself.
    """
    command = [str(find_tool(name)), *map(str, arguments)]
    result = subprocess.run(
        command,
        check=False,
        text=True,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.PIPE if quiet else None,
    )
    if quiet and result.returncode != 0:
        print(result.stderr, end="", file=sys.stderr)
    if result.returncode < 0:
        raise LowbitError(f"{name} died of {signal.Signals(-result.returncode).name}: {' '.join(command)}", 70)
    if result.returncode > 0:
        raise LowbitError("", result.returncode)
    return result.stdout or ""


def quote_option(value: str | Path) -> str:
    """A pipeline option's value, quoted where MLIR's option parser would split it."""
    text = str(value)
    if not re.search(r"[\s,{}()']", text):
        return text
    if "'" in text:
        raise LowbitError(f"a quote in the path {text} can't be passed to a pipeline")
    return f"'{text}'"


def read_stage(program: Path) -> str | None:
    """The last stage a program went through, from its attribute `lowbit.stage`; None for one not imported yet."""
    if not program.is_file():
        raise LowbitError(f"{program}: no such file")
    with program.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(_BYTECODE_MAGIC):
        elide = ("--mlir-elide-elementsattrs-if-larger=1", "--mlir-elide-resource-strings-if-larger=1")
        head = run_tool("quant-opt", [program, *elide], capture=True).encode()
    header = head.split(b"func.func", 1)[0]
    found = re.search(rb'\blowbit\.stage = "(\w+)"', header)
    return found[1].decode() if found else None


def next_stage(program: Path) -> str | None:
    """The first stage a program has yet to go through; None after the last."""
    stage = read_stage(program)
    if stage is None:
        return STAGES[0]
    if stage not in STAGES:
        raise LowbitError(f"{program}: expected lowbit.stage to be one of {', '.join(STAGES)}, but got {stage}")
    following = STAGES.index(stage) + 1
    return STAGES[following] if following < len(STAGES) else None
