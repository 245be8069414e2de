"""Reduce-only orders in a leg shrink with the position that a combo's trade changed."""

from __future__ import annotations

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.layout import EventKind, Instruction, Reason
from tests.exchange.core.lab import BUY, SELL, submit
from tests.exchange.core.test_legs import GPU1, GPU2, SPREAD, market

REDUCE = Instruction.REDUCE_ONLY


def test_they_shrink_and_go_with_the_position() -> None:
    lab = market()
    lab.trade(0, 1, 300, 5, GPU1)
    lab.trade(1, 0, 280, 5, GPU2)
    first = lab.order(submit(0, SELL, 310, 5, instrument=GPU1, instructions=REDUCE))
    second = lab.order(submit(0, BUY, 270, 2, instrument=GPU2, instructions=REDUCE))
    lab.order(submit(1, BUY, 40, 5, instrument=SPREAD))
    rows = lab.do(submit(0, SELL, 40, 4, instrument=SPREAD))
    after = [
        (row[at.EVENT_KIND], row[at.EVENT_ORDER_ID], row[at.EVENT_QTY_LOTS]) for row in rows[4:]
    ]
    assert after == [(EventKind.REDUCED, first, 4), (EventKind.REDUCED, second, 1)]
    assert {row[at.EVENT_TAG] for row in rows[4:]} == {Reason.POSITION_REDUCED}
    assert invariants.violations(lab.core) == []
    rows = lab.do(submit(0, SELL, 40, 1, instrument=SPREAD))
    assert [row[at.EVENT_KIND] for row in rows[4:]] == [EventKind.CANCELLED] * 2
    assert invariants.violations(lab.core) == []


def test_those_of_who_rested_shrink_too() -> None:
    lab = market()
    lab.trade(1, 0, 300, 5, GPU1)
    own = lab.order(submit(1, SELL, 310, 5, instrument=GPU1, instructions=REDUCE))
    lab.order(submit(1, SELL, 40, 2, instrument=SPREAD))
    lab.order(submit(0, BUY, 40, 2, instrument=SPREAD))
    order = lab.core.books.order(own)
    assert order is not None
    assert order.leaves_lots == 3
    assert invariants.violations(lab.core) == []
