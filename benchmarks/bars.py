"""Every bar of the project, asked against measured, in one table."""

from __future__ import annotations

import sys

import accuracy
import compiling
import exactness
import memory
import qdq
import speed
import threads
from networks import WORK
from report import print_bars

if __name__ == "__main__":
    found = [bar for part in (accuracy, exactness, qdq, memory, speed, compiling, threads) for bar in part.bars(WORK)]
    sys.exit(print_bars("asked against measured", found))
