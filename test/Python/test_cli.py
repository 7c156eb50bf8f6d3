"""The command line: what it passes to the tools, and how it fails."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lowbit import LowbitError, find_tool
from lowbit.cli import main
from lowbit.tools import next_stage, quote_option, read_stage

IMPORTED = 'module attributes {lowbit.stage = "import"} {\n  func.func @main() { return }\n}\n'


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins that write their arguments, one a line, to `called`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("quant-opt", "quant-runner"):
        tool = folder / name
        tool.write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" > {tmp_path}/called\nexit ${{STATUS:-0}}\n')
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("LOWBIT_BIN_DIR", str(folder))
    return tmp_path


def called(folder: Path) -> list[str]:
    return (folder / "called").read_text().splitlines()


def test_quantize_begins_after_the_last_stage(tools: Path) -> None:
    program, table = tools / "m.mlir", tools / "m.calib"
    program.write_text(IMPORTED)
    table.touch()
    assert main(["quantize", str(program), "--calibration", str(table), "-o", "q.mlir"]) == 0
    assert called(tools) == [
        "quant-opt",
        str(program),
        f"--lowbit-pipeline=from=calibrate to=fuse recipe=w8a8 calibration={table}",
        "-o",
        "q.mlir",
    ]


def test_quantize_without_a_table(tools: Path) -> None:
    program = tools / "m.mlir"
    program.write_text(IMPORTED)
    assert main(["quantize", str(program), "--recipe", "w8a8-dynamic", "-o", "q.mlir"]) == 0
    assert called(tools)[2] == "--lowbit-pipeline=from=calibrate to=fuse recipe=w8a8-dynamic"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sequential", "d.npz"], "--sequential needs --calibration"),
        (["--limit", "3"], "--map and --limit are for --sequential"),
    ],
)
def test_quantize_refuses_half_of_what_sequential_needs(
    tools: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    program = tools / "m.mlir"
    program.write_text(IMPORTED)
    assert main(["quantize", str(program), *words, "-o", "q.mlir"]) == 2
    assert message in capsys.readouterr().err


def test_quantize_refuses_a_quantized_program(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, table = tools / "m.mlir", tools / "m.calib"
    program.write_text(IMPORTED.replace("import", "fuse"))
    table.touch()
    assert main(["quantize", str(program), "--calibration", str(table), "-o", "q.mlir"]) == 1
    assert "already went through fuse" in capsys.readouterr().err


def test_calibrate_passes_the_tables_to_merge(tools: Path) -> None:
    words = ["calibrate", "m.mlir", "--data", "d.npz", "--merge", "a.calib", "--merge", "b.calib", "-o", "m.calib"]
    assert main(words) == 0
    assert called(tools) == ["quant-runner", *words]


def test_run_passes_data_and_machine(tools: Path) -> None:
    data = ["--data", "d.npz", "--map", "x=test_x", "--limit", "3"]
    words = ["run", "m.mlir", *data, "--cpu", "znver3", "--fast-float", "-o", "o.npz"]
    assert main(words) == 0
    assert called(tools) == ["quant-runner", *words]


def test_exit_status_is_the_tools(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "3")
    assert main(["explain", "m.mlir"]) == 3


def test_a_killed_tool_is_named(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tools / "bin" / "quant-opt").write_text("#!/bin/sh\nkill -SEGV $$\n")
    assert main(["explain", "m.mlir"]) == 70
    assert "quant-opt died of SIGSEGV" in capsys.readouterr().err


@pytest.mark.parametrize("alpha", ["-0.1", "1.5", "much", "nan"])
@pytest.mark.parametrize(
    "words", [["smooth", "m.mlir", "--moments", "m.moments", "--alpha"], ["explore", "m.mlir", "--smooth"]]
)
def test_an_exponent_is_from_0_to_1(words: list[str], alpha: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*words[:-1], f"{words[-1]}={alpha}", "-o", "o"])
    assert caught.value.code == 2
    assert f"expected a number from 0 to 1, but got '{alpha}'" in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_bad_limit_is_a_usage_error(limit: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", "m.mlir", "--data", "d.npz", f"--limit={limit}", "-o", "o.npz"])
    assert caught.value.code == 2


def test_a_missing_program_is_named(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quantize", "absent.mlir", "--calibration", "absent.calib", "-o", "q.mlir"]) == 1
    assert "absent.mlir: no such file" in capsys.readouterr().err


def test_a_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOWBIT_BIN_DIR", str(tmp_path))
    with pytest.raises(LowbitError, match="quant-opt is not in"):
        find_tool("quant-opt")


def test_stages(tmp_path: Path) -> None:
    program = tmp_path / "m.mlir"
    program.write_text("func.func @main() { return }\n")
    assert read_stage(program) is None
    assert next_stage(program) == "import"
    program.write_text(IMPORTED.replace("import", "codegen"))
    assert next_stage(program) is None
    program.write_text(IMPORTED.replace("import", "nowhere"))
    with pytest.raises(LowbitError, match=r"expected lowbit\.stage to be one of"):
        next_stage(program)


def test_quoting() -> None:
    assert quote_option("a/b.calib") == "a/b.calib"
    assert quote_option("a b.calib") == "'a b.calib'"
    with pytest.raises(LowbitError):
        quote_option("it's here")
