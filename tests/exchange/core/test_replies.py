"""Event rows of cold commands: which integer stands where."""

from __future__ import annotations

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import event, rejected

COMMAND = list(range(100, 100 + at.COMMAND_COLUMNS))


def test_an_event_carries_the_command_s_stamps() -> None:
    row = event(
        COMMAND,
        EventKind.MARKED,
        instrument=3,
        account=4,
        price_ticks=5,
        qty_lots=6,
        tag=7,
        micros=8,
    )
    assert len(row) == at.EVENT_COLUMNS
    assert row[:7] == [EventKind.MARKED, 100, 101, 3, 4, 0, 0]
    assert row[7:12] == [5, 6, 0, 7, 0]
    assert row[12:] == [-1, 0, 0, 8]


def test_a_refusal_names_account_instrument_and_reason() -> None:
    (row,) = rejected(COMMAND, Reason.INVALID_SPEC)
    assert row[at.EVENT_KIND] == EventKind.REJECTED
    assert row[at.EVENT_ACCOUNT] == COMMAND[at.COMMAND_ACCOUNT]
    assert row[at.EVENT_INSTRUMENT] == COMMAND[at.COMMAND_INSTRUMENT]
    assert row[at.EVENT_TAG] == Reason.INVALID_SPEC
