"""How many programs are tried, from which seed, and where those that fail are written."""

from __future__ import annotations

from pathlib import Path

import pytest

PROGRAM_SIZE = 8


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("differential")
    group.addoption("--cases", type=int, default=120, help="the number of random graphs")
    group.addoption("--seed", type=int, default=0, help="the seed of the first program")
    group.addoption("--keep", type=Path, default=Path("differential-failures"), help="the folder of shrunk failures")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--seed")
        count = -(-metafunc.config.getoption("--cases") // PROGRAM_SIZE)
        metafunc.parametrize("seed", range(first, first + count))


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Path:
    return request.config.getoption("--keep")
