"""Compiled code against the reference interpreter, byte for byte, on random programs for every instruction set.

A program is a few random graphs (`grammar.py`) with inputs and outputs of their own. Where compiled code gives other
bytes than the interpreter, or can't be made, the graph is shrunk to the smallest that still fails and written to disk,
as `.mlir` with its inputs as `.npz` and the commands that show it.

    python -m pytest -c python/pyproject.toml test/Differential --cases=5000 --seed=1000
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from choices import Choices, shrink
from conftest import PROGRAM_SIZE
from float_sums import Sums, add_sum
from grammar import add_graph, add_integer_graph
from groups import add_contraction
from machines import Machine, machines
from programs import Program
from tiles import add_convolution_with_packed_rests, add_tiled_contraction

from lowbit import find_tool

# Compiled code for another machine than this is emulated and linked by a cross compiler: each program tries one of
# these, in turns.
HERE = [machine for machine in machines() if not machine.missing() and not machine.emulator]
ELSEWHERE = [machine for machine in machines() if not machine.missing() and machine.emulator]


@dataclass(frozen=True)
class Grammar:
    """What adds a random graph to a program that has been through `stage`."""

    stage: str
    add: Callable[[Program, Choices], None]


QUANTIZED = Grammar("fuse", add_graph)
INTEGERS = Grammar("fuse", add_integer_graph)
GROUPS = Grammar("lower", add_contraction)
TILES = Grammar("lower", add_tiled_contraction)
RESTS = Grammar("lower", add_convolution_with_packed_rests)


def build(grammar: Grammar, recordings: list[Choices]) -> Program:
    """The program of one graph for each of the choices."""
    program = Program(stage=grammar.stage)
    for choices in recordings:
        grammar.add(program, choices)
    return program


def write(program: Program, folder: Path) -> None:
    (folder / "program.mlir").write_text(program.text())
    np.savez(folder / "in.npz", **{f"in{number}": array for number, array in enumerate(program.inputs)})


def run(folder: Path, options: list[str]) -> dict[str, np.ndarray] | str:
    """The outputs by name, or what was said instead. A crash and a hang count as an error."""
    command = [find_tool("quant-runner"), "run", "program.mlir", "--data", "in.npz", "-o", "out.npz", *options]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        return "no end after 120 seconds"
    if result.returncode:
        return f"exit status {result.returncode}: {result.stderr}"
    with np.load(folder / "out.npz") as outputs:
        return dict(outputs)


def count_different(found: np.ndarray, expected: np.ndarray) -> int:
    """The elements whose bits differ; a NaN is like any other."""
    if found.dtype != np.float32:
        return int(np.count_nonzero(found != expected))
    both = np.isnan(found) & np.isnan(expected)
    return int(np.count_nonzero(~both & (found.view(np.uint32) != expected.view(np.uint32))))


def differ(program: Program, chosen: list[Machine], options: Sequence[str] = ()) -> tuple[Machine, str] | None:
    """The first machine whose compiled code differs from the interpreter, and how; or nothing. `options` are those of
    the compiler, beside the machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(program, folder)
        expected = run(folder, ["--reference"])
        for machine in chosen:
            found = run(folder, [*machine.options(), *options])
            if isinstance(expected, str) or isinstance(found, str):
                # What both refuse is no program of the dialect: the grammar makes none.
                return machine, f"the interpreter said {expected!s:.300}\n{machine.name} said {found!s:.300}"
            wrong = {output: count_different(found[output], expected[output]) for output in expected}
            if any(wrong.values()):
                return machine, f"{machine.name} gives other bytes: {wrong}"
    return None


def report(grammar: Grammar, recorded: list[int], machine: Machine, folder: Path, options: Sequence[str] = ()) -> str:
    """Shrinks a graph that fails, writes it to `folder` and says so."""

    def fails(candidate: list[int]) -> bool:
        return differ(build(grammar, [Choices(recorded=candidate)]), [machine], options) is not None

    program = build(grammar, [Choices(recorded=shrink(recorded, fails))])
    folder.mkdir(parents=True, exist_ok=True)
    write(program, folder)
    difference = differ(program, [machine], options)
    return (
        f"{difference[1] if difference else 'it comes and goes'}\n{program.text()}\nin {folder}; see\n"
        f"  quant-runner run program.mlir --data in.npz -o expected.npz --reference\n"
        f"  quant-runner run program.mlir --data in.npz -o found.npz {shlex.join([*machine.options(), *options])}"
    )


