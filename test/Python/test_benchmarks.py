"""What can be wrong in the benchmarks without anyone noticing: counts, turns, verdicts and what is written."""

from __future__ import annotations

from pathlib import Path

import forms
import pytest
import shares
import table
from contender import EIGHT_BITS, FLOAT, take_turns
from idioms import describe, mixture_of
from program_text import Operation, merge_fused, owner, read_operations
from result import OURS, Asked, Entry, Row, load, save

PROGRAM = """\
module attributes {lowbit.stage = "fuse"} {
  func.func @main(%x: tensor<1x8x8x4xf32>) -> tensor<1x10xf32> {
    %0 = lowbit.quantize %x : tensor<1x8x8x4xf32> -> tensor<1x8x8x4x!quant.uniform<i8:f32, 0.5:-128>>
    %cst = arith.constant dense_resource<w> : tensor<6x3x3x4xi8>
    %1 = lowbit.conv_2d %0, %w bias %b strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1] : tensor<1x8x8x4x!quant.uniform<i8:f32, 0.5:-128>>, tensor<6x3x3x4x!quant.uniform<i8<-127:127>:f32:0, {0.1,0.2,0.3,0.4,0.5,0.6}>>, tensor<6xi32> -> tensor<1x8x8x6x!quant.uniform<i8:f32, 0.25:3>>
    %2 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} ins(%a, %f : tensor<1x4x10x10xf32>, tensor<6x4x3x3xf32>) outs(%i : tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
    %3 = linalg.generic {indexing_maps = [#map, #map]} ins(%2 : tensor<1x6x8x8xf32>) outs(%e : tensor<1x6x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %7 = arith.maximumf %in, %zero : f32
      linalg.yield %7 : f32
    } -> tensor<1x6x8x8xf32>
    return %3 : tensor<1x6x8x8xf32>
  }
}
"""  # noqa: E501


@pytest.fixture
def operations(tmp_path: Path) -> dict[int, Operation]:
    path = tmp_path / "program.mlir"
    path.write_text(PROGRAM)
    return {operation.line: operation for operation in read_operations(path)}


def test_shares_weigh_a_product_by_its_operations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "m.mlir"
    monkeypatch.setattr(shares, "run_tool", lambda _, words: Path(words[-1]).write_text(PROGRAM))
    monkeypatch.setattr(shares, "read_idioms", lambda _, cpu: {5: {"avx2.vpsignb": 0.25, "avx2.vpmaddubsw.x2": 0.75}})
    found = shares.shares(program, tmp_path)
    quantized, floating = 2 * 6 * 64 * 36, 2 * 6 * 64 * 36
    assert list(found) == ["none", "avx2.vpmaddubsw.x2", "avx2.vpsignb"]
    assert found["avx2.vpmaddubsw.x2"] == pytest.approx(0.75 * quantized / (quantized + floating))


def test_operations_of_a_quantized_convolution(operations: dict[int, Operation]) -> None:
    assert operations[5].name == "lowbit.conv_2d"
    assert operations[5].operations == 2 * (8 * 8 * 6) * (3 * 3 * 4)
    assert operations[5].bytes == 8 * 8 * 4 + 6 * 3 * 3 * 4 + 6 * 4 + 8 * 8 * 6


def test_operations_of_a_float_convolution(operations: dict[int, Operation]) -> None:
    assert operations[6].operations == 2 * (8 * 8 * 6) * (3 * 3 * 4)
    assert operations[6].bytes == 4 * (4 * 10 * 10 + 6 * 4 * 3 * 3 + 6 * 8 * 8)


def test_what_converts_has_bytes_and_no_operations(operations: dict[int, Operation]) -> None:
    assert (operations[3].operations, operations[3].bytes) == (0, 8 * 8 * 4 * (4 + 1))


def test_lines_of_a_region_belong_to_its_operation(operations: dict[int, Operation]) -> None:
    found = list(operations.values())
    assert [owner(found, line).line for line in (7, 9, 11)] == [7, 7, 7]
    assert operations[7].shapes == "1x6x8x8 -> 1x6x8x8"
    assert owner(found, 2) is None


def test_a_product_without_a_line_belongs_to_what_it_was_fused_into(operations: dict[int, Operation]) -> None:
    sampled = {operations[3], operations[5], operations[7]}
    merged = dict(merge_fused(list(operations.values()), sampled))
    assert set(merged) == sampled
    assert merged[operations[5]] == operations[5]
    assert merged[operations[7]].name == "linalg.conv_2d_nchw_fchw + linalg.generic"
    assert merged[operations[7]].shapes == "1x4x10x10 -> 1x6x8x8"
    assert merged[operations[7]].operations == operations[6].operations


