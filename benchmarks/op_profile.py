"""Where the time of one network goes, operation by operation, and how near each is to what the core can do.

The program is compiled as always, but with line numbers, and called over and over while a timer notes which instruction
it interrupts: nothing is added to the code. What was fused into an operation counts as the line it was written on.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from compiled import CompiledFunction
from idioms import Mixture, describe, peak_of, read_idioms
from model_contest import prepared
from native import time_copies, time_native
from networks import WORK, networks
from program_text import Operation, merge_fused, owner, read_operations
from report import print_table
from rich.progress import Progress

from lowbit.tools import LowbitError, read_stage, run_tool

_SOURCE = Path(__file__).with_name("sampler.c")
_INTERVAL_NANOSECONDS = 100_000
_SLICE_SECONDS = 0.1
_TURN_SECONDS = 2e-3
_LLVM = Path("/usr/lib/llvm-22/bin")


@dataclass(frozen=True)
class Line:
    """One operation with its share of the time; `operation` is None for what no line could be found for."""

    operation: Operation | None
    name: str
    shapes: str
    microseconds: float
    share: float
    instruction: str = ""
    peak: float = 0.0
    copy: float = 0.0

    @property
    def rate(self) -> float:
        """Operations per second."""
        return self.operation.operations / self.microseconds * 1e6 if self.operation and self.microseconds else 0.0

    @property
    def of_peak(self) -> float:
        return self.rate / self.peak if self.peak else 0.0

    @property
    def bandwidth(self) -> float:
        """Bytes per second that the tensors would need, were each read or written once."""
        return self.operation.bytes / self.microseconds * 1e6 if self.operation and self.microseconds else 0.0

    @property
    def of_copy(self) -> float:
        return self.bandwidth / self.copy if self.copy and not self.rate else 0.0


def _prepare(program: Path, folder: Path) -> Path:
    """The program as the compiler prints it, in float form at least: an operation begins on a line of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{program.stem}.profiled.mlir"
    stages = [] if read_stage(program) else ["--lowbit-pipeline=from=import to=import"]
    run_tool("quant-opt", [program, *stages, "-o", target])
    return target


def _sample(compiled: CompiledFunction, seconds: float) -> Counter[int]:
    """How often each address was found, relative to where the library is loaded."""
    library = WORK / "sampler.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", str(_SOURCE), "-o", str(library)], check=True)
    sampler = ctypes.CDLL(str(library)).sample_calls
    sampler.restype = ctypes.c_long
    found = np.zeros(int(2e9 * _SLICE_SECONDS / _INTERVAL_NANOSECONDS), np.uint64)
    start, end = compiled.mapping()
    counts: Counter[int] = Counter()
    with Progress() as progress:
        bar = progress.add_task("sampling", total=seconds)
        for _ in range(round(seconds / _SLICE_SECONDS)):
            interval, size = ctypes.c_long(_INTERVAL_NANOSECONDS), ctypes.c_long(len(found))
            address = ctypes.c_void_p(found.ctypes.data)
            count = sampler(
                compiled.function, compiled.buffers, ctypes.c_double(_SLICE_SECONDS), interval, address, size
            )
            if count < 0:
                raise LowbitError("the system has no timer to sample with")
            counts.update(int(a) - start if start <= a < end else -1 for a in found[:count])
            progress.advance(bar, _SLICE_SECONDS)
    return counts


