"""Each reason of form, the bounds beside it, and the order in which they are found."""

from __future__ import annotations

import pytest

from matching.layout import (
    MAX_QTY_LOTS,
    MAX_TIME_NS,
    CommandKind,
    EventKind,
    Instruction,
    Link,
    Prevention,
    Reason,
    Side,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)
from matching.reference_form import terms_are_sound

from .reference_desk import Ask, Desk, kinds, reasons

BUY, SELL = Side.BUY, Side.SELL
GTC, IOC, FOK, DAY, GTD = TimeInForce
POST_ONLY, MARKET, TO_LIMIT, REPRICE, REDUCE, PROTECTED, QUOTE = (
    Instruction(1 << bit) for bit in range(7)
)
MARK, INDEX = TriggerSource.MARK, TriggerSource.INDEX
PLAIN = Ask(BUY, 10, 64)
STOP = PLAIN._replace(source=MARK)
NOW = 1000


def timed_desk() -> Desk:
    """Time 1000, a day that ends at 2000, a mark of 9."""
    desk = Desk()
    desk.books.advance(NOW)
    desk.books.set_day_end(0, 2000)
    desk.books.set_price(0, MARK, 9)
    return desk


@pytest.mark.parametrize(
    "terms",
    [
        -1,
        1 << 24,
        1 << 5,
        1 << 19,
        pack_terms(BUY, 5),
        pack_terms(BUY, GTC, 128),
        pack_terms(BUY, GTC, QUOTE),
        pack_terms(BUY, prevention=5),
        pack_terms(BUY, IOC, POST_ONLY),
        pack_terms(BUY, FOK, POST_ONLY),
        pack_terms(BUY, GTC, POST_ONLY | MARKET),
        pack_terms(BUY, GTC, REPRICE),
        pack_terms(BUY, GTC, TO_LIMIT),
        pack_terms(BUY, IOC, MARKET | TO_LIMIT),
        pack_terms(BUY, FOK, MARKET | TO_LIMIT),
        pack_terms(BUY, when=TriggerWhen.FALLS),
        pack_terms(BUY, trailing=True),
    ],
)
def test_terms_that_are_no_terms(terms: int) -> None:
    assert not terms_are_sound(terms)
    command = (CommandKind.SUBMIT, 0, 0, 0, terms, -1, 0, 0)
    assert reasons(timed_desk().books.apply([command])) == [(0, Reason.INVALID_TERMS)]


@pytest.mark.parametrize(
    "terms",
    [
        pack_terms(SELL, GTD, POST_ONLY | REPRICE | REDUCE | PROTECTED),
        pack_terms(BUY, DAY, MARKET | TO_LIMIT, prevention=Prevention.DECREMENT),
        pack_terms(BUY, FOK, MARKET, source=INDEX, when=TriggerWhen.FALLS, trailing=True),
    ],
)
def test_terms_that_are(terms: int) -> None:
    assert terms_are_sound(terms)


REFUSED = [
    (PLAIN._replace(qty_lots=0), Reason.INVALID_QTY),
    (PLAIN._replace(qty_lots=MAX_QTY_LOTS + 1), Reason.INVALID_QTY),
    (PLAIN._replace(price_ticks=-1), Reason.INVALID_PRICE),
    (PLAIN._replace(price_ticks=4096), Reason.INVALID_PRICE),
    (PLAIN._replace(instructions=MARKET, price_ticks=-1), Reason.INVALID_PRICE),
    (PLAIN._replace(instructions=MARKET, price_ticks=4096), Reason.INVALID_PRICE),
    (PLAIN._replace(display_lots=-1), Reason.INVALID_DISPLAY),
    (PLAIN._replace(display_lots=65), Reason.INVALID_DISPLAY),
    (PLAIN._replace(display_lots=1, qty_lots=65), Reason.INVALID_DISPLAY),
    (PLAIN._replace(display_lots=9, tif=IOC), Reason.INVALID_DISPLAY),
    (PLAIN._replace(display_lots=9, tif=FOK), Reason.INVALID_DISPLAY),
    (PLAIN._replace(display_lots=9, instructions=MARKET), Reason.INVALID_DISPLAY),
    (PLAIN._replace(display_lots=9, instructions=REDUCE), Reason.INVALID_DISPLAY),
    (PLAIN._replace(minimum_lots=-1), Reason.INVALID_MINIMUM),
    (PLAIN._replace(minimum_lots=65), Reason.INVALID_MINIMUM),
    (PLAIN._replace(minimum_lots=1, instructions=POST_ONLY), Reason.INVALID_MINIMUM),
    (PLAIN._replace(expiry_ns=NOW + 1), Reason.INVALID_EXPIRY),
    (PLAIN._replace(tif=DAY, expiry_ns=NOW + 1), Reason.INVALID_EXPIRY),
    (PLAIN._replace(tif=GTD, expiry_ns=NOW), Reason.INVALID_EXPIRY),
    (PLAIN._replace(tif=GTD, expiry_ns=MAX_TIME_NS + 1), Reason.INVALID_EXPIRY),
    (PLAIN._replace(trigger_ticks=1), Reason.INVALID_TRIGGER),
    (PLAIN._replace(trail_ticks=1), Reason.INVALID_TRIGGER),
    (STOP._replace(trigger_ticks=10, trail_ticks=1), Reason.INVALID_TRIGGER),
    (STOP._replace(trigger_ticks=4096), Reason.INVALID_TRIGGER),
    (STOP._replace(trailing=True, trail_ticks=0), Reason.INVALID_TRIGGER),
    (STOP._replace(trailing=True, trail_ticks=4096), Reason.INVALID_TRIGGER),
    (STOP._replace(trailing=True, trail_ticks=1, trigger_ticks=1), Reason.INVALID_TRIGGER),
    (STOP._replace(source=INDEX, trailing=True, trail_ticks=1), Reason.INVALID_TRIGGER),
    (PLAIN._replace(link=4), Reason.INVALID_LINK),
    (PLAIN._replace(complete=1), Reason.INVALID_LINK),
    (PLAIN._replace(link=Link.OCO), Reason.INVALID_LINK),
]


