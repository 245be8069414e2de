"""Submitting and amending: what rests, what goes, and what an amend does to priority and margin."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions, batch_of
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason
from matching.layout import Link, TriggerSource, TriggerWhen
from tests.exchange.core.lab import (
    BUY,
    FOK,
    IOC,
    SELL,
    USD,
    Lab,
    linked,
    reason_of,
    spec,
    submit,
)

MARKET = Instruction.MARKET
PRICE_ABOVE_BAND, INVALID_LINK = Reason.PRICE_ABOVE_BAND, Reason.INVALID_LINK


def lab() -> Lab:
    return Lab(spec(), deposits=(10**6 * USD, 10**6 * USD, 10**6 * USD))


def kinds(events: list[list[int]]) -> list[EventKind]:
    return [EventKind(row[at.EVENT_KIND]) for row in events]


def test_a_market_order_is_an_ioc_at_the_edge_of_the_band() -> None:
    market = lab()
    market.order(submit(1, SELL, 310, 3))
    market.order(submit(1, SELL, 330, 3))
    market.order(submit(1, SELL, 331, 3))
    events = market.do(submit(0, BUY, 0, 9, instructions=MARKET))
    assert kinds(events) == [
        EventKind.ACCEPTED,
        EventKind.EXECUTED,
        EventKind.EXECUTED,
        EventKind.CANCELLED,
    ]
    assert [row[at.EVENT_PRICE_TICKS] for row in events] == [330, 310, 330, 330]
    accepted = events[0]
    assert accepted[at.EVENT_RESTING_LEAVES_LOTS] == IOC
    assert accepted[at.EVENT_RESTING_FEE_MICROS] == MARKET
    assert events[-1][at.EVENT_QTY_LOTS] == 3
    assert events[-1][at.EVENT_TAG] == Reason.UNFILLED_REMAINDER
    assert market.lots(0) == 6
    assert market.core.books.best_ask(0) == 331


def test_a_market_sell_stops_at_the_lower_edge() -> None:
    market = lab()
    market.order(submit(1, BUY, 270, 1))
    market.order(submit(1, BUY, 269, 1))
    market.do(submit(0, SELL, 0, 2, instructions=MARKET))
    assert market.lots(0) == -1
    assert market.core.books.best_bid(0) == 269


def test_a_market_order_may_be_fill_or_kill() -> None:
    market = lab()
    market.order(submit(1, SELL, 310, 3))
    command = submit(0, BUY, 0, 4, tif=FOK, instructions=MARKET)
    assert market.reason(command) == Reason.FOK_NOT_FILLABLE
    assert market.reason(command._replace(qty_lots=3)) == Reason.NONE
    assert market.lots(0) == 3


def test_what_is_left_of_a_limit_order_rests_at_its_own_price() -> None:
    market = lab()
    market.order(submit(1, SELL, 299, 3))
    events = market.do(submit(0, BUY, 301, 5))
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED]
    assert events[1][at.EVENT_PRICE_TICKS] == 299
    assert events[1][at.EVENT_LEAVES_LOTS] == 2
    assert market.core.books.depth(0, BUY) == [(301, 2, 1)]
    assert market.core.account(0)[at.ACCOUNT_ORDERS] == 1
    assert market.core.account(1)[at.ACCOUNT_ORDERS] == 0


def test_post_only_never_takes() -> None:
    market = lab()
    market.order(submit(1, SELL, 300, 3))
    post = submit(0, BUY, 300, 1, instructions=Instruction.POST_ONLY)
    assert market.reason(post) == Reason.POST_ONLY_WOULD_TRADE
    assert market.reason(post._replace(price_ticks=299)) == Reason.NONE


def test_an_amend_down_keeps_priority_and_up_loses_it() -> None:
    market = lab()
    first = market.order(submit(0, BUY, 299, 5))
    second = market.order(submit(1, BUY, 299, 5))
    amend = Command(CommandKind.AMEND, 0, order_id=first, price_ticks=299, qty_lots=4)
    assert market.do(amend)[0][at.EVENT_RESTING_LEAVES_LOTS] == 1
    assert [row[0] for row in market.core.books.orders(0, BUY)] == [first, second]
    assert market.do(amend._replace(qty_lots=6))[0][at.EVENT_RESTING_LEAVES_LOTS] == 0
    assert [row[0] for row in market.core.books.orders(0, BUY)] == [second, first]


def test_an_amend_may_trade_partly_or_whole() -> None:
    market = lab()
    market.order(submit(1, SELL, 300, 3))
    order_id = market.order(submit(0, BUY, 290, 5))
    amend = Command(CommandKind.AMEND, 0, order_id=order_id, price_ticks=301, qty_lots=5)
    events = market.do(amend)
    assert kinds(events) == [EventKind.AMENDED, EventKind.EXECUTED]
    assert events[0][at.EVENT_TAG] == 290
    assert market.core.books.depth(0, BUY) == [(301, 2, 1)]
    assert market.core.position(0, 0)[at.POSITION_BUY_LOSS_TICKLOTS] == 2
    market.order(submit(2, SELL, 302, 9))
    market.do(amend._replace(price_ticks=302))
    assert market.core.books.order(order_id) is None
    assert market.core.account(0)[at.ACCOUNT_ORDERS] == 0
    assert market.lots(0) == 8
    assert invariants.violations(market.core) == []


def test_nobody_amends_another_s_order() -> None:
    market = lab()
    order_id = market.order(submit(0, BUY, 290, 5))
    amend = Command(CommandKind.AMEND, 1, order_id=order_id, price_ticks=291, qty_lots=5)
    digest = market.timeless_digest
    assert market.reason(amend) == Reason.UNKNOWN_ORDER
    assert market.timeless_digest == digest


def test_an_order_id_in_a_submit_means_nothing() -> None:
    market = lab()
    assert market.reason(submit(0, BUY, 290, 1)._replace(order_id=55)) == Reason.NONE


def test_an_amend_to_a_whole_size_counts_what_was_filled() -> None:
    market = lab()
    order_id = market.order(submit(0, BUY, 300, 10))
    market.order(submit(1, SELL, 300, 3))
    amend = Command(
        CommandKind.AMEND,
        0,
        order_id=order_id,
        instructions=at.AMEND_WHOLE,
        price_ticks=300,
        qty_lots=8,
    )
    market.do(amend)
    assert market.core.books.depth(0, BUY) == [(300, 5, 1)]
    digest = market.timeless_digest
    for filled in (3, 2, -(1 << 63)):
        assert market.reason(amend._replace(qty_lots=filled)) == Reason.INVALID_QTY
    assert market.timeless_digest == digest


def test_linked_orders_carry_the_numbers_of_their_own_rows() -> None:
    market = lab()
    market.order(submit(1, SELL, 301, 5))
    market.ts_ns += 1
    first = submit(0, BUY, 301, 5, conditions=Conditions(link=Link.OTOCO, linked=2))
    take = linked(SELL, 310, 5)
    stop = linked(
        SELL,
        290,
        5,
        source=TriggerSource.LAST,
        when=TriggerWhen.FALLS,
        conditions=Conditions(trigger_ticks=295, expiry_ns=market.ts_ns + 10**6),
        tif=4,
    )
    events = market.do(first, take, stop)
    seq = market.core.seq - 2
    assert [(row[at.EVENT_KIND], row[at.EVENT_SEQ] - seq) for row in events] == [
        (EventKind.ACCEPTED, 0),
        (EventKind.CONDITIONED, 0),
        (EventKind.ACCEPTED, 1),
        (EventKind.CONDITIONED, 1),
        (EventKind.ACCEPTED, 2),
        (EventKind.CONDITIONED, 2),
        (EventKind.EXECUTED, 0),
        (EventKind.ACTIVATED, 0),
    ]
    said = [row for row in events if row[at.EVENT_KIND] == EventKind.CONDITIONED]
    first_id = events[0][at.EVENT_ORDER_ID]
    assert {row[at.EVENT_RESTING_ORDER_ID] for row in said} == {first_id}
    assert {row[at.EVENT_RESTING_LEAVES_LOTS] for row in said} == {Link.OTOCO}
    assert {row[at.EVENT_RESTING_FEE_MICROS] for row in said} == {0}
    assert market.core.books.depth(0, SELL) == [(310, 5, 1)]
    assert market.core.account(0)[at.ACCOUNT_ORDERS] == 2
    (_, _, gone) = market.do(submit(2, BUY, 310, 5))
    assert (gone[at.EVENT_KIND], gone[at.EVENT_TAG]) == (EventKind.CANCELLED, Reason.LINKED_ORDER)
    assert market.core.account(0)[at.ACCOUNT_ORDERS] == 0
    assert market.lots(0) == 0
    assert invariants.violations(market.core) == []


def test_linked_orders_count_against_the_number_of_orders() -> None:
    market = Lab(spec(), deposits=(10**6 * USD,), max_orders=2)
    group = [submit(0, BUY, 290, 1, conditions=Conditions(link=Link.OTO, linked=2))]
    group += [linked(SELL, 310, 1)] * 2
    assert reason_of(market.do(*group)) == Reason.TOO_MANY_ORDERS
    smaller = group[0]._replace(conditions=Conditions(link=Link.OTO, linked=1))
    entered = market.do(smaller, group[1])
    kinds = [row[at.EVENT_KIND] for row in entered]
    assert kinds == [EventKind.ACCEPTED, EventKind.CONDITIONED] * 2


@pytest.mark.parametrize(
    ("first", "others", "reason", "place"),
    [
        ({}, [{"price_ticks": 0}, {}], Reason.INVALID_PRICE, 1),
        ({}, [{}, {"qty_lots": 0}], Reason.INVALID_QTY, 2),
        ({}, [{}, {"conditions": Conditions(link=1)}], Reason.INVALID_LINK, 2),
        ({"qty_lots": 0}, [{"qty_lots": 0}, {}], Reason.INVALID_QTY, 0),
        ({"price_ticks": 400}, [{}, {"conditions": Conditions(linked=1)}], PRICE_ABOVE_BAND, 0),
        ({"conditions": Conditions(link=3, linked=1)}, [{"qty_lots": 0}] * 2, INVALID_LINK, 0),
        ({"conditions": Conditions(link=7, linked=2)}, [{"qty_lots": 0}] * 2, INVALID_LINK, 0),
    ],
)
def test_a_refusal_names_the_linked_order_at_fault(
    first: dict[str, Any], others: list[dict[str, Any]], reason: Reason, place: int
) -> None:
    market = lab()
    digest = market.timeless_digest
    terms = {"price_ticks": 290, "qty_lots": 1}
    conditions = Conditions(link=Link.OTOCO, linked=2)
    asked = submit(0, BUY, **{**terms, "conditions": conditions, **first})
    refused = market.do(asked, *(linked(SELL, **{**terms, **other}) for other in others))[0]
    assert (refused[at.EVENT_KIND], refused[at.EVENT_TAG]) == (EventKind.REJECTED, reason)
    assert refused[at.EVENT_RESTING_LEAVES_LOTS] == place
    assert market.timeless_digest == digest


@pytest.mark.parametrize(
    ("claimed", "there", "reasons"),
    [
        (2, 1, [Reason.INVALID_LINK]),
        (1, 0, [Reason.INVALID_LINK]),
        (-1, 1, [Reason.INVALID_LINK, Reason.UNKNOWN_COMMAND]),
        (9, 9, [Reason.INVALID_LINK, Reason.UNKNOWN_COMMAND]),
    ],
)
def test_linked_rows_must_be_as_many_as_claimed(
    claimed: int, there: int, reasons: list[Reason]
) -> None:
    market = lab()
    digest = market.timeless_digest
    first = submit(0, BUY, 290, 1, conditions=Conditions(link=Link.OTO, linked=claimed))
    events = market.do(first, *[linked(SELL, 310, 1)] * there)
    assert [row[at.EVENT_TAG] for row in events] == reasons
    assert market.timeless_digest == digest


def test_linked_rows_without_conditions_are_no_linked_rows() -> None:
    market = lab()
    digest = market.timeless_digest
    first = submit(0, BUY, 290, 1, conditions=Conditions(link=Link.OTO, linked=1))
    events = market.do(first, linked(SELL, 310, 1)._replace(conditions=None))
    assert [row[at.EVENT_TAG] for row in events] == [Reason.INVALID_LINK, Reason.UNKNOWN_COMMAND]
    assert market.timeless_digest == digest


def test_conditions_are_found_in_whatever_part_of_a_batch() -> None:
    shown = [submit(0, BUY, 290, 9, conditions=Conditions(display_lots=2)), submit(0, BUY, 291, 9)]
    whole, parts = lab(), lab()
    orders = [*shown, *shown[::-1], *shown, submit(1, SELL, 400, 1), *shown]
    batch = batch_of(orders, whole.core.seq + 1, whole.ts_ns + 1_000)
    told = whole.core.apply(batch).tolist()
    cuts = [0, 1, 2, 5, 6, 9]
    pieces = [batch.part(start, end) for start, end in itertools.pairwise(cuts)]
    assert [row for part in pieces for row in parts.core.apply(part).tolist()] == told
    assert parts.digest == whole.digest
    kinds = [row[at.EVENT_KIND] for row in told]
    assert kinds.count(EventKind.CONDITIONED) == 4


def test_old_reasons_come_before_those_of_new_conditions() -> None:
    market = Lab(spec(), deposits=(USD,))
    wrong = submit(0, BUY, 300, 10, conditions=Conditions(display_lots=11), label="x")
    assert market.reason(wrong._replace(price_ticks=0)) == Reason.INVALID_PRICE
    assert market.reason(wrong._replace(price_ticks=331)) == Reason.PRICE_ABOVE_BAND
    assert market.reason(wrong) == Reason.INSUFFICIENT_MARGIN
    market.do(Command(CommandKind.TRANSFER, 0, amount_micros=10**6 * USD))
    assert market.reason(wrong) == Reason.INVALID_DISPLAY


def test_a_market_order_stops_at_its_collar() -> None:
    market = lab()
    for price_ticks in (305, 308, 309):
        market.order(submit(1, SELL, price_ticks, 1))
    accepted = market.do(submit(0, BUY, 3, 9, instructions=MARKET))[0]
    assert accepted[at.EVENT_PRICE_TICKS] == 308
    assert market.lots(0) == 2
    for collar_ticks in (-1, 4_096, (1 << 63) - 1):
        wrong = submit(0, BUY, collar_ticks, 9, instructions=MARKET)
        assert market.reason(wrong) == Reason.INVALID_PRICE


def test_market_to_limit_rests_at_the_best_price_it_found() -> None:
    market = lab()
    to_limit = MARKET | Instruction.MARKET_TO_LIMIT
    assert market.reason(submit(0, BUY, 0, 5, instructions=to_limit)) == Reason.NO_OPPOSITE
    market.order(submit(1, SELL, 305, 2))
    market.order(submit(1, SELL, 306, 9))
    market.do(submit(0, BUY, 0, 5, instructions=to_limit))
    assert market.core.books.depth(0, BUY) == [(305, 3, 1)]
    assert market.core.position(0, 0)[at.POSITION_BUY_LOSS_TICKLOTS] == 15
    assert invariants.violations(market.core) == []


def test_a_repriced_order_needs_margin_as_asked_and_keeps_it_as_placed() -> None:
    market = lab()
    market.order(submit(1, SELL, 300, 2))
    reprice = Instruction.POST_ONLY | Instruction.REPRICE
    (accepted,) = market.do(submit(0, BUY, 310, 1, instructions=reprice))
    assert accepted[at.EVENT_PRICE_TICKS] == 299
    assert market.core.position(0, 0)[at.POSITION_BUY_LOSS_TICKLOTS] == 0