def _lines(library: Path, addresses: Sequence[int]) -> dict[int, int]:
    """The line of the program that each address comes from; 0 where there is none."""
    words = [_LLVM / "llvm-symbolizer", f"--obj={library}", "--output-style=JSON", "--relative-address"]
    text = "\n".join(hex(address) for address in addresses)
    answers = subprocess.run(words, input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    frames = [json.loads(answer)["Symbol"] for answer in answers if answer]
    return {a: symbol[0]["Line"] if symbol else 0 for a, symbol in zip(addresses, frames, strict=True)}


def _peak(mixture: Mixture) -> float:
    """What the instructions reach with operands in registers, in operations per second; 0 where it isn't known."""
    measure = peak_of(mixture)
    return max(measure() for _ in range(10)) if measure else 0.0


def _copy_rate(size: int) -> float:
    """Bytes per second, read and written, of a copy that touches `size` bytes."""
    half = max(size // 2, 64)
    copies, calls = time_copies(half), max(1, (1 << 20) // half)
    return 2 * half / min(copies(calls) for _ in range(20))


def _time(compiled: CompiledFunction, seconds: float) -> float:
    """Seconds of one call: the least of many turns."""
    timer = time_native(compiled.function, compiled.buffers)
    timer(1)
    calls = max(1, int(_TURN_SECONDS / timer(1)))
    return min(timer(calls) for _ in range(max(5, round(seconds / _TURN_SECONDS))))


def profile(
    program: Path,
    sample: np.ndarray | None,
    folder: Path,
    seconds: float,
    cpu: str = "native",
    *,
    fast_float: bool = False,
) -> tuple[list[Line], float]:
    """The operations that take time, in the program's order, and the microseconds of one call."""
    text = _prepare(program, folder)
    inputs = [sample] if sample is not None else None
    compiled = CompiledFunction(text, inputs, cpu, fast_float=fast_float, line_numbers=True)
    call = 1e6 * _time(compiled, seconds / 20)
    counts = _sample(compiled, seconds)
    lines = _lines(compiled.path, [address for address in counts if address >= 0])
    operations, samples = read_operations(text), Counter[Operation | None]()
    for address, count in counts.items():
        samples[owner(operations, lines[address]) if lines.get(address) else None] += count

    is_float = read_stage(text) == "import"
    idioms = {} if is_float else read_idioms(text, cpu)
    found = []
    for operation, merged in merge_fused(operations, samples):
        share = samples[operation] / samples.total()
        line = Line(merged, merged.name, merged.shapes, share * call, share)
        if merged.is_product:
            mixture = {compiled.float_idiom(): 1.0} if is_float else idioms.get(merged.product or merged.line, {})
            found.append(replace(line, instruction=describe(mixture), peak=_peak(mixture)))
        else:
            found.append(replace(line, copy=_copy_rate(merged.bytes)))
    share = samples[None] / samples.total()
    return [*found, Line(None, "calls of libc, and code of no line", "", share * call, share)], call


_COLUMNS = ("line", "operation", "shapes", "us", "of time", "GOP/s", "of peak", "GB/s", "of copy", "instruction")


def _cells(line: Line) -> tuple[str, ...]:
    def percent(share: float) -> str:
        return f"{100 * share:.1f} %" if share else ""

    is_product = line.rate > 0
    return (
        str(line.operation.line) if line.operation else "",
        line.name,
        line.shapes,
        f"{line.microseconds:.2f}",
        percent(line.share),
        f"{line.rate / 1e9:.0f}" if is_product else "",
        percent(line.of_peak),
        f"{line.bandwidth / 1e9:.1f}" if line.operation and not is_product else "",
        percent(line.of_copy),
        line.instruction,
    )


def _write(folder: Path, name: str, lines: Sequence[Line], call: float) -> None:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    rows = [_cells(line) for line in lines]
    values = ["\t".join(_COLUMNS), *("\t".join(row) for row in rows)]
    (folder / "profile.tsv").write_text("\n".join(values) + "\n")
    templates = FileSystemLoader(Path(__file__).with_name("templates"))
    environment = Environment(loader=templates, undefined=StrictUndefined, autoescape=True, trim_blocks=True)
    page = environment.get_template("profile.html.j2").render(
        name=name, call=call, lines=lines, rows=rows, columns=_COLUMNS, when=time.strftime("%Y-%m-%d %H:%M")
    )
    (folder / "profile.html").write_text(page)


def _find(what: str, is_float: bool) -> tuple[Path, np.ndarray | None, Path]:
    """The program, a sample for it, and a folder; a program by its path has random input."""
    for network in networks():
        if network.name == what:
            if not network.available():
                raise LowbitError(f"{what}: no model: LOWBIT_MODELS names the folder of the networks")
            programs = prepared(network, WORK / network.name)
            return programs.float if is_float else programs.quantized, network.test()[0][:1], programs.folder
    path = Path(what)
    if not path.is_file():
        raise LowbitError(
            f"{what}: neither a network nor a file; the networks are {', '.join(n.name for n in networks())}"
        )
    return path, None, WORK / path.stem


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", nargs="?", default="digits", help="digits, imagenet, ... or a program's .mlir file")
    parser.add_argument("--float", action="store_true", help="the float program of a network")
    parser.add_argument("--fast-float", action="store_true", help="with its products and sums of floats fused")
    parser.add_argument("--cpu", default="native", help="LLVM's name of a CPU whose code runs here")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to sample")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        program, sample, folder = _find(arguments.network, arguments.float)
        lines, call = profile(
            program, sample, folder, arguments.seconds, arguments.cpu, fast_float=arguments.fast_float
        )
    except LowbitError as error:
        print(f"benchmarks/profile: error: {error}", file=sys.stderr)
        return error.status
    form = (", float" if arguments.float else "") + (", fast float" if arguments.fast_float else "")
    title = f"{arguments.network}{form}, {arguments.cpu}: {call:.{1 if call >= 10 else 3}f} us a call"
    print_table(title, _COLUMNS, [_cells(line) for line in lines], width=230)
    _write(folder, title, lines, call)
    print(f"written: {folder}/profile.tsv, profile.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