@pytest.mark.parametrize(("ask", "reason"), REFUSED)
def test_what_is_out_of_bounds_is_refused_for_a_first_and_a_linked_order(
    ask: Ask, reason: Reason
) -> None:
    desk = timed_desk()
    owner_in_table = 1
    assert reasons(desk.enter(ask, owner=owner_in_table)) == [(0, reason)]
    linked = [PLAIN, ask]
    first = PLAIN._replace(link=Link.OTO, price_ticks=11)
    events = desk.enter(first, linked, owner=owner_in_table)
    assert reasons(events) == [(0, reason)]
    assert (events[0][4], events[0][5]) == (11, 64)
    assert desk.books.live == 0


@pytest.mark.parametrize(
    "ask",
    [
        PLAIN._replace(qty_lots=MAX_QTY_LOTS),
        PLAIN._replace(price_ticks=0),
        PLAIN._replace(price_ticks=4095),
        PLAIN._replace(instructions=MARKET, price_ticks=4095),
        PLAIN._replace(display_lots=1),
        PLAIN._replace(display_lots=64),
        PLAIN._replace(tif=DAY),
        PLAIN._replace(tif=GTD, expiry_ns=NOW + 1),
        PLAIN._replace(tif=GTD, expiry_ns=MAX_TIME_NS),
        STOP._replace(trigger_ticks=4095),
        STOP._replace(trailing=True, trail_ticks=4095),
        STOP._replace(trigger_ticks=10, minimum_lots=64),
    ],
)
def test_what_is_just_inside_is_taken(ask: Ask) -> None:
    assert kinds(timed_desk().enter(ask))[0] == EventKind.ACCEPTED


@pytest.mark.parametrize(
    ("link", "fewest"), [(Link.OCO, 1), (Link.OTO, 1), (Link.OTOCO, 2), (Link.NONE, 0)]
)
def test_each_link_has_its_number_of_linked_orders(link: Link, fewest: int) -> None:
    for number in range(10):
        sound = fewest <= number <= 8 and (link != Link.NONE or number == 0)
        events = timed_desk().enter(PLAIN._replace(link=link), [PLAIN] * number)
        assert (reasons(events) == [(0, Reason.INVALID_LINK)]) is not sound


def test_rows_beyond_the_table_and_links_of_linked_orders_are_refused() -> None:
    desk = timed_desk()
    command = (CommandKind.SUBMIT, 0, 0, 0, PLAIN.terms, 10, 64, 1)
    oco = PLAIN._replace(link=Link.OCO)
    short = [oco.condition(linked=2, first=True), PLAIN.condition()]
    assert reasons(desk.books.apply([command], short)) == [(0, Reason.INVALID_LINK)]
    nested = [oco.condition(linked=1, first=True), oco.condition(linked=1), PLAIN.condition()]
    assert reasons(desk.books.apply([command], nested)) == [(0, Reason.INVALID_LINK)]
    beyond = (*command[:7], 3)
    assert reasons(desk.books.apply([beyond], short)) == [(0, Reason.INVALID_TERMS)]


def test_a_reduce_only_order_needs_an_owner_of_the_table() -> None:
    desk = timed_desk()
    reduce = PLAIN._replace(instructions=REDUCE, qty_lots=0)
    assert reasons(desk.enter(reduce, owner=8)) == [(0, Reason.UNKNOWN_OWNER)]
    assert reasons(desk.enter(reduce, owner=-1)) == [(0, Reason.UNKNOWN_OWNER)]
    desk.books.add_owners(9)
    assert reasons(desk.enter(reduce, owner=8)) == [(0, Reason.INVALID_QTY)]


def test_the_first_reason_in_the_order_of_the_document_is_given() -> None:
    desk = Desk()
    ask = Ask(
        BUY, -1, 0, DAY, REDUCE | 128, display_lots=-1, minimum_lots=-1, trigger_ticks=1, link=9
    )
    repairs = [
        ({}, 9, Reason.UNKNOWN_OWNER),
        ({"instructions": REDUCE}, 1, Reason.INVALID_QTY),
        ({"qty_lots": 5}, 1, Reason.INVALID_PRICE),
        ({"price_ticks": 5}, 1, Reason.INVALID_DISPLAY),
        ({"display_lots": 0}, 1, Reason.INVALID_MINIMUM),
        ({"minimum_lots": 0}, 1, Reason.INVALID_EXPIRY),
        ({"tif": GTC}, 1, Reason.INVALID_TRIGGER),
        ({"trigger_ticks": 0}, 1, Reason.INVALID_LINK),
        ({"link": 0}, 1, Reason.REDUCE_ONLY_WOULD_INCREASE),
        ({"instructions": 0}, 1, Reason.NONE),
    ]
    assert reasons(desk.enter(ask, book=1)) == [(0, Reason.UNKNOWN_BOOK)]
    assert reasons(desk.enter(ask, owner=1)) == [(0, Reason.INVALID_TERMS)]
    for repair, owner, reason in repairs:
        ask = ask._replace(**repair)
        found = reasons(desk.enter(ask, owner=owner))
        assert found == ([(0, reason)] if reason else [])
