"""The road can be left and entered between any two stages, and ends at the same code."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from networks import Network, Programs, run, save_samples

from lowbit.tools import STAGES, find_tool, next_stage, read_stage, run_tool


def advance(program: Path, to: str, table: Path) -> Path:
    """Takes a program to a stage, in one call."""
    output = program.parent / f"{program.stem}-{to}.mlir"
    options = f"from={next_stage(program)} to={to} recipe=w8a8 calibration={table} cpu=x86-64-v2"
    run_tool("quant-opt", [program, f"--lowbit-pipeline={options}", "-o", output])
    assert read_stage(output) == to
    return output


@pytest.fixture(scope="module")
def at_once(programs: Programs) -> str:
    """The code of the float program, made in one call."""
    return advance(programs.float, STAGES[-1], programs.table).read_text()


def test_one_stage_at_a_time(programs: Programs, at_once: str) -> None:
    program = programs.float
    for stage in STAGES[STAGES.index(next_stage(program)) :]:
        program = advance(program, stage, programs.table)
    assert program.read_text() == at_once


@pytest.mark.parametrize("stop", STAGES[1:-1])
def test_a_stop_anywhere(programs: Programs, stop: str, at_once: str) -> None:
    stopped = advance(programs.float, stop, programs.table)
    assert advance(stopped, STAGES[-1], programs.table).read_text() == at_once


def test_every_stage_runs(network: Network, programs: Programs, folder: Path) -> None:
    """From fuse on every form is the same program; before it the runner is asked for the float one."""
    data = save_samples(folder / "few.npz", network, network.test()[0][:4])
    forms = [advance(programs.quantized, stage, programs.table) for stage in ("lower", "codegen")]
    outputs = [run(form, data, "--cpu", "x86-64-v2") for form in (programs.quantized, *forms)]
    for first, second in itertools.pairwise(outputs):
        assert np.array_equal(first, second)


def test_no_loop_of_an_integer_op_is_scalar(programs: Programs) -> None:
    """The remark that reports unvectorized loops stays silent."""
    for cpu in ("x86-64-v2", "znver3", "znver4"):
        command = [str(find_tool("quant-opt")), str(programs.quantized), "-o", "/dev/null"]
        command.append(f"--lowbit-pipeline=from=lower to=codegen cpu={cpu}")
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "remark" not in result.stderr, result.stderr


def test_the_float_program_is_the_network(network: Network, programs: Programs) -> None:
    """The imported program gives what ONNX Runtime gives, up to the order of float sums."""
    import onnxruntime

    samples = network.test()[0][:8]
    session = onnxruntime.InferenceSession(str(network.model), providers=["CPUExecutionProvider"])
    expected = np.concatenate([session.run(None, {network.input: samples[i : i + 1]})[0] for i in range(len(samples))])
    found = run(programs.float, programs.data, "--limit", str(len(samples)))
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-4, atol=1e-4)
