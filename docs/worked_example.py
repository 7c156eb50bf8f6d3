"""Writes the worked example of the README: one program, printed after each stage.

With `--check` nothing is written, and the exit status is 1 when the example isn't what the compiler prints.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from lowbit.tools import run_tool

SOURCE = Path(__file__).resolve().parent.parent
README = SOURCE / "README.md"
PROGRAM = SOURCE / "examples" / "dense" / "dense.mlir"
BEGIN, END = "<!-- worked example: begin -->\n", "<!-- worked example: end -->\n"

# The code of one CPU, so that the example is the same wherever it is made.
CPU = "cpu=znver4 triple=x86_64-unknown-linux-gnu"

# What each stage does to the program.
STAGES = {
    "import": "**import** finds the ReLU and brings the program into float form. This one is nearly there already; "
    "a network from a framework, with NCHW convolutions and long chains of generics, changes more.",
    "quantize": "**calibrate** has run it on samples and written the ranges of its tensors to a table. **quantize** "
    "puts casts around what the recipe asks for. The casts carry the scales in their types, and the program still "
    "computes with floats: it is the meaning of everything below.",
    "propagate": "**propagate** solves for one scale on every edge, and gives the bias the scale of its accumulator.",
    "fuse": "**fuse** makes each float op between casts one quantized op. Weights are integers now. No integer op "
    "reads the result, so that its exact sums are not rounded to 8 bits.",
    "lower": "**lower** writes out the arithmetic: an integer matrix product, the ReLU of its sums, their scales.",
    "codegen": "**codegen** packs, tiles and vectorizes. The end of it, for a CPU with AVX512-VNNI:",
}
# Lines shown of a long program: the last ones.
SHOWN = 40


def write_calibration(path: Path) -> None:
    """64 samples between -1 and 1, the same on every machine."""
    np.savez(path, x=(np.arange(64 * 8, dtype=np.float32).reshape(64, 8) * 37 % 101 - 50) / np.float32(50))


def fence(text: str) -> str:
    lines = text.strip().splitlines()
    if len(lines) > SHOWN:
        lines = [f"// ({len(lines) - SHOWN} lines before)", *lines[-SHOWN:]]
    return "\n".join(["```mlir", *lines, "```\n"])


def example() -> str:
    """The example as Markdown."""
    parts = [fence(PROGRAM.read_text())]
    with tempfile.TemporaryDirectory() as folder:
        data, table = Path(folder) / "calibration.npz", Path(folder) / "dense.calib"
        write_calibration(data)
        program, first = PROGRAM, "import"
        for stage, text in STAGES.items():
            if stage == "quantize":
                run_tool("quant-runner", ["calibrate", program, "--data", data, "-o", table])
            after = Path(folder) / f"dense.{stage}.mlir"
            options = f"from={first} to={stage} calibration={table} {CPU}"
            run_tool("quant-opt", [program, f"--lowbit-pipeline={options}", "-o", after])
            parts += [text, fence(after.read_text())]
            following = list(STAGES)[list(STAGES).index(stage) + 1 :]
            program, first = after, "calibrate" if stage == "import" else next(iter(following), "")
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="report a stale example instead of writing it")
    arguments = parser.parse_args()
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    fresh = before + BEGIN + "\n" + example() + "\n" + END + after
    if fresh == text:
        return 0
    if arguments.check:
        print("the README's worked example is stale: run docs/worked_example.py", file=sys.stderr)
        return 1
    README.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
