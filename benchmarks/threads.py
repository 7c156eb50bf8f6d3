"""Two threads against one, beside what the machine allows; and the same bytes with any number of threads."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from native import find_peak
from networks import WORK, Network, call, measure_json, measure_networks, prepare
from report import Bar, print_bars

from lowbit.tools import run_tool

# Networks with too little work for a second thread have no bar.
LEAST_RATIO = {"imagenet": 1.7}
# A machine that gives less to a loop on registers has no second core, or a busy one.
IDLE_RATIO = 1.9
THREADS = (1, 2, 3)
SAMPLES = "16"


def machine_ratio() -> float:
    """How much faster two cores run a loop on registers alone than one does: the best of a few turns."""
    loop, rounds = find_peak("avx2.vpmaddwd"), 20_000_000
    alone, both = [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            alone.append(loop(rounds))
            # ctypes releases the interpreter's lock around the call.
            both.append(sum(pool.map(loop, (rounds, rounds))))
    return max(both) / max(alone)


def _compile(network: Network, program: Path, threads: int) -> Path:
    library = program.with_name(f"threads{threads}.so")
    words = ["compile", program, "--threads", str(threads), "--name", network.name, "-o", library]
    run_tool("quant-runner", words, capture=True)
    return library


def measure(network: Network, folder: Path) -> list[Bar]:
    """Benches libraries for one and two threads in turns, and compares the outputs of all."""
    programs = prepare(network, folder)
    libraries = [_compile(network, programs.quantized, threads) for threads in THREADS]
    data = ("--data", programs.data, "--limit", SAMPLES)
    outputs = [library.with_suffix(".npz") for library in libraries]
    for library, output in zip(libraries, outputs, strict=True):
        call("run", library, *data, "-o", output)
    same = len({output.read_bytes() for output in outputs}) == 1
    counts = ", ".join(map(str, THREADS))
    found = [Bar(f"{network.name}, {counts} threads", "same bytes", "same bytes" if same else "bytes differ", same)]
    if network.name in LEAST_RATIO:
        least = LEAST_RATIO[network.name]
        # The shortest times: whatever else runs on the second core makes threads wait for each other.
        one, two = (program["min_us"] for program in measure_json("bench", *libraries[:2], *data)["programs"])
        ratio = one / two
        machine = machine_ratio()
        measured = f"{ratio:.2f} (registers alone: {machine:.2f})"
        what = f"{network.name}, two threads against one"
        found.append(Bar(what, f">= {least:.2f}", measured, ratio >= least if machine >= IDLE_RATIO else None))
    return found


def _asked(network: Network) -> str:
    return f">= {LEAST_RATIO[network.name]:.2f}" if network.name in LEAST_RATIO else "same bytes"


def bars(folder: Path) -> list[Bar]:
    return measure_networks(measure, _asked, folder)


if __name__ == "__main__":
    sys.exit(print_bars("threads", bars(WORK)))
