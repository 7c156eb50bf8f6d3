"""Moments taken behind the layers that are quantized already, one layer after the other.

Weights are rounded by what they are multiplied with. In the float program that is not what the quantized program reads:
there every layer meets the errors of those before it. So the first contractions are rounded by the moments of what they
read, the next by those of what they read behind these, and so on, as in GPTQ (Frantar et al., 2023); what they should
give remains what the float program gives there (GPTAQ, Li et al., 2025).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lowbit.tools import next_stage, quote_option, run_tool


def measure_moments(
    program: Path,
    table: Path,
    recipe: str,
    data: Path,
    output: Path,
    *,
    moments: Path | None = None,
    words: Sequence[str] = (),
) -> None:
    """Writes the moments of all contractions of a float program as its quantized form reads them.

    `moments`, of the float program alone, round the weights whose own are not known yet; they are needed only where a
    rule of the recipe does not go without. `words` are further options of `quant-runner` about the data.
    """
    with tempfile.TemporaryDirectory(dir=output.parent) as name:
        folder = Path(name)
        quantized, known = folder / "quantized.mlir", folder / "known"
        is_first, is_complete = True, False
        while not is_complete:
            options = f"from={next_stage(program)} to=propagate recipe={quote_option(recipe)}"
            options += f" calibration={quote_option(table)}"
            if used := moments if is_first else known:
                options += f" moments={quote_option(used)}"
            # Remarks are the same in every round, and who quantizes with the moments sees them then.
            run_tool("quant-opt", [program, f"--lowbit-pipeline={options}", "-o", quantized], quiet=True)
            behind = () if is_first else ("--known", known)
            step = ("--ranges", table, "--through", quantized, *behind, "--moments", known)
            measured = run_tool("quant-runner", ["calibrate", program, "--data", data, *words, *step], capture=True)
            found = re.search(r"^contractions: (\d+) of (\d+)$", measured, re.MULTILINE)
            assert found, measured
            is_first, is_complete = False, found[1] == found[2]
        known.replace(output)
