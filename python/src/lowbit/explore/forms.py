"""The forms that weights can have: a width, and what shares a scale."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Form:
    """`width` bits of a weight, with one scale for each output channel or, unless `group` is 0, for each group of input
    channels."""

    width: int
    group: int = 0

    @staticmethod
    def parse(name: str) -> Form:
        """`8`, or `4-g16`: 4 bits in groups of 16. Raises `ValueError`."""
        match = re.fullmatch(r"(\d+)(?:-g(\d+))?", name)
        if not match:
            raise ValueError(f"expected a form of weights, but got '{name}'")
        return Form(int(match[1]), int(match[2] or 0))

    def __str__(self) -> str:
        return f"{self.width}-g{self.group}" if self.group else str(self.width)

    @property
    def bits(self) -> float:
        """Of a weight and its part of its group's multiplier: half a byte, and a byte where weights have 2 bits."""
        return self.width + ((4 if self.width >= 4 else 8) / self.group if self.group else 0)

    @property
    def settings(self) -> dict[str, str | int]:
        """What a rule of a recipe says that asks for it."""
        return {"weights": self.width} | ({"granularity": "group", "group": self.group} if self.group else {})

    def rule(self, pattern: str) -> str:
        """A rule in one line; `pattern` says for which ops it is: `name: "conv_1"`."""
        return "{" + ", ".join([pattern, *(f"{key}: {value}" for key, value in self.settings.items())]) + "}"


EIGHT_BITS = Form(8)
