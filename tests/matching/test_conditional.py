"""Orders with terms and conditions: what their acceptance says, and the rounds of checks before it."""

from __future__ import annotations

from matching.layout import (
    LEVEL_DORMANT,
    LEVEL_PENDING,
    EventKind,
    Instruction,
    Link,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
)
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import OWNERS, Verbs

BUY, SELL = Side
ACCEPTED, REJECTED = EventKind.ACCEPTED, EventKind.REJECTED


def test_acceptances_say_who_waits_and_stand_first(books: Verbs) -> None:
    ask = books.enter(SELL, 60, 5)
    books.set_price(0, TriggerSource.MARK, 40)
    first = Ask(BUY, 60, 1, link=Link.OTO)
    stop = Ask(SELL, 20, 1, source=TriggerSource.MARK, when=1, trigger_ticks=30)
    rows = books.ask(first, [stop, Ask(SELL, 90, 1)], owner=4)
    ids = [one[2] for one in rows[:3]]
    assert rows[:4] == [
        row(ACCEPTED, ids[0], BUY, 60, 1, 1, 0),
        row(ACCEPTED, ids[1], stop.terms, 20, 1, 1, 1),
        row(ACCEPTED, ids[2], SELL, 90, 1, 1, 1),
        row(EventKind.EXECUTED, ids[0], ask, 60, 1, 0, 4),
    ]
    assert ids[0] < ids[1] < ids[2]
    assert rows[4:] == [row(EventKind.ACTIVATED, ids[2], 0, 90, 1, 1)]
    assert books.waiting(0) == [(ids[1], 4, SELL, 20, 1, LEVEL_PENDING, 30)]


def test_the_form_comes_before_the_market_and_both_before_room(books: Verbs) -> None:
    full = Verbs(type(books.books)(orders=1, max_orders=2, owners=OWNERS))
    full.add_book()
    full.enter(SELL, 50, 1)

    def reason(ask: Ask, linked: tuple[Ask, ...] = (), owner: int = 0) -> Reason:
        (answer,) = full.ask(ask, linked, owner=owner)
        assert answer == row(REJECTED, 0, answer[3], ask.price_ticks, ask.qty_lots)
        return Reason(answer[3])

    post_only = Instruction.POST_ONLY
    oto = {"link": Link.OTO}
    assert reason(Ask(BUY, 60, 1, instructions=post_only, **oto), (Ask(SELL, 9, 0),)) == (
        Reason.INVALID_QTY
    )
    assert reason(Ask(BUY, 60, 1, instructions=post_only, **oto), (Ask(SELL, 9, 1),)) == (
        Reason.POST_ONLY_WOULD_TRADE
    )
    assert reason(Ask(BUY, 40, 1, **oto), (Ask(SELL, 9, 1),)) == Reason.BOOK_FULL
    reducing = Ask(BUY, 40, 1, instructions=Instruction.REDUCE_ONLY)
    assert reason(reducing, owner=OWNERS) == Reason.UNKNOWN_OWNER
    assert reason(reducing) == Reason.REDUCE_ONLY_WOULD_INCREASE
    assert full.live == 1
    assert len(full.ask(Ask(BUY, 40, 1, tif=TimeInForce.IOC))) == 2


def test_a_trigger_that_is_there_already_is_refused(books: Verbs) -> None:
    stop = Ask(BUY, 60, 1, source=TriggerSource.INDEX, trigger_ticks=50)
    books.set_price(0, TriggerSource.INDEX, 50)
    assert books.ask(stop) == [row(REJECTED, 0, Reason.TRIGGER_REACHED, 60, 1)]
    assert books.ask(stop._replace(trigger_ticks=51))[0][7] == 1
    assert books.ask(stop._replace(trigger_ticks=49, when=1))[0][0] == ACCEPTED


def test_before_an_auction_dependent_orders_wait_for_the_opening(books: Verbs) -> None:
    books.set_state(0, State.PRE_OPEN)
    books.set_holding(2, 0, 3)
    reducing = Ask(SELL, 70, 3, instructions=Instruction.REDUCE_ONLY)
    reducer = books.ask(reducing, owner=2)[0]
    ring = books.ask(Ask(BUY, 30, 1, link=Link.OCO), [Ask(BUY, 31, 1)])
    market = books.submit(0, BUY, 0, 1, instructions=Instruction.MARKET)[0]
    assert [one[7] for one in (reducer, *ring, market)] == [1, 1, 1, 0]
    assert market[4] == 4095
    assert books.waiting(0)[2][5] in (LEVEL_DORMANT, -3)
    rows = books.set_state(0, State.OPEN)
    assert [(one[0], one[2]) for one in rows] == [
        (EventKind.CANCELLED, market[2]),
        (EventKind.STATE_CHANGED, 0),
        (EventKind.ACTIVATED, reducer[2]),
        (EventKind.ACTIVATED, ring[0][2]),
        (EventKind.ACTIVATED, ring[1][2]),
    ]
