"""The bars that every network must reach, as `benchmarks/bars` prints them."""

from __future__ import annotations

from pathlib import Path

import accuracy
import exactness
import numpy as np
import pytest
import qdq
import speed
from machines import Machine, machines
from networks import Network, Programs
from report import Bar
from text_networks import TEXT_NETWORKS, TextNetwork


def assert_held(*bars: Bar) -> None:
    for bar in bars:
        if bar.held is None:
            pytest.skip(f"{bar.what}: {bar.measured}")
        assert bar.held, f"{bar.what}: asked {bar.asked}, measured {bar.measured}"


@pytest.fixture(scope="module")
def expected(network: Network, programs: Programs) -> tuple[Path, np.ndarray]:
    """What the reference interpreter makes of the samples."""
    return exactness.reference(network, programs)


def test_accuracy(network: Network, folder: Path) -> None:
    assert_held(*accuracy.measure(network, folder))


@pytest.mark.parametrize("text_network", TEXT_NETWORKS, ids=lambda network: network.name)
def test_accuracy_on_text(text_network: TextNetwork, work: Path) -> None:
    assert_held(*text_network.bars(work / text_network.name))


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_compiled_code_gives_the_bytes_of_the_reference(
    network: Network, programs: Programs, machine: Machine, expected: tuple[Path, np.ndarray]
) -> None:
    assert_held(exactness.compare(network, machine, programs, *expected))


def test_qdq_form_as_a_float_program(network: Network, folder: Path) -> None:
    assert_held(*qdq.measure(network, folder))


def test_8_bits_are_faster_than_float(network: Network, folder: Path) -> None:
    assert_held(*speed.measure(network, folder))
