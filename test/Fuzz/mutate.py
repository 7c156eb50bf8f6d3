"""Runs a tool on mutations of files that it accepts, and holds it to what it owes any input: success, or an error with
its place and a non-zero exit status. A signal, a hang or a silent failure is a defect.

The mutations are a function of the seed, the index and the files: truncations, flipped bits, and spans left out or
repeated.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 300
MEMORY_BYTES = 8 << 30


@dataclass(frozen=True)
class Outcome:
    """How the tool ended; `defect` says what is wrong with that, if anything is."""

    kind: str
    defect: str = ""
    output: str = ""


def mutate(content: bytes, rng: random.Random) -> bytes:
    """One mutation of `content`, seldom several."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if not data:
            break
        position = rng.randrange(len(data))
        length = rng.randrange(1, 64)
        kind = rng.random()
        if kind < 0.3:
            del data[position:]
        elif kind < 0.8:
            for _ in range(rng.choice((1, 1, 2, 8))):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif kind < 0.9:
            del data[position : position + length]
        else:
            data[position:position] = data[position : position + length]
    return bytes(data)


def limit_memory() -> None:
    """Makes a tool that asks for absurd amounts of memory fail at once."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command: list[str], path: Path) -> Outcome:
    """Runs the tool on the file at `path`."""
    arguments = [part.replace("{}", str(path)) for part in command]
    try:
        result = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_SECONDS,
            check=False,
            preexec_fn=limit_memory,
        )
    except subprocess.TimeoutExpired:
        return Outcome("hang", f"no end after {TIMEOUT_SECONDS} s")
    errors = result.stderr.decode(errors="replace")
    if result.returncode < 0:
        return Outcome("signal", signal.Signals(-result.returncode).name, errors)
    if result.returncode == 0:
        return Outcome("accepted")
    # An error names the file, or a place that the file itself names: bytecode carries the locations of its source.
    located = re.search(rf"{re.escape(path.name)}.*error:|error:.*{re.escape(path.name)}", errors)
    if located or (path.suffix == ".mlirbc" and re.search(r"\S:\d+(:\d+)?: error:", errors)):
        return Outcome("refused")
    return Outcome("unlocated", f"exit status {result.returncode} without an error and its place", errors)


def main() -> int:
    """Prints how many mutations ended how, and each defect; the exit status is 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, action="append", required=True, help="a file that the tool accepts")
    parser.add_argument("--count", type=int, required=True, help="how many mutations, in all")
    parser.add_argument("--first", type=int, default=0, help="the index of the first mutation, to repeat one")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="run only each Nth of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that show a defect")
    parser.add_argument("command", nargs="+", help="the tool; {} stands for the file")
    arguments = parser.parse_args()
    contents = [(path, path.read_bytes()) for path in arguments.input]
    indices = range(arguments.first, arguments.first + arguments.count, arguments.every)

    with tempfile.TemporaryDirectory() as folder:

        def check(index: int) -> tuple[int, Outcome]:
            origin, content = contents[index % len(contents)]
            path = Path(folder) / f"{index}{origin.suffix}"
            path.write_bytes(mutate(content, random.Random(f"{arguments.seed} {index}")))
            outcome = run(arguments.command, path)
            if outcome.defect and arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / path.name).write_bytes(path.read_bytes())
            path.unlink()
            return index, outcome

        unchanged = [run(arguments.command, path) for path in arguments.input]
        with ThreadPoolExecutor(os.cpu_count()) as executor:
            outcomes = list(executor.map(check, indices))

    defects = 0
    for path, outcome in zip(arguments.input, unchanged, strict=True):
        if outcome.kind != "accepted":
            defects += 1
            print(f"{path}: not accepted as it is: {outcome.kind} {outcome.defect}\n{outcome.output}", file=sys.stderr)
    for index, outcome in outcomes:
        if outcome.defect:
            defects += 1
            origin = contents[index % len(contents)][0]
            text = f"mutation {index} of {origin.name}: {outcome.kind}: {outcome.defect}\n{outcome.output[:2000]}"
            print(text, file=sys.stderr)
    counts = Counter(outcome.kind for _, outcome in outcomes)
    print(f"mutations: {len(outcomes)} of {arguments.count}")
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
