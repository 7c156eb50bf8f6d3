"""write_kernel.py CALL FILE: writes the program of a kernel of benchmarks/kernels.py: `matmul(56, 64, 64, 0)`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
import kernels

call, file = sys.argv[1:]
Path(file).write_text(eval(call, vars(kernels)).program)
