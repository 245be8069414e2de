"""What the market refuses, and the prices that it gives."""

from __future__ import annotations

import pytest

from matching.layout import (
    EventKind,
    Instruction,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
    pack_terms,
)

from .reference_desk import Ask, Desk, kinds, order_id, reasons, row

BUY, SELL = Side.BUY, Side.SELL
POST_ONLY, MARKET, REDUCE = Instruction.POST_ONLY, Instruction.MARKET, Instruction.REDUCE_ONLY
REPRICE = Instruction.POST_ONLY | Instruction.REPRICE
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))


@pytest.mark.parametrize(
    ("side", "price", "reason"),
    [
        (SELL, 99, Reason.PRICE_BELOW_BAND),
        (SELL, 100, None),
        (SELL, 300, None),
        (BUY, 201, Reason.PRICE_ABOVE_BAND),
        (BUY, 200, None),
        (BUY, 50, None),
    ],
)
def test_the_band_binds_each_side_at_its_own_end(
    side: Side, price: int, reason: Reason | None
) -> None:
    desk = Desk()
    desk.books.set_band(0, 100, 200)
    assert reasons(desk.books.submit(0, side, price, 1)) == ([(0, reason)] if reason else [])
    assert kinds(desk.books.submit(0, side, 0, 1, instructions=MARKET))[0] == EventKind.ACCEPTED


def test_an_auction_takes_no_order_that_must_trade_or_must_not() -> None:
    desk = Desk()
    desk.books.set_state(0, State.PRE_OPEN)
    plain = Ask(BUY, 10, 5)
    refused = [
        plain._replace(tif=TimeInForce.IOC),
        plain._replace(tif=TimeInForce.FOK),
        plain._replace(instructions=POST_ONLY),
        plain._replace(instructions=REPRICE),
        plain._replace(minimum_lots=1),
    ]
    for ask in refused:
        assert reasons(desk.enter(ask)) == [(0, Reason.NOT_OPEN)]
        stop = ask._replace(source=TriggerSource.MARK, trigger_ticks=50)
        assert kinds(desk.enter(stop)) == [EventKind.ACCEPTED]


def test_post_only_never_trades() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 10, 1)
    desk.books.submit(0, BUY, 5, 1)
    would = Reason.POST_ONLY_WOULD_TRADE
    assert reasons(desk.books.submit(0, BUY, 10, 1, instructions=POST_ONLY)) == [(0, would)]
    assert reasons(desk.books.submit(0, SELL, 5, 1, instructions=POST_ONLY)) == [(0, would)]
    assert kinds(desk.books.submit(0, BUY, 9, 1, instructions=POST_ONLY)) == [EventKind.ACCEPTED]


def test_reprice_goes_one_tick_behind_the_other_side() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 10, 1)
    desk.books.submit(0, BUY, 5, 1)
    terms = REPRICE << 8
    assert desk.books.submit(0, BUY, 20, 2, instructions=REPRICE) == [
        row(EventKind.ACCEPTED, C, BUY | terms, 9, 2, 2)
    ]
    assert desk.books.submit(0, SELL, 1, 2, instructions=REPRICE) == [
        row(EventKind.ACCEPTED, D, SELL | terms, 10, 2, 2)
    ]
    assert desk.books.submit(0, BUY, 7, 2, instructions=REPRICE)[0][4] == 7


def test_reprice_out_of_the_domain_is_refused() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 0, 1)
    refused = desk.books.submit(0, BUY, 4, 2, instructions=REPRICE)
    assert refused == [row(EventKind.REJECTED, 0, Reason.POST_ONLY_WOULD_TRADE, 4, 2)]


def test_market_to_limit_stands_inside_the_band() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 300, 1)
    desk.books.set_band(0, 100, 200)
    to_limit = MARKET | Instruction.MARKET_TO_LIMIT
    assert desk.books.submit(0, BUY, 0, 2, instructions=to_limit) == [
        row(EventKind.ACCEPTED, B, pack_terms(BUY, 0, to_limit), 200, 2, 2)
    ]
    assert desk.books.depth(0, BUY) == [(200, 2, 1)]


def test_reasons_come_in_the_order_of_the_document() -> None:
    desk = Desk(max_orders=1)
    desk.books.submit(0, SELL, 10, 1)
    desk.books.set_band(0, 0, 20)
    every = REDUCE | Instruction.PROTECTED | POST_ONLY
    desk.books.set_protection(1, 0, 10, 0, 0, 0)
    found = [
        reasons(desk.books.submit(0, BUY, price, lots, owner=1, instructions=instructions, tif=tif))
        for price, lots, instructions, tif in [
            (21, 2, every, 0),
            (20, 2, every, 0),
            (20, 2, POST_ONLY | Instruction.PROTECTED, 0),
            (20, 2, 0, TimeInForce.FOK),
            (20, 1, 0, TimeInForce.FOK),
        ]
    ]
    assert found == [
        [(0, Reason.PRICE_ABOVE_BAND)],
        [(0, Reason.REDUCE_ONLY_WOULD_INCREASE)],
        [(0, Reason.POST_ONLY_WOULD_TRADE)],
        [(0, Reason.FOK_NOT_FILLABLE)],
        [(0, Reason.BOOK_FULL)],
    ]


def test_a_link_needs_room_for_all_of_its_orders() -> None:
    desk = Desk(max_orders=3)
    oco = Ask(BUY, 10, 1, link=1)
    assert reasons(desk.enter(oco, [oco._replace(link=0)] * 3)) == [(0, Reason.BOOK_FULL)]
    assert desk.books.live == 0
    desk.enter(oco, [oco._replace(link=0)] * 2)
    assert desk.books.live == 3
