"""Event rows of cold commands: every column in its place."""

from __future__ import annotations

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import event, rejected


def command() -> list[int]:
    row = [0] * at.COMMAND_COLUMNS
    row[at.COMMAND_SEQ], row[at.COMMAND_TS_NS] = 7, 8
    row[at.COMMAND_ACCOUNT], row[at.COMMAND_INSTRUMENT] = 3, 4
    return row


def test_a_row_says_what_it_was_given_and_nothing_else() -> None:
    row = event(command(), EventKind.SETTLED, instrument=1, account=2, qty_lots=-5, micros=99)
    said = {column: value for column, value in enumerate(row) if value}
    assert said == {
        at.EVENT_KIND: EventKind.SETTLED,
        at.EVENT_SEQ: 7,
        at.EVENT_TS_NS: 8,
        at.EVENT_INSTRUMENT: 1,
        at.EVENT_ACCOUNT: 2,
        at.EVENT_QTY_LOTS: -5,
        at.EVENT_RESTING_ACCOUNT: -1,
        at.EVENT_RESTING_FEE_MICROS: 99,
    }
    assert len(row) == at.EVENT_COLUMNS


def test_a_refusal_names_the_command_s_account_instrument_and_reason() -> None:
    (row,) = rejected(command(), Reason.INVALID_AMOUNT)
    assert row[at.EVENT_KIND] == EventKind.REJECTED
    assert (row[at.EVENT_ACCOUNT], row[at.EVENT_INSTRUMENT]) == (3, 4)
    assert row[at.EVENT_TAG] == Reason.INVALID_AMOUNT
