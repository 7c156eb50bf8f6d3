"""write_kernel.py CALL FILE: writes the program of a kernel of benchmarks/kernels.py, movements.py or
narrow.py: `matmul(56, 64, 64, 0)`, `transpose(64, 48)`, `NarrowProduct(56, 64, 64, bits=4)`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
import kernels
import movements
import narrow

call, file = sys.argv[1:]
kernel = eval(call, {**vars(movements), **vars(kernels), "NarrowProduct": narrow.NarrowProduct})
Path(file).write_text((kernel.kernel() if isinstance(kernel, narrow.NarrowProduct) else kernel).program)
