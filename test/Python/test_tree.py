"""The tree is as CONTRIBUTING says: one name everywhere, files that fit a reader's head."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
LONGEST_FILE = 600


def passes() -> list[tuple[str, str]]:
    """The stage and the name of every pass."""
    found = []
    for file in sorted((SOURCE / "include" / "lowbit").glob("*/*Passes.td")):
        names = re.findall(r'^def \w+\s*: Pass<"lowbit-([\w-]+)"', file.read_text(), re.MULTILINE)
        found += [(file.parent.name, name) for name in names]
    return found


@pytest.mark.parametrize(("stage", "name"), passes(), ids=lambda part: part)
@pytest.mark.parametrize("suffix", ["", "-errors"])
def test_every_pass_has_a_test_and_an_errors_test(stage: str, name: str, suffix: str) -> None:
    file = SOURCE / "test" / stage / f"{name}{suffix}.mlir"
    assert file.exists()
    assert f"lowbit-{name}" in file.read_text()


@pytest.mark.parametrize(("stage", "name"), passes(), ids=lambda part: part)
def test_every_pass_has_a_file_of_its_name(stage: str, name: str) -> None:
    wanted = name.replace("-", "").lower()
    stems = {file.stem.lower() for file in (SOURCE / "lib" / stage).glob("*.cpp")}
    assert wanted in stems


@pytest.mark.parametrize(("stage", "name"), passes(), ids=lambda part: part)
def test_every_pass_that_changes_a_program_is_shown_before_and_after(stage: str, name: str) -> None:
    text = "".join(file.read_text() for file in (SOURCE / "include" / "lowbit" / stage).glob("*Passes.td"))
    described = text.split(f'"lowbit-{name}"', 1)[1].split("\ndef ", 1)[0]
    only_reads = re.search(r"the program is not\s+changed", described, re.IGNORECASE)
    assert only_reads or "```mlir" in described


def test_files_are_short() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=SOURCE, capture_output=True, text=True, check=True).stdout
    kinds = {".cpp", ".h", ".td", ".py", ".c"}
    files = [SOURCE / name for name in listed.splitlines() if Path(name).suffix in kinds]
    long = [str(file.relative_to(SOURCE)) for file in files if len(file.read_text().splitlines()) > LONGEST_FILE]
    assert not long
