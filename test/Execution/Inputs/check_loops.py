"""Reads a disassembly and checks the innermost loops that multiply.

check_loops.py DOT [--at-least N] [--others N] [--without REGEX] < objdump.txt

Of the innermost loops that contain the instruction DOT (a regular expression), every one must be free of stack accesses
(spilled registers) and of scalar arithmetic; it may have `--others` further instructions at most that are no vector
instruction and no prefetch (counters, addresses and the branch), and none that `--without` matches. One of them must
have DOT `--at-least` times. Prints what it found.
"""

import argparse
import re
import sys

ADDRESS = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
# The frame pointer is a register like others.
STACK = re.compile(r"\(%rsp|\[sp\b")
# Arithmetic on one element: x86's packed forms end in p-something, its scalar ones in ss and sd; AArch64's scalar
# registers are s, d, h and b with a number.
SCALAR = re.compile(r"^v?(mul|add|sub|fmadd|fmsub|cvt|div|max|min|movd|movs|pinsr|pextr)\w*(ss|sd|[bwdq])$")
PACKED = re.compile(r"^v?(p|cvt\w*ps|cvt\w*dq$|\w+ps$)")
PREFETCH = re.compile(r"prefetch|prfm")
VECTOR_OPERAND = re.compile(r"%[xyzt]mm|\bv\d+\.|\bq\d+\b")


def instructions(lines):
    """(address, mnemonic, operands) of each line that has an instruction."""
    for line in lines:
        # A byte column is only there where the disassembler was not told to leave it away.
        if found := ADDRESS.match(line):
            yield int(found[1], 16), found[2], found[3]


def innermost_loops(code):
    """The bodies of the loops that have no loop inside: from the target of a backward branch to the branch."""
    loops = []
    for index, (address, mnemonic, operands) in enumerate(code):
        if not re.match(r"j|b\.|cb|tb", mnemonic):
            continue
        target = re.search(r"(?:0x)?([0-9a-f]+)\s*<", operands) or re.search(r"0x([0-9a-f]+)", operands)
        if target and int(target[1], 16) <= address:
            start = next((i for i, (at, _, _) in enumerate(code) if at == int(target[1], 16)), None)
            if start is not None:
                loops.append((start, index))
    return [
        code[start : end + 1]
        for start, end in loops
        if not any((start <= s and e < end) or (start < s and e <= end) for s, e in loops)
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dot")
    parser.add_argument("--at-least", type=int, default=1)
    parser.add_argument("--others", type=int, default=4)
    parser.add_argument("--without", default="(?!)")
    options = parser.parse_args()
    code = list(instructions(sys.stdin))
    loops = [loop for loop in innermost_loops(code) if any(re.fullmatch(options.dot, m) for _, m, _ in loop)]
    failures = [] if loops else ["no loop has " + options.dot]
    most = 0
    for loop in loops:
        dots = sum(bool(re.fullmatch(options.dot, m)) for _, m, _ in loop)
        spills = [f"{m} {o}" for _, m, o in loop if STACK.search(o)]
        scalars = [f"{m} {o}" for _, m, o in loop if SCALAR.match(m) and not PACKED.match(m)]
        others = [f"{m} {o}" for _, m, o in loop if not VECTOR_OPERAND.search(o) and not PREFETCH.match(m)]
        scalars = [text for text in scalars if VECTOR_OPERAND.search(text)]
        most = max(most, dots)
        print(f"loop of {len(loop)}: {dots} x {options.dot}, {len(spills)} spills, {len(scalars)} scalar", end="")
        print(f", {len(others)} others")
        failures += [f"spill: {text}" for text in spills] + [f"scalar: {text}" for text in scalars]
        failures += [f"unwanted: {m} {o}" for _, m, o in loop if re.fullmatch(options.without, m)]
        if len(others) > options.others:
            failures.append(f"{len(others)} instructions beside vector instructions: {'; '.join(others)}")
    if loops and most < options.at_least:
        failures.append(f"expected a loop with {options.at_least} x {options.dot}, but the most is {most}")
    print("\n".join(failures))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
