"""A contest of small kernels with the one other runtime that is always installed: both compute the same thing."""

from __future__ import annotations

from pathlib import Path

import kernel_contest
import numpy as np
import pytest
from contender import EIGHT_BITS, FLOAT
from conversions import conversions
from kernels import Kernel, conv, depthwise, matmul
from native import cpu_flags, pair_halves, time_copies_within
from peers import ort

KERNELS = [
    matmul(5, 24, 36, 0.5, of_peer=0.001),
    conv(9, 8, 16, 0.5),
    conv(11, 3, 8, 0.5, kernel=5, stride=2),
    conv(12, 4, 8, 0.5, dilation=2),
    depthwise(10, 16, of_peer=0.001, of_float=0.001),
    *conversions(1000),
]


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_contest(kernel: Kernel, tmp_path: Path) -> None:
    steps = []
    row = kernel_contest.measure(kernel, [ort], tmp_path, 2, lambda: steps.append(1))
    assert len(steps) == 2
    # An error of 0 is what the conversion to float has.
    assert row.ours().quality in {"exact", "error at most 0"}
    peer = row.best_peer(EIGHT_BITS)
    assert peer.name == ort.NAME
    # Without VNNI it adds products in 16 bits, and saturates.
    if "avx512_vnni" in cpu_flags():
        assert not peer.is_off
    forms = [FLOAT] if kernel.layer.weights is not None else []
    assert [entry.form for entry in row.entries] == [EIGHT_BITS, EIGHT_BITS, *forms]
    assert all(0 < entry.least_us <= entry.median_us for entry in row.entries)
    if forms:
        # Floats round otherwise than integers, by a step at most.
        assert not row.best_peer(FLOAT).is_off
    if kernel.asked_of_peer:
        assert [bar.held for bar in row.bars if bar.short == "best 8 bits"] == [True]


@pytest.mark.parametrize("sizes", [(640, 640), (512, 512, 512), (100, 300, 50, 2), (4,)])
def test_copies_within_buffers_leave_them_as_they_were(sizes: tuple[int, ...]) -> None:
    buffers = [np.random.default_rng(size).normal(size=size).astype(np.float32) for size in sizes]
    expected = [buffer.copy() for buffer in buffers]
    assert time_copies_within(buffers)(3) > 0
    assert all(np.array_equal(buffer, values) for buffer, values in zip(buffers, expected, strict=True))


def test_copies_within_buffers_read_half_of_the_bytes_and_write_the_others() -> None:
    buffers = [np.zeros(size, np.uint8) for size in (100, 300, 50, 3)]
    addresses = [range(buffer.ctypes.data, buffer.ctypes.data + buffer.size) for buffer in buffers]
    every = [address for part in addresses for address in part]
    pieces = pair_halves(buffers)
    found = [
        [address for x in side for address in range(x.ctypes.data, x.ctypes.data + x.size)]
        for side in zip(*pieces, strict=True)
    ]
    assert found == [every[:226], every[226:452]]
