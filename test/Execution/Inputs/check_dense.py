"""Compares the outputs of examples/dense with NumPy's: check_dense.py DATA OUT [COUNT]."""

import sys

import numpy as np

WEIGHTS = np.array(
    [
        [0.9, -0.3, 0.5, 0.1],
        [-0.2, 0.8, 0.4, -0.6],
        [0.7, -0.1, -0.9, 0.2],
        [0.3, 0.6, -0.5, 0.4],
        [-0.8, 0.2, 0.1, 0.5],
        [0.4, -0.7, 0.3, 0.9],
        [-0.5, 0.1, 0.6, -0.2],
        [0.2, 0.4, -0.8, 0.3],
    ],
    np.float32,
)
BIAS = np.array([0.1, -0.2, 0.3, 0.0], np.float32)


def load(path: str, name: str) -> np.ndarray:
    arrays = np.load(path)
    return arrays if isinstance(arrays, np.ndarray) else arrays[name]


x = load(sys.argv[1], "x")
if len(sys.argv) > 3:
    x = x[: int(sys.argv[3])]
# One product after the other, as the compiled code adds them.
expected = np.broadcast_to(BIAS, (len(x), 4)).copy()
with np.errstate(all="ignore"):
    for k in range(8):
        expected += x[:, k : k + 1] * WEIGHTS[k]
expected = np.where(expected > 0, expected, np.where(np.isnan(expected), expected, np.float32(0)))
found = load(sys.argv[2], "y")
assert found.dtype == np.float32 and found.shape == expected.shape, (found.dtype, found.shape)
np.testing.assert_array_equal(found, expected)
print("same values")
