"""Finds lit tests that can't fail, and passes that no test is named after.

FileCheck ignores a directive without its colon and exits with 0, and lit takes a file without a RUN line for one that
is not meant for it: a test that checks nothing looks like one that passes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

RUN = re.compile(r"(?<![-\w])RUN:\s*(.*)")
SUFFIX = r"(?:-(?:NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?"
PREFIXES = re.compile(r"--?check-prefix(?:es)?[= ]([\w,-]+)")
PASS = re.compile(r'def\s+\w+\s*:\s*(?:InterfacePass|Pass)<"([\w-]+)"')


def join_continued(lines: list[str]) -> Iterator[str]:
    """The RUN lines, each with the lines that a backslash at its end continues it on."""
    command = ""
    for line in lines:
        match = RUN.search(line)
        if not match:
            continue
        part = match.group(1).rstrip()
        if part.endswith("\\"):
            command += part[:-1] + " "
            continue
        yield command + part
        command = ""
    if command:
        yield command


def get_prefixes(command: str) -> set[str]:
    """The check prefixes of the FileCheck calls of a RUN line."""
    prefixes: set[str] = set()
    for call in command.split("|"):
        if not re.search(r"(?<![-\w/])FileCheck\b", call):
            continue
        named = {prefix for names in PREFIXES.findall(call) for prefix in names.split(",")}
        prefixes |= named or {"CHECK"}
    return prefixes


def reads_itself(command: str) -> bool:
    """Whether the test file is its own check file, and not another one."""
    return bool(re.search(r"FileCheck\s+(?:\S+\s+)*?(?:--?\S+\s+)*%s\b", command))


def lint_file(path: Path) -> Iterator[str]:
    """What is wrong with a test, one message a defect."""
    lines = path.read_text(errors="replace").splitlines()
    commands = list(join_continued(lines))
    if not commands:
        yield f"{path}: no RUN line"
        return
    prefixes = set().union(*(get_prefixes(command) for command in commands if reads_itself(command)))
    for prefix in sorted(prefixes):
        pattern = re.compile(rf"(?<![-\w]){re.escape(prefix)}{SUFFIX}:")
        if not any(pattern.search(line) and not RUN.search(line) for line in lines):
            yield f"{path}: FileCheck looks for '{prefix}', but no line has that directive"
    names = "|".join(sorted(map(re.escape, prefixes | {"CHECK"})))
    unfinished = re.compile(rf"^\s*(?://|#)?\s*((?:{names}){SUFFIX})(?![-\w]*:)(?:\s|$)")
    for number, line in enumerate(lines, 1):
        if match := unfinished.search(line):
            yield f"{path}:{number}: '{match.group(1)}' without its colon is ignored"
    # A test of another file may verify that it causes no diagnostic at all.
    verifies = any("-verify-diagnostics" in command and "%s" in command for command in commands)
    if verifies and not any("expected-" in line for line in lines):
        yield f"{path}: -verify-diagnostics, but no line expects a diagnostic"


def lint_passes(source: Path) -> Iterator[str]:
    """The passes that have no test, or no test of their errors, of their name."""
    for file in sorted(source.glob("include/lowbit/*/*Passes.td")):
        stage = file.parent.name
        for name in PASS.findall(file.read_text()):
            for test in (f"{name.removeprefix('lowbit-')}{suffix}.mlir" for suffix in ("", "-errors")):
                if not (source / "test" / stage / test).exists():
                    yield f"{file}: pass '{name}' has no test/{stage}/{test}"


def find_tests(folder: Path) -> Iterator[Path]:
    """The files that lit runs."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".mlir", ".test"} and "Inputs" not in path.relative_to(folder).parts:
            yield path


def main() -> int:
    """Prints every defect; the exit status is 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", type=Path, help="the folder of the tests")
    parser.add_argument("--passes", type=Path, help="the source tree whose passes must have tests")
    arguments = parser.parse_args()
    defects = [defect for path in find_tests(arguments.tests) for defect in lint_file(path)]
    if arguments.passes:
        defects += lint_passes(arguments.passes)
    for defect in defects:
        print(defect)
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
