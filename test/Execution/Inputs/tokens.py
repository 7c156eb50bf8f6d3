"""Writes samples for `rows_of_table.mlir` to the folder named: `good.npz` with the first and the last row, and others
with a token outside of the table, in the second sample; the same for `slice_at.mlir`."""

import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
table = np.random.default_rng(0).standard_normal((2, 100, 256), np.float32)
tokens = np.arange(256, dtype=np.int64).reshape(2, 128) % 100
for name, token in (("good", 99), ("behind", 100), ("before", -1), ("far", 2**62)):
    tokens[1, 77] = token
    np.savez(folder / f"{name}.npz", tokens=tokens, table=table)

x = np.arange(128, dtype=np.float32).reshape(2, 64)
np.savez(folder / "slices.npz", x=x, start=np.array([0, 56]))
np.savez(folder / "slice-behind.npz", x=x, start=np.array([0, 57]))
