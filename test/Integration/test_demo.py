"""`./demo` needs no file but those of the project, and ends with its table."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]


def test_the_demo_ends_with_its_table(tmp_path: Path) -> None:
    command = [sys.executable, str(SOURCE / "examples" / "digits" / "demo.py"), str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SOURCE)
    rows = re.findall(r"(float|8 bits)\W+([\d.]+) %\W+([\d,]+)\W+([\d.]+) us", result.stdout)
    (_, float_accuracy, float_bytes, _), (_, accuracy, quantized_bytes, _) = rows
    assert float(float_accuracy) >= 98.45
    assert float(accuracy) >= 98.40
    assert 3.5 * int(quantized_bytes.replace(",", "")) < int(float_bytes.replace(",", ""))
    for stage in ("import", "calibrate", "quantize", "propagate", "fuse", "lower", "codegen", "run"):
        assert re.search(rf"{stage}\W+\d+\.\d\d", result.stdout)
