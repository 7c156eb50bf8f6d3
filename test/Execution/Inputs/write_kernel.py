"""write_kernel.py CALL FILE [ARRAYS]: writes the program of a kernel of benchmarks/kernels.py, movements.py or
narrow.py: `matmul(56, 64, 64, 0)`, `transpose(64, 48)`, `NarrowProduct(56, 64, 64, bits=4)`; and its inputs as .npz."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
import kernels
import movements
import narrow

call, file, *arrays = sys.argv[1:]
kernel = eval(call, {**vars(movements), **vars(kernels), "NarrowProduct": narrow.NarrowProduct})
kernel = kernel.kernel() if isinstance(kernel, narrow.NarrowProduct) else kernel
Path(file).write_text(kernel.program)
for path in arrays:
    np.savez(path, **{f"input{number}": array for number, array in enumerate(kernel.inputs)})
