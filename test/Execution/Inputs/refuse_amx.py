"""Runs a command in a process that the system keeps from the tile registers: refuse_amx.py COMMAND..."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
from without_amx import refuse_amx

refuse_amx()
os.execvp(sys.argv[1], sys.argv[1:])
