"""What was measured, as it is kept between runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contender import EIGHT_BITS, FLOAT

OURS = "Lowbit"


@dataclass(frozen=True)
class Entry:
    """One contender: microseconds of one call, and how its results fare."""

    name: str
    form: str
    median_us: float
    least_us: float
    quality: str
    note: str = ""
    # Whether integers are off by more than one step of the result's scale.
    is_off: bool = False

    @property
    def title(self) -> str:
        return f"{self.name}, {self.form}"


@dataclass(frozen=True)
class Asked:
    """A bar: what it is about (and in a word), what is asked, what was measured, and whether it holds."""

    what: str
    short: str
    asked: str
    measured: str
    held: bool


@dataclass(frozen=True)
class Row:
    """One piece of work. `limit_us` is what it would take at the core's limit, which `limit` names; 0 where there is
    none."""

    work: str
    group: str
    entries: list[Entry]
    limit: str = ""
    limit_us: float = 0.0
    operations: int = 0
    bars: list[Asked] = field(default_factory=list)
    measured_at: str = ""

    def ours(self, form: str = EIGHT_BITS) -> Entry | None:
        return next((entry for entry in self.entries if entry.name == OURS and entry.form == form), None)

    def main(self) -> Entry:
        """What the row is about: our 8 bits, or of several forms of ours the first."""
        return self.ours() or self.entries[0]

    def best_peer(self, *forms: str) -> Entry | None:
        """The fastest of the others, of any of the forms."""
        others = [
            entry for entry in self.entries if entry.name != OURS and entry.form in (forms or (EIGHT_BITS, FLOAT))
        ]
        return min(others, key=lambda entry: entry.least_us, default=None)

    @property
    def is_model(self) -> bool:
        return self.group == "whole models"

    def fastest_us(self) -> float:
        """Of everyone, the limit included."""
        limit = [self.limit_us] if self.limit_us else []
        return min([*limit, *(entry.least_us for entry in self.entries)])

    def share(self, entry: Entry) -> float:
        """Of the limit that an 8-bit entry reaches."""
        return self.limit_us / entry.least_us


def _row(found: dict) -> Row:
    entries, bars = [Entry(**entry) for entry in found["entries"]], [Asked(**bar) for bar in found["bars"]]
    return Row(**{**found, "entries": entries, "bars": bars})


def load(path: Path, machine: str) -> dict[str, Row]:
    """The rows of earlier runs on this machine by their work; none where there was no run."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text())
    return {row["work"]: _row(row) for row in found["rows"]} if found["machine"] == machine else {}


def save(path: Path, machine: str, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=1))
