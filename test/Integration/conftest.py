"""The networks, each taken through the compiler once a session."""

from __future__ import annotations

from pathlib import Path

import pytest
from networks import Network, Programs, networks, prepare

NETWORKS = {network.name: network for network in networks()}


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(params=NETWORKS, scope="session")
def network(request: pytest.FixtureRequest) -> Network:
    """A network; the tests of one whose files aren't here are skipped and say so."""
    found = NETWORKS[request.param]
    if not found.available():
        pytest.skip(f"{found.model} not found: LOWBIT_MODELS names the folder of the networks")
    return found


@pytest.fixture(scope="session")
def folder(network: Network, work: Path) -> Path:
    return work / network.name


@pytest.fixture(scope="session")
def programs(network: Network, folder: Path) -> Programs:
    return prepare(network, folder)
