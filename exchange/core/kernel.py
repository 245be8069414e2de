"""The compiled batch: each command is checked, matched, cleared and reported before the next."""

from __future__ import annotations

from typing import Any

from exchange.core.cancels import cancel, cancel_all
from exchange.core.clearing import compiler
from exchange.core.entry import amend, submit
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_KIND,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.core.translate import write_event
from matching.kernel import NEEDS_ROOM, has_room

Array = Any

_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_AMEND = int(CommandKind.AMEND)
_CANCEL_ALL = int(CommandKind.CANCEL_ALL)
_REJECTED = int(EventKind.REJECTED)
_UNKNOWN_COMMAND = int(Reason.UNKNOWN_COMMAND)


@compiler.kernel
def apply_batch(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    matched: Array,
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    commands: Array,
    events: Array,
) -> int:
    """Apply hot command rows in order; return the number of event rows, or NEEDS_ROOM.

    matched: scratch rows of the matching floor; both it and ``events`` hold 4 rows a command and one
    a live order.
    """
    number = commands.shape[0]
    if not has_room(orders, pool, min(matched.shape[0], events.shape[0]), number):
        return NEEDS_ROOM
    count = 0
    for command in range(number):
        kind = commands[command, COMMAND_KIND]
        if kind == _SUBMIT:
            count = submit(
                books,
                levels,
                bitmap,
                orders,
                pool,
                matched,
                instruments,
                accounts,
                positions,
                venue,
                commands,
                command,
                events,
                count,
            )
        elif kind == _CANCEL:
            count = cancel(
                books,
                levels,
                bitmap,
                orders,
                pool,
                matched,
                instruments,
                accounts,
                positions,
                venue,
                commands,
                command,
                events,
                count,
            )
        elif kind == _AMEND:
            count = amend(
                books,
                levels,
                bitmap,
                orders,
                pool,
                matched,
                instruments,
                accounts,
                positions,
                venue,
                commands,
                command,
                events,
                count,
            )
        elif kind == _CANCEL_ALL:
            count = cancel_all(
                books,
                levels,
                bitmap,
                orders,
                pool,
                matched,
                instruments,
                accounts,
                positions,
                venue,
                commands,
                command,
                events,
                count,
            )
        else:
            count = write_event(
                events,
                count,
                _REJECTED,
                commands[command, COMMAND_SEQ],
                commands[command, COMMAND_TS_NS],
                -1,
                commands[command, COMMAND_ACCOUNT],
                0,
                0,
                0,
                0,
                0,
                _UNKNOWN_COMMAND,
            )
    return count
