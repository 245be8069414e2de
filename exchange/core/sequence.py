"""What a batch is like before any of it is applied: in sequence, and hot from end to end."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    COLD_COMMANDS,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    CommandKind,
)
from matching.compiled import KernelCompiler

Array = Any

_SUBMIT = int(CommandKind.SUBMIT)
_COLD = int(COLD_COMMANDS)

HOT = 0
MIXED = 1
OUT_OF_SEQUENCE = 2

compiler = KernelCompiler("exchange.core.sequence")


@compiler.kernel
def survey(commands: Array, seq: int, ts_ns: int) -> int:
    """Say what follows on a core's last command, at ``seq`` and ``ts_ns``, as a batch.

    HOT: hot commands alone, and no SUBMIT that names an order, which would say that its label is in use.
    MIXED: any others. OUT_OF_SEQUENCE: SEQ does not continue by ones, or TS_NS goes back.
    """
    found = HOT
    for command in range(commands.shape[0]):
        seq += 1
        if commands[command, COMMAND_SEQ] != seq or commands[command, COMMAND_TS_NS] < ts_ns:
            return OUT_OF_SEQUENCE
        ts_ns = commands[command, COMMAND_TS_NS]
        kind = commands[command, COMMAND_KIND]
        if kind >= _COLD or (kind == _SUBMIT and commands[command, COMMAND_ORDER_ID] != 0):
            found = MIXED
    return found
