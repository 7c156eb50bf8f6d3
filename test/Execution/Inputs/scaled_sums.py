"""scaled_sums.py PROGRAM DATA: writes a program of sums and differences of bytes in random scales, and as data every
pair of bytes."""

import random
import sys
from pathlib import Path

import numpy as np

SUMS = 24


def main() -> None:
    random.seed(1)
    pairs = np.arange(65536)
    # Scales that are powers of two, every third time, give many exact halves.
    types = [
        f"!quant.uniform<i8:f32, {2.0 ** -random.randint(1, 5) if n % 3 == 0 else random.uniform(0.02, 0.2):.7f}"
        f":{random.randint(-128, 127)}>"
        for n in range(3 * SUMS)
    ]
    lines, results = [], []
    for n in range(SUMS):
        a, b, y = (f"tensor<65536x{types[n + SUMS * k]}>" for k in range(3))
        lines += [
            f"    %a{n} = quant.scast %a : tensor<65536xi8> to {a}",
            f"    %b{n} = quant.scast %b : tensor<65536xi8> to {b}",
            f"    %q{n} = lowbit.{random.choice(('add', 'sub'))} %a{n}, %b{n} : {a}, {b} -> {y}",
            f"    %y{n} = quant.scast %q{n} : {y} to tensor<65536xi8>",
        ]
        results.append(f"%y{n}")
    outputs = ", ".join(["tensor<65536xi8>"] * SUMS)
    names = [f'tensor<65536xi8> {{lowbit.name = "y{n}"}}' for n in range(SUMS)]
    arguments = ", ".join(f'%{name}: tensor<65536xi8> {{lowbit.name = "{name}"}}' for name in "ab")
    text = [
        'module attributes {lowbit.stage = "fuse"} {',
        f"  func.func @main({arguments}) -> ({', '.join(names)}) {{",
        *lines,
        f"    return {', '.join(results)} : {outputs}",
        "  }",
        "}",
    ]
    Path(sys.argv[1]).write_text("\n".join(text) + "\n")
    np.savez(sys.argv[2], a=(pairs >> 8).astype(np.uint8).view(np.int8), b=(pairs & 255).astype(np.uint8).view(np.int8))


if __name__ == "__main__":
    main()
