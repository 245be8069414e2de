"""Links between orders: each effect as the document tells it, row by row."""

from __future__ import annotations

from matching.layout import (
    LEVEL_DORMANT,
    LEVEL_PENDING,
    EventKind,
    Link,
    Reason,
    Side,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)

from .reference_desk import WAITS, Ask, Desk, order_id, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))
STOP_SELL = pack_terms(SELL, source=TriggerSource.LAST, when=TriggerWhen.FALLS)


def stop_sell(trigger_ticks: int, price_ticks: int, lots: int) -> Ask:
    return Ask(
        SELL,
        price_ticks,
        lots,
        source=TriggerSource.LAST,
        when=TriggerWhen.FALLS,
        trigger_ticks=trigger_ticks,
    )


def test_the_first_execution_of_an_oco_order_cancels_the_other() -> None:
    desk = Desk()
    assert desk.enter(Ask(SELL, 20, 5, link=Link.OCO), [stop_sell(5, 4, 5)], owner=1) == [
        row(EventKind.ACCEPTED, A, SELL, 20, 5, 5),
        row(EventKind.ACCEPTED, B, STOP_SELL, 4, 5, 5, WAITS),
    ]
    assert desk.books.waiting(0) == [(B, 1, SELL, 4, 5, LEVEL_PENDING, 5)]
    assert desk.books.submit(0, BUY, 20, 2) == [
        row(EventKind.ACCEPTED, C, BUY, 20, 2, 2),
        row(EventKind.EXECUTED, C, A, 20, 2, 0, 3),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 4, 5, 0, WAITS),
    ]
    assert desk.books.live == 1
    assert desk.books.submit(0, BUY, 20, 3)[1:] == [
        row(EventKind.EXECUTED, order_id(4, 2), A, 20, 3, 0, 0)
    ]


def test_a_complete_link_waits_for_the_whole_fill() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 20, 5, link=Link.OCO, complete=1), [Ask(SELL, 30, 5)], owner=1)
    assert desk.books.submit(0, BUY, 20, 2)[1:] == [row(EventKind.EXECUTED, C, A, 20, 2, 0, 3)]
    assert desk.books.depth(0, SELL) == [(20, 3, 1), (30, 5, 1)]
    assert desk.books.submit(0, BUY, 20, 3)[1:] == [
        row(EventKind.EXECUTED, order_id(4, 2), A, 20, 3, 0, 0),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 30, 5),
    ]
    assert desk.books.live == 0


def test_an_activation_by_trigger_cancels_the_ring_too() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 20, 5, link=Link.OCO), [stop_sell(5, 4, 5)], owner=1)
    desk.books.submit(0, BUY, 5, 1)
    assert desk.books.submit(0, SELL, 5, 1)[1:] == [
        row(EventKind.EXECUTED, D, C, 5, 1, 0, 0),
        row(EventKind.ACTIVATED, B, 5, 4, 5, 5),
        row(EventKind.CANCELLED, A, Reason.LINKED_ORDER, 20, 5),
    ]
    assert desk.books.depth(0, SELL) == [(4, 5, 1)]


def test_a_cancelled_member_takes_its_ring_in_the_order_of_entry_behind_it() -> None:
    desk = Desk()
    desk.enter(
        Ask(SELL, 20, 5, link=Link.OCO), [Ask(SELL, 21, 5), Ask(SELL, 22, 5), Ask(SELL, 23, 5)]
    )
    assert desk.ids(SELL) == [A, B, C, D]
    assert desk.books.cancel(C) == [
        row(EventKind.CANCELLED, C, Reason.REQUESTED, 22, 5),
        row(EventKind.CANCELLED, D, Reason.LINKED_ORDER, 23, 5),
        row(EventKind.CANCELLED, A, Reason.LINKED_ORDER, 20, 5),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 21, 5),
    ]


