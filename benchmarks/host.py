"""What machine this is: for the heading of a table."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from types import ModuleType

import numpy as np
from native import find_peak, time_copies, time_reads
from networks import SOURCE

from lowbit.tools import find_tool

_INTERESTING = (
    "sse4_1",
    "avx2",
    "fma",
    "avx_vnni",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_int8",
    "asimddp",
    "i8mm",
)
# The register-only peaks of peak.c, and the flag without which one doesn't run.
_PEAKS = {
    "amx.tdpbssd": "amx_int8",
    "avx512.vpdpbusd": "avx512_vnni",
    "avxvnni.vpdpbusd": "avx_vnni",
    "avx2.vpxor": "avx2",
    "avx2.vpxor.x2": "avx2",
    "avx2.vpsignb": "avx2",
    "avx2.vpmaddubsw": "avx2",
    "avx2.vpmaddubsw.x2": "avx2",
    "avx2.vpmaddubsw.x4": "avx2",
    "avx2.vpmaddwd": "avx2",
    "float512.fma": "avx512f",
    "float512.mul_add": "avx512f",
    "float256.fma": "fma",
}
_MEGABYTE = 1 << 20


def _cpu() -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def identity() -> str:
    """The same on machines of one kind."""
    cpu = _cpu()
    return " ".join(cpu.get(key, "") for key in ("model name", "cpu family", "model", "stepping", "flags", "Features"))


def _caches() -> str:
    found = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {int(size.rstrip('K'))} KiB" if size.endswith("K") else f"L{level} {size}")
    return ", ".join(found)


def _commit() -> str:
    """Of the sources; pages that tables are written to don't count as changes."""

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", "-C", str(SOURCE), *words], capture_output=True, text=True, check=False)

    commit = git("describe", "--always", "--abbrev=10").stdout.strip()
    is_changed = git("diff", "--quiet", "HEAD", "--", ".", ":!docs").returncode == 1
    return f"{commit}{'-dirty' if is_changed else ''}" if commit else "unknown"


def _peaks(flags: set[str]) -> list[tuple[str, str]]:
    """What one core does with operands in registers: the best of a few short runs."""
    found = []
    for name, flag in _PEAKS.items():
        peak = find_peak(name)
        if flag in flags and peak:
            best = max(peak(200_000) for _ in range(20))
            found.append((f"peak of {name}", f"{best / 1e9:.0f} GOP/s"))
    return found


def _memory(size: int) -> str:
    """Speeds of a read and of a copy (both its sides counted) that touch `size` bytes."""
    data, times = np.ones(size, np.uint8), max(2, 4 * _MEGABYTE // size)
    reads, copies = time_reads(data.ctypes.data, size), time_copies(size // 2)
    read = min(reads(times) for _ in range(8))
    copy = min(copies(times) for _ in range(8))
    return f"read {size / read / 1e9:.0f} GB/s, copy {size / copy / 1e9:.0f} GB/s"


def describe(peers: list[ModuleType]) -> list[tuple[str, str]]:
    """Pairs of what and value; the speeds are measured now, on the core this process is pinned to."""
    cpu = _cpu()
    flags = set(cpu.get("flags", cpu.get("Features", "")).split())
    model = ", ".join(f"{key} {cpu[key]}" for key in ("cpu family", "model", "stepping") if key in cpu)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    compiler = subprocess.run([find_tool("quant-opt"), "--version"], capture_output=True, text=True, check=True).stdout
    llvm = next((line.strip() for line in compiler.splitlines() if "version" in line), "unknown")
    return [
        ("CPU", f"{cpu.get('model name', platform.machine())} ({model})"),
        ("features", ", ".join(name for name in _INTERESTING if name in flags)),
        ("caches", _caches()),
        ("clock", f"{float(cpu['cpu MHz']):.0f} MHz as the kernel says" if "cpu MHz" in cpu else "unknown"),
        ("cores, memory", f"{os.cpu_count()}, {pages / (1 << 30):.0f} GiB; one core is used"),
        *_peaks(flags),
        ("memory, 256 KiB", _memory(_MEGABYTE // 4)),
        ("memory, 8 MiB", _memory(8 * _MEGABYTE)),
        ("memory, 256 MiB", _memory(256 * _MEGABYTE)),
        ("system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
        ("Lowbit", f"{_commit()}, {llvm}"),
        *((peer.NAME, peer.version()) for peer in peers),
        ("NNCF", importlib.metadata.version("nncf")),
    ]
