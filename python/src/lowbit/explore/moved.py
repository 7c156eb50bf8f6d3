"""Experiments on programs whose scales were moved between layers: each is calibrated by itself."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace

from lowbit.explore.calibration import calibrate
from lowbit.explore.trials import Workspace
from lowbit.scales import equalize, smooth


@dataclass(frozen=True)
class Moved:
    """How scales are moved: channels equalized, or activations smoothed with the exponent `alpha`."""

    alpha: float | None = None

    def __str__(self) -> str:
        return "equalized" if self.alpha is None else f"smoothed {self.alpha:g}"

    @property
    def folder(self) -> str:
        """Where its trials are, from the folder of the experiment."""
        return f"moved/{self}".replace(" ", "-")


def move_scales(workspace: Workspace, moved: Moved, executor: Executor, shards: int) -> Workspace:
    """An experiment on the program with moved scales, on the same samples; its outputs are compared with those of the
    program as it was."""
    folder = workspace.folder / moved.folder
    folder.mkdir(parents=True, exist_ok=True)
    other = replace(workspace, folder=folder, program=folder / "program.mlir")
    if not other.program.is_file():
        written = folder / "program.mlir.tmp"
        if moved.alpha is None:
            equalize(workspace.program, written)
        else:
            smooth(workspace.program, workspace.moments, moved.alpha, written)
        written.replace(other.program)
    if not other.float_outputs.exists():
        other.float_outputs.hardlink_to(workspace.float_outputs)
    calibrate(other, executor, shards)
    return other
