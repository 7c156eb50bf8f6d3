"""Runs every suite of the project and prints one table and one sum.

A suite is a command that leaves a JUnit report; what counts as a test is the runner's own word for it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
TOUCHED_PASS = Path("lib/Propagate/PropagateScales.cpp")


@dataclass(frozen=True)
class Suite:
    """A named command; `{report}` in it is the path of the JUnit report it writes."""

    name: str
    command: tuple[str, ...]

    def fill(self, report: Path) -> list[str]:
        return [part.replace("{report}", str(report)) for part in self.command]


@dataclass(frozen=True)
class Count:
    """How many tests ended how, and after how long."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.seconds + other.seconds,
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def suites(build: Path) -> list[Suite]:
    """Every suite, quickest first."""
    lit = (str(Path(sys.executable).parent / "lit"), "-sv", "--timeout=600", "--xunit-xml-output={report}")
    tests = str(build / "test")
    pytest = (sys.executable, "-m", "pytest", "-q", "--junitxml={report}", "-c", "python/pyproject.toml")
    return [
        Suite("unit", ("ctest", "--test-dir", str(build), "-j2", "--output-on-failure", "--output-junit", "{report}")),
        Suite("lit", (*lit, tests)),
        Suite("lit, as a plugin of mlir-opt", (*lit, "--param=driver=plugin", tests)),
        Suite("lit, --verify-roundtrip", (*lit, "--param=roundtrip=1", tests)),
        Suite("python", (*pytest, "test/Python")),
        Suite("differential", (*pytest, "test/Differential")),
        Suite("integration", (*pytest, "test/Integration")),
    ]


def count_report(report: Path) -> Count:
    """Reads a JUnit report: lit's, CTest's and pytest's agree on the elements of a test case."""
    total = Count()
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped") is not None or case.get("status") in {"disabled", "notrun"}
        failed = case.find("failure") is not None or case.find("error") is not None
        total += Count(not (failed or skipped), failed, skipped)
    return total


def run_suite(suite: Suite) -> Count:
    """Runs a suite. One that leaves no report, or fails without a failed test in it, counts as a failed test."""
    print(f"\n== {suite.name}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = subprocess.run(suite.fill(report), cwd=SOURCE, check=False).returncode
        seconds = time.monotonic() - begin
        try:
            count = count_report(report)
        except (OSError, ElementTree.ParseError) as error:
            print(f"{suite.name}: exit status {status} and no report: {error}", file=sys.stderr)
            return Count(failed=1, seconds=seconds)
    unreported = status != 0 and count.failed == 0
    return count + Count(failed=unreported, seconds=seconds)


def time_rebuild(build: Path) -> float | None:
    """How long a build takes after one pass has changed; the compiler cache is told to forget it."""
    touched = SOURCE / TOUCHED_PASS
    if not touched.exists():
        return None
    touched.touch()
    begin = time.monotonic()
    environment = os.environ | {"CCACHE_RECACHE": "1"}
    subprocess.run(["cmake", "--build", str(build), "--", "--quiet"], cwd=SOURCE, env=environment, check=True)
    return time.monotonic() - begin


def bare_machine(build: Path, tests: float) -> str:
    """What a bare machine takes: the steps of ./setup as they took when they had work, and the tests."""
    steps = ("system packages", "Python packages", "build")
    kept = build / "setup-times"
    lines = kept.read_text().splitlines() if kept.exists() else []
    seconds = {what: int(time) for what, _, time in (line.partition(":") for line in lines)}
    parts = [f"{step} {seconds[step]} s" if step in seconds else f"{step} were in place" for step in steps]
    return f"{', '.join(parts)}, tests {tests:.0f} s: {(sum(seconds.values()) + tests) / 60:.1f} minutes"


def main() -> int:
    """Runs the suites; the exit status is 1 when a test failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"), help="the build directory")
    parser.add_argument("--only", action="append", help="a suite to run, by its name; may be repeated")
    arguments = parser.parse_args()

    chosen = [suite for suite in suites(arguments.build) if not arguments.only or suite.name in arguments.only]
    # RUN lines name files without quotes.
    has_space = any(character.isspace() for character in str(SOURCE))
    if has_space:
        chosen = [suite for suite in chosen if not suite.name.startswith("lit")]
    counts = {suite.name: run_suite(suite) for suite in chosen}
    total = sum(counts.values(), Count())
    rebuild = time_rebuild(arguments.build)

    print()
    for name, count in counts.items():
        print(f"{name:<32} {count.seconds:6.0f} s  {count}")
    if has_space:
        print(f"the lit suites were left out: they can't run in a path with a space, {SOURCE}")
    if "LOWBIT_MODELS" not in os.environ:
        print("LOWBIT_MODELS is not set: the tests that need the real networks were skipped")
    if rebuild is not None:
        print(f"rebuild after a change to {TOUCHED_PASS}: {rebuild:.0f} s")
    print(f"from a bare machine: {bare_machine(arguments.build, total.seconds)}")
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
