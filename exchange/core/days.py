"""The end of a day: a logged command, so that every follower ends it between the same two commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import Row, event, rejected
from marketdata.days import day_of

if TYPE_CHECKING:
    from exchange.core.core import Core


def roll(core: Core, row: Row, _text: str) -> list[Row]:
    """End the day QTY_LOTS, in days since 1970-01-01: trades of the one before can no longer be changed.

    Days end in their order, each once; the latest that may end is the one after the command's own in
    UTC, because a calendar east of it is ahead.
    """
    day = row[at.COMMAND_QTY_LOTS]
    latest = day_of(row[at.COMMAND_TS_NS]) + 1
    if not int(core.venue[at.VENUE_DAY]) < day <= latest:
        return rejected(row, Reason.INVALID_DAY)
    core.venue[at.VENUE_DAY] = day
    core.trades.end_day(int(core.venue[at.VENUE_TRADES]))
    return [event(row, EventKind.DAY_ROLLED, tag=day)]
