"""The CPUs that code is tested for, and how this machine runs their code."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from without_amx import grants_amx

AARCH64_LIBRARIES = "/usr/aarch64-linux-gnu"


@dataclass(frozen=True)
class Machine:
    """A CPU by LLVM's name; `needs` are the flags in /proc/cpuinfo without which its code doesn't run here."""

    name: str
    cpu: str
    needs: frozenset[str] = frozenset()
    triple: str = ""
    features: str = ""
    emulator: str = ""

    def options(self) -> list[str]:
        """What to tell `lowbit run`."""
        words = ["--cpu", self.cpu]
        if self.triple:
            words += ["--triple", self.triple]
        if self.features:
            words += [f"--features={self.features}"]
        if self.emulator:
            words += ["--emulator", self.emulator]
        return words

    def missing(self) -> str:
        """What this machine lacks to run the code; empty where it lacks nothing."""
        if self.emulator:
            program = self.emulator.split()[0]
            return "" if shutil.which(program) else program
        lacking = self.needs - _flags()
        if not lacking and "amx_tile" in self.needs and not grants_amx():
            return "the system's permission to use amx_tile"
        return " ".join(sorted(lacking))


def _flags() -> frozenset[str]:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            return frozenset(line.split(":", 1)[1].split())
    return frozenset()


def machines() -> list[Machine]:
    """One machine for each instruction set, of no maker where there is a choice: the CPUs of one maker have extensions
    that those of the other lack. Where this one lacks AVX2, qemu has it; no qemu of today has AVX-512.
    """
    emulated = f"qemu-aarch64 -cpu max -L {AARCH64_LIBRARIES}"
    v2 = frozenset({"sse4_1", "sse4_2", "ssse3", "popcnt"})
    v3 = v2 | {"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"}
    v4 = v3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
    avx2 = Machine("AVX2", "x86-64-v3", v3)
    if avx2.missing():
        avx2 = Machine("AVX2 under qemu", "haswell", emulator="qemu-x86_64 -cpu max")
    return [
        Machine("SSE4.1", "x86-64-v2", v2),
        avx2,
        Machine("AVX-VNNI", "x86-64-v3", v3 | {"avx_vnni"}, features="+avxvnni"),
        Machine(
            "AVX512-VNNI",
            "x86-64-v4",
            v4 | {"avx512_vnni", "avx512vbmi"},
            features="+avx512vnni,+avx512vbmi",
        ),
        Machine(
            "AMX",
            "x86-64-v4",
            v4 | {"avx512_vnni", "avx512vbmi", "amx_tile", "amx_int8"},
            features="+avx512vnni,+avx512vbmi,+amx-tile,+amx-int8",
        ),
        Machine(
            "AArch64 NEON under qemu",
            "cortex-a72",
            triple="aarch64-linux-gnu",
            emulator=emulated,
        ),
        Machine(
            "AArch64 dotprod under qemu",
            "neoverse-n1",
            triple="aarch64-linux-gnu",
            emulator=emulated,
        ),
        Machine(
            "AArch64 i8mm under qemu",
            "neoverse-v1",
            triple="aarch64-linux-gnu",
            features="-sve",
            emulator=emulated,
        ),
    ]
