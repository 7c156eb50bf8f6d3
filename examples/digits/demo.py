"""From a trained network to exact 8-bit code, one command at a time; `./demo` runs it.

Every stage leaves its program in the folder, to be read, tested and run.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lowbit.tools import STAGES, find_tool, run_tool
from lowbit.weights import count_weight_bytes

EXAMPLE = Path(__file__).resolve().parent


@dataclass
class Demo:
    """The programs of the demo, in `folder`, and how long each stage took."""

    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def step(self, stage: str, *command: str) -> None:
        """Says and runs a command; its time is the stage's."""
        print(f"$ {shlex.join(command)}", flush=True)
        program = Path(sys.executable).parent / "lowbit" if command[0] == "lowbit" else find_tool(command[0])
        begin = time.monotonic()
        status = subprocess.run([str(program), *command[1:]], check=False).returncode
        if status:
            sys.exit(status)
        self.seconds[stage] = self.seconds.get(stage, 0) + time.monotonic() - begin


def build(demo: Demo) -> None:
    """Takes the network through every stage."""
    table = demo.file("m.calib")
    demo.step("import", "lowbit", "import", str(EXAMPLE / "model.onnx"), "-o", demo.file("m.mlir"))
    calibration = str(EXAMPLE / "calibration.npz")
    demo.step("calibrate", "lowbit", "calibrate", demo.file("m.mlir"), "--data", calibration, "-o", table)
    before = "m.mlir"
    for stage in STAGES[STAGES.index("quantize") : STAGES.index("fuse") + 1]:
        after = "m.q.mlir" if stage == "fuse" else f"m.{stage}.mlir"
        options = ("--calibration", table, "--recipe", "w8a8", "--to", stage)
        demo.step(stage, "lowbit", "quantize", demo.file(before), *options, "-o", demo.file(after))
        before = after
    for stage in ("lower", "codegen"):
        pipeline = f"--lowbit-pipeline=from={stage} to={stage}"
        demo.step(stage, "quant-opt", demo.file(before), pipeline, "-o", demo.file(f"m.{stage}.mlir"))
        before = f"m.{stage}.mlir"
    demo.step("machine code", "lowbit", "compile", demo.file(before), "-o", demo.file("m.q.so"))


def measure(demo: Demo) -> list[tuple[str, str, str, str]]:
    """A row for each program: its accuracy on the test images, bytes of weights, latency."""
    test = ("--data", str(EXAMPLE / "test.npz"))
    demo.step("run", "lowbit", "run", demo.file("m.q.so"), *test, "-o", demo.file("out.npz"))
    programs = (demo.file("m.mlir"), demo.file("m.q.mlir"))
    compared = json.loads(
        run_tool("quant-runner", ["compare", *programs, *test, "--labels", "y", "--json"], capture=True)
    )
    benched = json.loads(run_tool("quant-runner", ["bench", *programs, *test, "--limit", "64", "--json"], capture=True))
    rows = []
    for name, program, accuracy, timing in zip(
        ("float", "8 bits"), programs, compared["accuracy_percent"], benched["programs"], strict=True
    ):
        weights = count_weight_bytes(Path(program))
        rows.append((name, f"{accuracy:.2f} %", f"{weights:,}", f"{timing['median_us']:.1f} us"))
    return rows


def report(demo: Demo, rows: list[tuple[str, str, str, str]]) -> None:
    """Prints the two tables the demo ends with."""
    console = Console()
    stages = Table(title="time of each stage", title_justify="left")
    stages.add_column("stage")
    stages.add_column("seconds", justify="right")
    for stage, seconds in demo.seconds.items():
        stages.add_row(stage, f"{seconds:.2f}")
    console.print(stages)
    results = Table(title="digits, 2000 test images", title_justify="left")
    for column in ("", "accuracy", "bytes of weights", "latency"):
        results.add_column(column, justify="right" if column else "left", no_wrap=True)
    for row in rows:
        results.add_row(*row)
    console.print(results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/demo"), help="where the programs go")
    demo = Demo(parser.parse_args().folder)
    demo.folder.mkdir(parents=True, exist_ok=True)
    build(demo)
    report(demo, measure(demo))


if __name__ == "__main__":
    main()
