"""Postings of single event rows, by hand."""

from __future__ import annotations

from exchange.core import layout as at
from exchange.core.layout import EventKind
from exchange.statements.postings import KINDS, PostingKind, changes
from tests.exchange.core.lab import USD

TICK = 7_300_000


def row(kind: int, **columns: int) -> list[int]:
    """An event row; columns by their names in the layout, in lower case."""
    found = [0] * at.EVENT_COLUMNS
    found[at.EVENT_KIND] = kind
    found[at.EVENT_ACCOUNT], found[at.EVENT_RESTING_ACCOUNT] = 4, 9
    for name, number in columns.items():
        found[getattr(at, f"EVENT_{name.upper()}")] = number
    return found


def posted(kind: int, **columns: int) -> list[tuple[int, PostingKind, int]]:
    """(account, kind, amount) of each change."""
    found = changes(row(kind, **columns), [TICK])
    return [(each.account, each.kind, each.amount_micros) for each in found]


def test_a_trade_costs_both_sides_their_fees() -> None:
    for kind in (EventKind.EXECUTED, EventKind.UNCROSSED, EventKind.BLOCK_TRADED):
        assert posted(kind, fee_micros=5, resting_fee_micros=2, qty_lots=9) == [
            (4, PostingKind.FEE, -5),
            (9, PostingKind.FEE, -2),
        ]


def test_cash_comes_goes_and_moves() -> None:
    kind = EventKind.TRANSFERRED
    assert posted(kind, resting_fee_micros=7) == [(4, PostingKind.DEPOSIT, 7)]
    assert posted(kind, resting_fee_micros=-7) == [(4, PostingKind.WITHDRAWAL, -7)]
    assert posted(EventKind.CASH_MOVED, resting_fee_micros=7) == [
        (4, PostingKind.MOVE, -7),
        (9, PostingKind.MOVE, 7),
    ]


def test_a_bust_takes_the_gain_since_the_trade_back() -> None:
    # Bought at 302, now marked at 310: eight ticks on ten lots go from the buyer to the seller.
    terms = {"price_ticks": 302, "leaves_lots": 310, "qty_lots": 10}
    assert posted(EventKind.TRADE_BUSTED, **terms, fee_micros=50, resting_fee_micros=20) == [
        (4, PostingKind.CORRECTION, -80 * TICK),
        (9, PostingKind.CORRECTION, 80 * TICK),
        (4, PostingKind.FEE, 50),
        (9, PostingKind.FEE, 20),
    ]


def test_a_lower_price_is_the_buyer_s_gain() -> None:
    terms = {"price_ticks": 300, "resting_leaves_lots": 302, "qty_lots": 10}
    assert posted(EventKind.TRADE_ADJUSTED, **terms) == [
        (4, PostingKind.CORRECTION, 20 * TICK),
        (9, PostingKind.CORRECTION, -20 * TICK),
    ]


def test_a_give_up_moves_gain_and_fee() -> None:
    terms = {"price_ticks": 302, "leaves_lots": 310, "qty_lots": 10, "resting_fee_micros": 50}
    for side, sign in ((0, 1), (1, -1)):
        assert posted(EventKind.TRADE_GIVEN_UP, **terms, side=side) == [
            (4, PostingKind.CORRECTION, -80 * TICK * sign),
            (9, PostingKind.CORRECTION, 80 * TICK * sign),
            (4, PostingKind.FEE, 50),
            (9, PostingKind.FEE, -50),
        ]


def test_settlement_costs_its_fee_and_other_rows_nothing() -> None:
    fee = 3 * USD
    assert posted(EventKind.SETTLED, fee_micros=fee) == [(4, PostingKind.SETTLEMENT_FEE, -fee)]
    for kind in (EventKind.ACCEPTED, EventKind.MARKED, EventKind.FUNDED, EventKind.REJECTED):
        assert posted(kind, fee_micros=5, resting_fee_micros=5) == []
    assert len(KINDS) == len(PostingKind)