@pytest.mark.parametrize("grammar", [QUANTIZED, GROUPS], ids=["quantized", "groups"])
def test_random_programs(grammar: Grammar, seed: int, keep: Path) -> None:
    check(grammar, seed, keep, HERE + ([ELSEWHERE[seed % len(ELSEWHERE)]] if ELSEWHERE else []))


@pytest.mark.parametrize("threads", [1, 2])
def test_tiles_of_tile_registers(threads: int, seed: int, keep: Path) -> None:
    """Whatever tile is named, the sums are those of the contract: the model chooses few of those that there can be."""
    chosen = [machine for machine in HERE if machine.name == "AMX"]
    if not chosen:
        pytest.skip("this machine has no tile registers")
    check(TILES, seed, keep, chosen, ["--threads", str(threads)])


def test_packed_rests(seed: int, keep: Path) -> None:
    """Also where packing takes longer than it saves, which the model does not choose."""
    chosen = [machine for machine in HERE if machine.name == "AVX512-VNNI"]
    if not chosen:
        pytest.skip("this machine has no AVX512-VNNI")
    check(RESTS, seed, keep, chosen)


@pytest.mark.parametrize("grammar", [QUANTIZED, GROUPS], ids=["quantized", "groups"])
def test_any_number_of_threads(grammar: Grammar, seed: int) -> None:
    """Threads that share the loops of a program, and wait for each other where one reads what others write."""
    program = build(grammar, [Choices(seed=seed * PROGRAM_SIZE + number) for number in range(PROGRAM_SIZE)])
    difference = differ(program, [HERE[seed % len(HERE)]], ["--threads", str(2 + seed % 2)])
    assert not difference, f"{difference[1]}\n{program.text()}"


def check(grammar: Grammar, seed: int, keep: Path, chosen: list[Machine], options: Sequence[str] = ()) -> None:
    """Fails with the smallest graph that gives other bytes on one of the machines."""
    recordings = [Choices(seed=seed * PROGRAM_SIZE + number) for number in range(PROGRAM_SIZE)]
    program = build(grammar, recordings)
    difference = differ(program, chosen, options)
    if not difference:
        return
    machine, said = difference
    for number, choices in enumerate(recordings):
        if differ(build(grammar, [Choices(recorded=choices.drawn)]), [machine], options):
            pytest.fail(report(grammar, choices.drawn, machine, keep / f"{grammar.stage}-{seed}-{number}", options))
    pytest.fail(f"{said}, but none of its graphs alone does:\n{program.text()}")


def test_fast_float_changes_no_integer(seed: int) -> None:
    """Casts and ops of quantized type round as ever where products and sums of floats may be fused."""
    program = build(INTEGERS, [Choices(seed=seed * PROGRAM_SIZE + number) for number in range(PROGRAM_SIZE)])
    difference = differ(program, HERE + ([ELSEWHERE[seed % len(ELSEWHERE)]] if ELSEWHERE else []), ["--fast-float"])
    assert not difference, f"{difference[1]}\n{program.text()}"


def test_fast_float_is_near(seed: int) -> None:
    """Sums of floats that may be fused lie within the bound of rounding of what the interpreter gives."""
    sums = Sums()
    for number in range(PROGRAM_SIZE):
        add_sum(sums, Choices(seed=seed * PROGRAM_SIZE + number))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(sums.program, folder)
        expected = run(folder, ["--reference"])
        assert not isinstance(expected, str), expected
        outputs, found_other = list(expected), False
        for machine in HERE + ([ELSEWHERE[seed % len(ELSEWHERE)]] if ELSEWHERE else []):
            found = run(folder, [*machine.options(), "--fast-float"])
            assert not isinstance(found, str), found
            differing = sum(count_different(found[output], expected[output]) for output in outputs)
            # x86-64-v2 has no fused multiply-add: it gives the bytes of the contract.
            assert machine.cpu != "x86-64-v2" or not differing
            found_other |= differing > 0
            for number, output in enumerate(outputs[::2]):
                tolerance = sums.tolerance(number, expected[outputs[2 * number + 1]])
                error = np.abs(found[output].astype(np.float64) - expected[output])
                assert np.all(error <= tolerance), f"{machine.name}, {output}: {np.max(error / tolerance)}"
        assert found_other, "no machine fuses anything"


def test_shrinking_finds_the_smallest() -> None:
    """Numbers that don't matter go to their least value, those that do to the least that still fails."""
    choices = Choices(seed=1)
    for _ in range(6):
        choices.integer(5, 1000)
    kept = [*choices.drawn[:2], 700, *choices.drawn[3:]]
    assert shrink(kept, lambda recorded: len(recorded) > 2 and recorded[2] >= 37) == [0, 0, 37]