def test_one_triggers_other_at_the_first_execution() -> None:
    desk = Desk()
    entered = desk.enter(
        Ask(BUY, 10, 5, link=Link.OTO), [Ask(SELL, 12, 5), stop_sell(8, 7, 5)], owner=1
    )
    assert [event[2] for event in entered] == [A, B, C]
    assert [waiting[5] for waiting in desk.books.waiting(0)] == [LEVEL_DORMANT] * 2
    assert desk.books.submit(0, SELL, 10, 1) == [
        row(EventKind.ACCEPTED, D, SELL, 10, 1, 1),
        row(EventKind.EXECUTED, D, A, 10, 1, 0, 4),
        row(EventKind.ACTIVATED, B, 0, 12, 5, 5),
    ]
    assert desk.ids(SELL) == [B]
    assert desk.books.waiting(0) == [(C, 1, SELL, 7, 5, LEVEL_PENDING, 8)]
    assert desk.books.cancel(A) == [row(EventKind.CANCELLED, A, Reason.REQUESTED, 10, 4)]
    assert desk.books.live == 2


def test_the_end_of_the_first_order_takes_what_is_still_dormant() -> None:
    desk = Desk()
    desk.enter(Ask(BUY, 10, 5, link=Link.OTO), [Ask(SELL, 12, 5), Ask(SELL, 13, 5)])
    assert desk.books.cancel(B) == [row(EventKind.CANCELLED, B, Reason.REQUESTED, 12, 5, 0, WAITS)]
    assert desk.books.cancel(A) == [
        row(EventKind.CANCELLED, A, Reason.REQUESTED, 10, 5),
        row(EventKind.CANCELLED, C, Reason.LINKED_ORDER, 13, 5, 0, WAITS),
    ]


def test_a_bracket_queues_a_ring() -> None:
    desk = Desk()
    desk.enter(
        Ask(BUY, 10, 5, link=Link.OTOCO, complete=1),
        [Ask(SELL, 12, 5), stop_sell(8, 7, 5)],
        owner=1,
    )
    assert len(desk.books.submit(0, SELL, 10, 4)) == 2
    assert desk.books.submit(0, SELL, 10, 1) == [
        row(EventKind.ACCEPTED, order_id(5, 3), SELL, 10, 1, 1),
        row(EventKind.EXECUTED, order_id(5, 3), A, 10, 1, 0, 0),
        row(EventKind.ACTIVATED, B, 0, 12, 5, 5),
    ]
    assert desk.books.cancel(C) == [
        row(EventKind.CANCELLED, C, Reason.REQUESTED, 7, 5, 0, WAITS),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 12, 5),
    ]


def test_a_dormant_ring_goes_with_its_first_order() -> None:
    desk = Desk()
    desk.enter(Ask(BUY, 10, 5, link=Link.OTOCO), [Ask(SELL, 12, 5), Ask(SELL, 13, 5)])
    assert desk.books.cancel(A) == [
        row(EventKind.CANCELLED, A, Reason.REQUESTED, 10, 5),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 12, 5, 0, WAITS),
        row(EventKind.CANCELLED, C, Reason.LINKED_ORDER, 13, 5, 0, WAITS),
    ]


def test_ring_partners_that_trade_with_one_another_leave_one() -> None:
    desk = Desk()
    entered = desk.enter(Ask(SELL, 10, 5, link=Link.OCO), [Ask(BUY, 10, 8)], owner=1)
    assert entered[2:] == [
        row(EventKind.ACTIVATED, B, 0, 10, 8, 8),
        row(EventKind.EXECUTED, B, A, 10, 5, 3, 0),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 10, 3),
    ]
    assert desk.books.live == 0


def test_slots_are_given_back_as_orders_end() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 20, 5, link=Link.OCO), [Ask(SELL, 21, 5)])
    desk.books.cancel(A)
    assert desk.books.submit(0, BUY, 1, 1)[0][2] == order_id(3, 1)
    assert desk.books.submit(0, BUY, 1, 1)[0][2] == order_id(4, 0)
    other = Desk()
    other.enter(Ask(SELL, 20, 5, link=Link.OCO), [Ask(SELL, 21, 5)])
    other.books.submit(0, BUY, 20, 5)
    assert [other.books.submit(0, BUY, 1, 1)[0][2] & 0xFF for _ in range(3)] == [2, 0, 1]
