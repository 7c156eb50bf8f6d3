"""Keeps this process from Intel's tile registers (AMX), so that every runtime in it multiplies with vectors.

Linux gives a process these registers only where it asks for them, with `arch_prctl`. A filter of system calls (seccomp)
refuses that, and the runtimes take what they have for machines without: one switch for all of them, whatever they are
built from.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA = 158, 0x1023, 18
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
# Of struct seccomp_data: the number of the call, the lower half of its first argument.
_NUMBER, _ARGUMENT = 0, 16
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def refuse_amx() -> None:
    """From now on, and for good. Raises OSError where the system does not allow it; nothing is to be refused on other
    processors than x86-64."""
    if platform.machine() != "x86_64":
        return
    # Each step: what to do, how many steps to pass over where equal and where not, the operand.
    steps = [
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_EQUAL, 0, 3, _ARCH_PRCTL),
        (_LOAD, 0, 0, _ARGUMENT),
        (_JUMP_IF_EQUAL, 0, 1, _REQUEST_PERMISSION),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    program = _Program(len(steps), b"".join(struct.pack("HBBI", *step) for step in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    for words in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*words):
            raise OSError(ctypes.get_errno(), f"refusing AMX: {os.strerror(ctypes.get_errno())}")


def grants_amx() -> bool:
    """Whether the system gives this process the tile registers, which asks for them."""
    if platform.machine() != "x86_64" or platform.system() != "Linux":
        return False
    words = (ctypes.c_long(word) for word in (_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA))
    return ctypes.CDLL(None).syscall(*words) == 0
