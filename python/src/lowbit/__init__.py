"""Lowbit: a quantizing compiler for CPUs. This package is a thin face over `quant-opt` and `quant-runner`."""

from lowbit.tools import LowbitError, find_tool, run_tool

__version__ = "0.1.0"
__all__ = ["LowbitError", "__version__", "find_tool", "run_tool"]