def test_turns_are_taken_in_order() -> None:
    order: list[str] = []

    def timer(name: str, seconds: float):
        return lambda calls: order.append(f"{name}{calls}") or seconds

    times = take_turns([timer("a", 1e-3), timer("b", 1e-4)], 2, lambda: order.append("|"))
    assert order[4:] == ["a1", "a2", "b1", "b20", "|"] * 2
    assert [time.least for time in times] == [1e-3, 1e-4]


def make_row() -> Row:
    entries = [
        Entry(OURS, EIGHT_BITS, 11.0, 10.0, "exact"),
        Entry("Fast & wrong", EIGHT_BITS, 9.0, 8.0, "9.000 % differ, by up to 40", is_off=True),
        Entry("Slow", FLOAT, 90.0, 80.0, "exact"),
    ]
    bars = [Asked("as fast as the best", "best", ">= 1 x", "0.80 x", False), Asked("of it", "of it", "1", "1", True)]
    return Row("matmul", "kernels", entries, "peak", 9.0, 1000, bars, "2026-01-01 00:00")


def test_the_best_peer_is_never_ours() -> None:
    row = make_row()
    assert row.best_peer().name == row.best_peer(EIGHT_BITS).name == "Fast & wrong"
    assert row.best_peer(FLOAT).name == "Slow"
    assert row.share(row.ours()) == pytest.approx(0.9)
    assert row.fastest_us() == 8.0


def make_forms() -> Row:
    entries = [
        Entry(OURS, "float", 50.0, 40.0, "as expected"),
        Entry(OURS, "w8", 20.0, 10.0, "as expected"),
        Entry(OURS, "w4", 20.0, 8.0, "wrong", is_off=True),
        Entry(OURS, "w2", 60.0, 50.0, "as expected"),
    ]
    return Row("matmul", "forms", entries)


def test_forms_are_compared_with_the_first() -> None:
    row = make_forms()
    row.bars.extend(forms.compare_times(row, [3.0, 2.0, 0.0]))
    assert row.main() is row.entries[0]
    # Wrong results hold nothing, however fast; of the last form nothing is asked.
    assert [(bar.short, bar.asked, bar.measured, bar.held) for bar in row.bars] == [
        ("w8", ">= 3 x", "4.00 x", True),
        ("w4", ">= 2 x", "5.00 x", False),
    ]
    lines = forms.bars(row)
    assert [line.held for line in lines] == [True, True, False, True]
    assert lines[2].measured == "5.00 x (8.0 us), WRONG"
    assert (lines[3].asked, lines[3].measured) == ("", "0.80 x (50.0 us)")


def test_rows_are_kept_for_the_same_machine_only(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "rows.json"
    assert load(path, "this") == {}
    save(path, "this", [make_row()])
    assert load(path, "this") == {"matmul": make_row()}
    assert load(path, "another") == {}


def test_written_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = [("CPU", "a <fast> one")]
    table.print_rows([make_row()], machine)
    printed = capsys.readouterr().out
    assert "1 of 2 bars hold" in printed
    assert "results off by more than one step" in printed

    table.write_values(tmp_path / "rows.tsv", [make_row()], machine)
    lines = [line.split("\t") for line in (tmp_path / "rows.tsv").read_text().splitlines() if not line.startswith("#")]
    assert {len(line) for line in lines} == {8}
    assert lines[1][:4] == ["matmul", "peak", "", "9.000"]
    assert lines[2][:5] == ["matmul", "Lowbit, 8 bits", "11.000", "10.000", "0.9000"]

    table.write_page(tmp_path / "rows.html", [make_row()], machine)
    page = (tmp_path / "rows.html").read_text()
    assert "a &lt;fast&gt; one" in page
    assert "results: 9.000 % differ, by up to 40" in page
    assert "<script" not in page


def test_the_table_of_the_docs_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- contest: begin -->\nold\n<!-- contest: end -->\nafter\n")
    table.write_markdown(page, "contest", [make_row()], [("CPU", "x")])
    once = page.read_text()
    assert "old" not in once
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "| matmul | 10.0 | >= 1 x as fast as the best | 0.80 x | **no** |" in once
    table.write_markdown(page, "contest", [make_row()], [("CPU", "x")])
    assert page.read_text() == once


def test_shares_of_the_instructions_of_a_product() -> None:
    # Three panels; a sum of the first instruction is of two groups.
    names, counts = '"avx2.vpmaddubsw.x2", "avx2.vpsignb"', "[[4, 2], [3, 4], [5, 0]]"
    assert mixture_of(names, counts) == pytest.approx({"avx2.vpmaddubsw.x2": 0.8, "avx2.vpsignb": 0.2})
    assert mixture_of('"avx2.vpsignb"', "7") == {"avx2.vpsignb": 1.0}
    assert describe({"avx2.a.x2": 0.8, "avx2.b": 0.2}) == "avx2: 80 % a.x2, 20 % b"
    assert describe({"avx2.a": 1.0}) == "avx2.a"
