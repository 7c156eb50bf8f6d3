"""Float programs that compute the same, up to rounding, with scales moved between layers: easier ones to quantize."""

from __future__ import annotations

from pathlib import Path

from lowbit.tools import quote_option, run_tool


def equalize(program: Path, output: Path) -> None:
    """Makes the largest weights on both sides of each channel equal."""
    run_tool("quant-opt", [program, "--lowbit-pipeline=to=import equalize=true", "-o", output])


def smooth(program: Path, moments: Path, alpha: float, output: Path) -> None:
    """Moves large activations into weights: `alpha` of it, by the moments of a calibration of the program."""
    step = f"lowbit-smooth-activations{{moments={quote_option(moments)} alpha={alpha}}}"
    pipeline = f"--pass-pipeline=builtin.module(lowbit-pipeline{{to=import}},{step})"
    run_tool("quant-opt", [program, pipeline, "-o", output])
