"""quantize.py PROGRAM DATA: writes a program that quantizes in random scales, and as data floats around each step."""

import random
import sys
from pathlib import Path

import numpy as np

TYPES = (("i8", -128, 127), ("i16", -32768, 32767))
SCALES = 12


def around_steps(scale: np.float32, low: int, high: int) -> np.ndarray:
    """Five floats around what lies between two integers, for each of those."""
    middle = ((np.arange(low, high) + 0.5) * np.float64(scale)).astype(np.float32)
    up, down = np.float32(np.inf), np.float32(-np.inf)
    above, below = np.nextafter(middle, up), np.nextafter(middle, down)
    return np.concatenate([middle, above, below, np.nextafter(above, up), np.nextafter(below, down)])


def main() -> None:
    random.seed(1)
    special = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-38, -1e-45], np.float32)
    names, lines, results, data = [], [], [], {}
    for n in range(SCALES):
        element, low, high = TYPES[n % len(TYPES)]
        # Every third scale is a power of two.
        scale = np.float32(2.0 ** random.randint(-20, 8) if n % 3 == 0 else 10 ** random.uniform(-6, 3))
        zero = random.randint(low, high)
        x = np.concatenate([around_steps(scale, low - zero, high - zero), special])
        shape = f"{len(x)}x"
        q = f"tensor<{shape}!quant.uniform<{element}:f32, {float(scale)!r}:{zero}>>"
        data[f"x{n}"] = x
        names.append((f'%x{n}: tensor<{shape}f32> {{lowbit.name = "x{n}"}}', f"tensor<{shape}{element}>"))
        lines += [
            f"    %q{n} = lowbit.quantize %x{n} : tensor<{shape}f32> -> {q}",
            f"    %y{n} = quant.scast %q{n} : {q} to tensor<{shape}{element}>",
        ]
        results.append(f"%y{n}")
    arguments = ", ".join(argument for argument, _ in names)
    outputs = ", ".join(f'{type} {{lowbit.name = "y{n}"}}' for n, (_, type) in enumerate(names))
    text = [
        'module attributes {lowbit.stage = "fuse"} {',
        f"  func.func @main({arguments}) -> ({outputs}) {{",
        *lines,
        f"    return {', '.join(results)} : {', '.join(type for _, type in names)}",
        "  }",
        "}",
    ]
    Path(sys.argv[1]).write_text("\n".join(text) + "\n")
    np.savez(sys.argv[2], **data)


if __name__ == "__main__":
    main()
