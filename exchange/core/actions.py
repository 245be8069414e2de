"""Actions: who asked for the commands that follow, by which call, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import MAX_TIME_NS, Row, event, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_OPERATOR = 64
MAX_REASON = 200
MAX_METHOD = 64
MAX_COMMANDS = 4096


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator did and why; the text of an ACTION command.

    operator, key: name and id of the operator's key. method, params: the call as it was made, its reason
    left out. holds: for each of the commands what it holds against the venue's own prints and marks
    until hold_until_ns, UTC nanoseconds (0: no longer); empty where nothing is held.
    """

    operator: str
    key: str
    method: str
    reason: str
    params: dict[str, Any] = {}
    holds: tuple[str, ...] = ()
    hold_until_ns: int = 0


def is_sound(action: Action, commands: int) -> bool:
    """Say whether an action of so many commands says who, what and why within the bounds."""
    return (
        1 <= len(action.operator) <= MAX_OPERATOR
        and 1 <= len(action.key) <= MAX_OPERATOR
        and 1 <= len(action.method) <= MAX_METHOD
        and 1 <= len(action.reason) <= MAX_REASON
        and action.reason.isprintable()
        and not action.reason.isspace()
        and 1 <= commands <= MAX_COMMANDS
        and len(action.holds) in (0, commands)
        and 0 <= action.hold_until_ns <= MAX_TIME_NS
    )


def take(_core: Core, row: Row, text: str) -> list[Row]:
    """Note that the QTY_LOTS commands behind this one are an operator's; they take effect by themselves."""
    commands = row[at.COMMAND_QTY_LOTS]
    try:
        action = msgspec.json.decode(text, type=Action)
    except (msgspec.DecodeError, RecursionError):
        return rejected(row, Reason.INVALID_SPEC)
    if not is_sound(action, commands):
        return rejected(row, Reason.INVALID_SPEC)
    return [event(row, EventKind.ACTION_TAKEN, qty_lots=commands)]
