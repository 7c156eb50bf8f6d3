"""Sums of products in AVX2 code without VNNI: the 8-bit layers of a network against its float layers, of one compiler.

`benchmarks/profile` says where the time of each program goes; its products are compared, whatever else there is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kernel_contest import AVX2_CPU
from native import cpu_flags
from networks import WORK, networks, one_core
from networks import prepare as prepare_classifier
from op_profile import profile
from report import Bar, print_bars
from text_networks import TEXT_NETWORKS

# How many times as fast as in float the layers are asked to be.
LEAST_RATIOS = {"imagenet": 1.9, "ocr": 1.6}
_SECONDS = 5.0


def _programs(folder: Path) -> dict[str, tuple[Path, Path]]:
    """The float and the quantized program of each network whose files are here."""
    found = {}
    for network in networks():
        if network.name in LEAST_RATIOS and network.available():
            programs = prepare_classifier(network, folder / network.name)
            found[network.name] = (programs.float, programs.quantized)
    for network in TEXT_NETWORKS:
        if network.name in LEAST_RATIOS and network.available():
            found[network.name] = network.prepare(folder / network.name)
    return found


def _products(program: Path, folder: Path) -> float:
    """Microseconds of one call, on random input, in sums of products."""
    lines, _ = profile(program, None, folder, _SECONDS, AVX2_CPU)
    return sum(line.microseconds for line in lines if line.rate > 0)


def bars(folder: Path) -> list[Bar]:
    """On one core."""
    found = []
    programs = _programs(folder) if "avx2" in cpu_flags() else {}
    with one_core():
        for name, least in LEAST_RATIOS.items():
            what, asked = f"{name}, layers in AVX2 code", f">= {least:g} x float"
            if name not in programs:
                found.append(Bar(what, asked, "no model, or no AVX2", None))
                continue
            as_float, quantized = (_products(program, folder / name) for program in programs[name])
            ratio = as_float / quantized
            found.append(Bar(what, asked, f"{ratio:.2f} x ({as_float:.0f} us, {quantized:.0f} us)", ratio >= least))
    return found


if __name__ == "__main__":
    sys.exit(print_bars("8 bits against float, AVX2 without VNNI", bars(WORK / "avx2")))
