"""What a batch is like before any of it is applied: in sequence, and hot from end to end."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    COLD_COMMANDS,
    COMMAND_COLUMNS,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    CommandKind,
)
from matching.compiled import KernelCompiler, prefetch_item, rows_of

Array = Any

_SUBMIT = int(CommandKind.SUBMIT)
_COLD = int(COLD_COMMANDS)

HOT = 0
MIXED = 1
OUT_OF_SEQUENCE = 2

_LINE_ITEMS = 8
_LOOK_COMMANDS = 16
_rows_of_commands = rows_of("commands", COMMAND_COLUMNS)

compiler = KernelCompiler("exchange.core.sequence")


@compiler.kernel
def survey(commands: Array, seq: int, ts_ns: int) -> int:
    """Say what follows on a core's last command, at ``seq`` and ``ts_ns``, as a batch.

    HOT: hot commands alone, and no SUBMIT that names an order, which would say that its label is in use.
    MIXED: any others. OUT_OF_SEQUENCE: SEQ does not continue by ones, or TS_NS goes back.
    """
    rows = _rows_of_commands(commands)
    found = HOT
    for command in range(commands.shape[0]):
        # What the core reads next of a batch that has left the cache comes with what is read here.
        for column in range(0, COMMAND_COLUMNS, _LINE_ITEMS):
            prefetch_item(rows, (command + _LOOK_COMMANDS, column))
        seq += 1
        if rows[command, COMMAND_SEQ] != seq or rows[command, COMMAND_TS_NS] < ts_ns:
            return OUT_OF_SEQUENCE
        ts_ns = rows[command, COMMAND_TS_NS]
        kind = rows[command, COMMAND_KIND]
        if kind >= _COLD or (kind == _SUBMIT and rows[command, COMMAND_ORDER_ID] != 0):
            found = MIXED
    return found
