"""The table of a contest: on the terminal, as tab-separated values, and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from contender import EIGHT_BITS
from report import print_table
from result import OURS, Entry, Row

_TEMPLATES = Path(__file__).with_name("templates")
_COLUMNS = ("work", "contender", "median_us", "least_us", "share_of_limit", "results", "measured_at", "note")


def _share(row: Row, entry: Entry) -> str:
    return f"{100 * row.share(entry):.1f} %" if row.limit_us and entry.form == EIGHT_BITS else ""


def _in_the_wide_table(row: Row, names: Sequence[str]) -> list[str]:
    """One line: the limit, microseconds of each one's 8 bits, of the best float, and what was asked."""
    ours, floating, peer = row.main(), row.best_peer("float"), row.best_peer(EIGHT_BITS)
    by_name = {entry.name: entry for entry in row.entries if entry.form == EIGHT_BITS}
    times = [f"{by_name[name].least_us:.1f}" if name in by_name else "" for name in names]
    return [
        row.work,
        f"{row.limit_us:.1f}" if row.limit_us else "",
        f"{ours.least_us:.1f}",
        _share(row, ours),
        *times,
        f"{floating.least_us:.1f}" if floating else "",
        f"{peer.least_us / ours.least_us:.2f}" if peer else "",
        "\n".join(f"{bar.asked} {bar.short}" for bar in row.bars),
        "\n".join(bar.measured for bar in row.bars),
        "\n".join("yes" if bar.held else "NO" for bar in row.bars),
    ]


def print_rows(rows: Sequence[Row], machine: Sequence[tuple[str, str]]) -> None:
    """The wide table, and beside whose results are not what they should be."""
    print_table("machine", ("what", ""), machine)
    names = list(dict.fromkeys(e.name for row in rows for e in row.entries if e.name != OURS))
    columns = ("microseconds, 8 bits", "limit", OURS, "of limit", *names, "best float", "best/ours")
    columns += ("asked", "measured", "held")
    print_table("Lowbit among other runtimes", columns, [_in_the_wide_table(row, names) for row in rows], width=200)
    wrong = [(row.work, e.title, e.quality) for row in rows for e in row.entries if e.is_off]
    if wrong:
        print_table("results off by more than one step", ("work", "contender", "results"), wrong)
    held = [bar.held for row in rows for bar in row.bars]
    print(f"{sum(held)} of {len(held)} bars hold")


def write_markdown(path: Path, name: str, rows: Sequence[Row], machine: Sequence[tuple[str, str]]) -> None:
    """Puts the bars, and the machine, between the marks of that name of a page."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, rest = path.read_text().split(begin)
    lines = [f"{what}: {value}" for what, value in machine]
    table = ["| work | microseconds | asked | measured | held |", "|---|---:|---|---:|---|"]
    for row in rows:
        for bar in row.bars:
            held = "yes" if bar.held else "**no**"
            table.append(
                f"| {row.work} | {row.main().least_us:.1f} | {bar.asked} {bar.what} | {bar.measured} | {held} |"
            )
    text = "\n".join(["", "```", *lines, "```", "", *table, "", ""])
    path.write_text(before + begin + text + end + rest.split(end)[1])


def write_values(path: Path, rows: Sequence[Row], machine: Sequence[tuple[str, str]]) -> None:
    """A line for every contender and every limit, below the machine as comments."""
    lines = [f"# {what}: {value}" for what, value in machine]
    lines.append("\t".join(_COLUMNS))
    for row in rows:
        if row.limit_us:
            lines.append("\t".join((row.work, row.limit, "", f"{row.limit_us:.3f}", "1", "", row.measured_at, "")))
        for e in row.entries:
            share = f"{row.share(e):.4f}" if row.limit_us and e.form == EIGHT_BITS else ""
            times = (f"{e.median_us:.3f}", f"{e.least_us:.3f}")
            lines.append("\t".join((row.work, e.title, *times, share, e.quality, row.measured_at, e.note)))
    lines.append("\t".join(("# work", "what", "asked", "measured", "held")))
    lines += [
        "\t".join((f"# {row.work}", bar.what, bar.asked, bar.measured, str(bar.held)))
        for row in rows
        for bar in row.bars
    ]
    path.write_text("\n".join(lines) + "\n")


def write_page(path: Path, rows: Sequence[Row], machine: Sequence[tuple[str, str]]) -> None:
    """One HTML file that needs no other and no script."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    bars = [bar for row in rows for bar in row.bars]
    groups = [(name, list(members)) for name, members in groupby(rows, key=lambda row: row.group)]
    text = environment.get_template("contest.html.j2").render(groups=groups, machine=machine, bars=bars, ours=OURS)
    path.write_text(text)
