"""Runs the C program on the inputs of one archive and compares its outputs with those of another.

compare.py ./embed INPUT=DATA.npz OUTPUT=EXPECTED.npz
"""

import subprocess
import sys

import numpy as np


def read(argument: str) -> np.ndarray:
    name, _, path = argument.partition("=")
    return np.load(path)[name]


inputs, expected = read(sys.argv[2]), read(sys.argv[3])
found = subprocess.run([sys.argv[1]], input=inputs.tobytes(), stdout=subprocess.PIPE, check=True).stdout
if found != expected.tobytes():
    sys.exit("different bytes")
print("same bytes")
