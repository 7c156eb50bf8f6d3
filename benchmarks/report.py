"""Tables of what was asked and what was measured."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

NOT_RUN = "not run"
# Columns of a table that doesn't go to a terminal.
FILE_WIDTH = 160


@dataclass(frozen=True)
class Bar:
    """One line of the report; `held` is None where this machine couldn't measure it."""

    what: str
    asked: str
    measured: str
    held: bool | None

    @property
    def verdict(self) -> str:
        return NOT_RUN if self.held is None else "yes" if self.held else "NO"


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, width: int = FILE_WIDTH) -> None:
    """Prints a table, whole even where the output is not a terminal."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else width).print(table)


def print_bars(title: str, bars: Sequence[Bar]) -> int:
    """Prints the bars; returns the exit status: 1 when one that was measured doesn't hold."""
    print_table(title, ("what", "asked", "measured", "held"), [(b.what, b.asked, b.measured, b.verdict) for b in bars])
    return int(any(bar.held is False for bar in bars))
