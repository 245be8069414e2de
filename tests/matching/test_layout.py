"""Numbers that logs and snapshots hold: changing one of them is a change of format."""

from __future__ import annotations

from itertools import product

from matching import layout as at
from matching.layout import CommandKind, EventKind, Instruction, Reason, Side, TimeInForce


def test_codes_are_what_stored_logs_mean_by_them() -> None:
    assert [*map(int, Side)] == [0, 1]
    assert [*map(int, TimeInForce)] == [0, 1, 2]
    assert {one.name: int(one) for one in Instruction} == {"NONE": 0, "POST_ONLY": 1, "MARKET": 2}
    assert [*map(int, CommandKind)] == [1, 2, 3, 4]
    assert [*map(int, EventKind)] == [1, 2, 3, 4, 5]
    assert {one.name: int(one) for one in Reason} == {
        "NONE": 0,
        "UNKNOWN_BOOK": 1,
        "INVALID_TERMS": 3,
        "INVALID_QTY": 4,
        "INVALID_PRICE": 5,
        "UNKNOWN_ORDER": 6,
        "POST_ONLY_WOULD_TRADE": 7,
        "FOK_NOT_FILLABLE": 8,
        "BOOK_FULL": 9,
        "UNKNOWN_COMMAND": 10,
        "REQUESTED": 20,
        "UNFILLED_REMAINDER": 21,
    }


def test_columns_of_a_row_are_numbered_without_gap_or_double() -> None:
    for prefix in ("COMMAND", "EVENT", "ORDER", "LEVEL"):
        count = getattr(at, f"{prefix}_COLUMNS")
        skipped = {f"{prefix}_COLUMNS", "ORDER_BOOK_SHIFT"}
        columns = [
            value
            for name, value in vars(at).items()
            if name.startswith(f"{prefix}_") and name not in skipped
        ]
        assert sorted(columns) == list(range(count)), prefix


def test_terms_hold_side_time_in_force_and_instructions_apart() -> None:
    packed = {
        at.pack_terms(side, tif, instructions): (side, tif, instructions)
        for side, tif, instructions in product(Side, TimeInForce, range(4))
    }
    assert len(packed) == 24
    for terms, (side, tif, instructions) in packed.items():
        assert terms & 1 == side
        assert terms >> at.TIF_SHIFT & at.TIF_MASK == tif
        assert terms >> at.INSTRUCTION_SHIFT == instructions
        assert terms & ~at.TERMS_MASK == 0
