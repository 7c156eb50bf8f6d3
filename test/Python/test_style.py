"""Every file of the project is as its formatter wants it: ruff for Python, clang-format for C and C++."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["lint", "format"])
def test_ruff_is_content(arguments: tuple[str, ...]) -> None:
    folders = ["python", "test", "benchmarks", "examples", "docs"]
    present = [folder for folder in folders if (SOURCE / folder).is_dir()]
    command = [sys.executable, "-m", "ruff", *arguments, "--config", "python/pyproject.toml", *present]
    result = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_clang_format_is_content() -> None:
    listed = ["git", "ls-files", "*.c", "*.cpp", "*.h"]
    files = subprocess.run(listed, cwd=SOURCE, capture_output=True, text=True, check=True).stdout.splitlines()
    assert files
    command = [Path(sys.executable).parent / "clang-format", "--dry-run", "--Werror", *files]
    result = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
