"""Numbers that logs and snapshots hold: changing one of them is a change of format."""

from __future__ import annotations

from enum import IntEnum
from itertools import product

import pytest

from matching import layout as at
from matching.layout import (
    CommandKind,
    Control,
    EventKind,
    Instruction,
    Link,
    Prevention,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
)

CODES: dict[type[IntEnum], str] = {
    Side: "BUY SELL",
    TimeInForce: "GTC IOC FOK DAY GTD",
    Prevention: "NONE CANCEL_AGGRESSOR CANCEL_RESTING CANCEL_BOTH DECREMENT",
    TriggerSource: "NONE LAST MARK INDEX",
    TriggerWhen: "RISES FALLS",
    Link: "NONE OCO OTO OTOCO",
    State: "PRE_OPEN OPEN HALTED CLOSED EXPIRED",
    CommandKind: "- SUBMIT CANCEL AMEND CANCEL_ALL MASS_QUOTE",
    Control: "- SET_STATE SET_PRICE SET_BAND SET_BREAKER SET_HOLDING ADVANCE SET_REFERENCE",
    EventKind: "- ACCEPTED EXECUTED CANCELLED AMENDED REJECTED REDUCED REFILLED ACTIVATED PARKED"
    " UNCROSSED INDICATED STATE_CHANGED LIMIT_LOCKED PROTECTION_TRIPPED IMPLIED IMPLIED_LEG",
    Reason: "NONE UNKNOWN_COMMAND UNKNOWN_BOOK UNKNOWN_OWNER INVALID_TERMS INVALID_QTY INVALID_PRICE"
    " INVALID_DISPLAY INVALID_MINIMUM INVALID_EXPIRY INVALID_TRIGGER INVALID_LINK UNKNOWN_ORDER NOT_OPEN"
    " PRICE_BELOW_BAND PRICE_ABOVE_BAND REDUCE_ONLY_WOULD_INCREASE UNPROTECTED FROZEN NO_OPPOSITE"
    " POST_ONLY_WOULD_TRADE FOK_NOT_FILLABLE MINIMUM_NOT_FILLABLE TRIGGER_REACHED BOOK_FULL"
    + " -"
    * 15
    + " REQUESTED UNFILLED_REMAINDER ORDER_EXPIRED SELF_TRADE POSITION_REDUCED LINKED_ORDER PROTECTION"
    " OUTSIDE_BAND BOOK_EXPIRED REFUSED",
}
"""Names in the order of their numbers from 0 on; a number without a name is a dash."""

ROWS = ("COMMAND", "CONDITION", "EVENT", "ORDER", "DETAIL", "LEVEL", "PROTECTION")
NO_COLUMNS = {"ORDER_BOOK_SHIFT", "LEVEL_PENDING", "LEVEL_DORMANT", "LEVEL_QUEUED"} | {
    "LEVEL_MATCHING",
    "LEVEL_ENDED",
}


@pytest.mark.parametrize("codes", CODES, ids=lambda codes: codes.__name__)
def test_codes_are_what_stored_logs_mean_by_them(codes: type[IntEnum]) -> None:
    stored = {name: n for n, name in enumerate(CODES[codes].split()) if name != "-"}
    assert {one.name: int(one) for one in codes} == stored


def test_instructions_are_bits() -> None:
    names = [
        "POST_ONLY",
        "MARKET",
        "MARKET_TO_LIMIT",
        "REPRICE",
        "REDUCE_ONLY",
        "PROTECTED",
        "QUOTE",
    ]
    bits = {name: 1 << n for n, name in enumerate(names)}
    assert {one.name: int(one) for one in Instruction} == {"NONE": 0, **bits}


@pytest.mark.parametrize("prefix", ROWS)
def test_columns_of_a_row_are_numbered_without_gap_or_double(prefix: str) -> None:
    count = getattr(at, f"{prefix}_COLUMNS")
    columns = [
        value
        for name, value in vars(at).items()
        if name.startswith(f"{prefix}_") and name not in NO_COLUMNS | {f"{prefix}_COLUMNS"}
    ]
    assert sorted(columns) == list(range(count))


def test_columns_of_a_book_leave_the_room_that_their_series_take() -> None:
    """Some are the first of two, one a side, of three, a source, of eight, a bucket, or of four, a leg."""
    series = {"BOOK_RISES_ROOT": 3, "BOOK_FALLS_ROOT": 3, "BOOK_TRAILING_HEAD": 3}
    series |= {"BOOK_LEVEL_START": 2, "BOOK_BITMAP_START": 2, "BOOK_TOP_ORDER": 2}
    series |= {"BOOK_TRAILING_TAIL": 3, "BOOK_BUCKET_LOW_TICKS": 8, "BOOK_BUCKET_HIGH_TICKS": 8}
    series |= {"BOOK_LEG": 4, "BOOK_RATIO": 4, "BOOK_NEXT_CYCLE": 4}
    named = {
        name: value
        for name, value in vars(at).items()
        if name.startswith("BOOK_") and name != "BOOK_COLUMNS"
    }
    taken = [n + k for name, n in named.items() for k in range(series.get(name, 1))]
    assert sorted(taken) == list(range(len(taken)))
    assert len(taken) <= at.BOOK_COLUMNS < len(taken) + 8
    assert at.BOOK_COLUMNS % 8 == 0
    assert at.WINDOW_BUCKETS == 8
    assert len(TriggerSource) - 1 == 3


def test_terms_hold_all_that_an_order_says_apart() -> None:
    choices = (
        Side,
        TimeInForce,
        (0, 1, 127),
        Prevention,
        TriggerSource,
        TriggerWhen,
        (False, True),
    )
    packed = {}
    for side, tif, instructions, prevention, source, when, trailing in product(*choices):
        terms = at.pack_terms(
            side,
            tif,
            instructions,
            prevention=prevention,
            source=source,
            when=when,
            trailing=trailing,
        )
        packed[terms] = (side, tif, instructions, prevention, source, when, trailing)
        assert terms & ~at.TERMS_MASK == 0
        assert terms & 1 == side
        assert terms >> at.TIF_SHIFT & at.TIF_MASK == tif
        assert terms >> at.INSTRUCTION_SHIFT & 0xFF == instructions
        assert terms >> at.PREVENTION_SHIFT & at.PREVENTION_MASK == prevention
        assert terms >> at.SOURCE_SHIFT & at.SOURCE_MASK == source
        assert terms >> at.WHEN_SHIFT & 1 == when
        assert terms & at.TRAILING == (at.TRAILING if trailing else 0)
    assert len(packed) == 2 * 5 * 3 * 5 * 4 * 2 * 2


def test_marks_of_the_book_stand_beside_the_terms_and_the_book_number() -> None:
    marks = [value for name, value in vars(at).items() if name.startswith("MARK_")]
    assert len(marks) == len(set(marks)) == 5
    for mark in marks:
        assert mark & at.TERMS_MASK == 0
        assert mark < 1 << at.ORDER_BOOK_SHIFT
