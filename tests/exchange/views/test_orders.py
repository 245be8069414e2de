"""The order view against a recomputation from all rows ever, and against the core's own books."""

from __future__ import annotations

import pytest
from hypothesis import given

from exchange.core.commands import Command
from exchange.core.layout import (
    COMMAND_SEQ,
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_ORDER_ID,
    EVENT_SEQ,
    EVENT_TAG,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.views.orders import Order, OrderState, OrderView
from exchange.views.views import Views
from tests.exchange.core.intents import accepted_ids, bounded, many, market
from tests.exchange.views.market_flow import (
    REFERENCE_TICKS,
    Line,
    opening,
    random_flow,
    resolve,
    seeds,
)


def recomputed(rows: list[list[int]], texts: dict[int, str]) -> dict[int, dict[str, object]]:
    """Return what is true of every order, by reading each order's rows from the first to the last."""
    truth: dict[int, dict[str, object]] = {}
    for accepted in rows:
        if accepted[EVENT_KIND] != EventKind.ACCEPTED:
            continue
        order_id = accepted[EVENT_ORDER_ID]
        mine = [r for r in rows if order_id in (r[EVENT_ORDER_ID], r[EVENT_RESTING_ORDER_ID])]
        fills = [r for r in mine if r[EVENT_KIND] == EventKind.EXECUTED]
        amends = [r for r in mine if r[EVENT_KIND] == EventKind.AMENDED]
        cancels = [r for r in mine if r[EVENT_KIND] == EventKind.CANCELLED]
        filled = sum(r[EVENT_QTY_LOTS] for r in fills)
        if amends:
            last = amends[-1]
            before = [r for r in fills if r[EVENT_SEQ] < last[EVENT_SEQ]]
            qty = last[EVENT_QTY_LOTS] + sum(r[EVENT_QTY_LOTS] for r in before)
        else:
            qty = accepted[EVENT_QTY_LOTS]
        state = OrderState.OPEN
        if cancels:
            state = OrderState.CANCELLED
        elif filled == qty:
            state = OrderState.FILLED
        truth[order_id] = {
            "account": accepted[EVENT_ACCOUNT],
            "label": texts.get(accepted[EVENT_SEQ], ""),
            "price": (amends[-1] if amends else accepted)[EVENT_PRICE_TICKS],
            "qty": qty,
            "filled": filled,
            "ticklots": sum(r[EVENT_QTY_LOTS] * r[EVENT_PRICE_TICKS] for r in fills),
            "fee": sum(
                r[EVENT_FEE_MICROS if r[EVENT_ORDER_ID] == order_id else EVENT_RESTING_FEE_MICROS]
                for r in fills
            ),
            "state": state,
            "reason": cancels[0][EVENT_TAG] if cancels else 0,
            "replaced": bool(amends),
        }
    return truth


def told(order: Order) -> dict[str, object]:
    """Return the same facts of an order as the view has them."""
    return {
        "account": order.account,
        "label": order.label,
        "price": order.price_ticks,
        "qty": order.qty_lots,
        "filled": order.filled_lots,
        "ticklots": order.filled_ticklots,
        "fee": order.fee_micros,
        "state": order.state,
        "reason": order.reason,
        "replaced": order.replaced,
    }


@given(seeds)
def test_every_order_is_as_its_rows_say_and_as_the_book_holds_it(seed: int) -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    for drafts in random_flow(seed):
        views.apply(*line.apply([resolve(draft, line.core) for draft in drafts]))
    truth = recomputed(line.rows, line.texts)
    for order_id, facts in truth.items():
        order = views.orders.get(int(str(facts["account"])), order_id)
        assert order is not None
        assert told(order) == facts
        resting = line.core.books.order(order_id)
        assert (resting is not None) == (order.state == OrderState.OPEN)
        if resting is not None:
            assert resting.price_ticks == order.price_ticks
            assert resting.leaves_lots == order.leaves_lots == order.qty_lots - order.filled_lots
            assert resting.owner == order.account
    live = sorted(o.order_id for account in range(3) for o in views.orders.live(account))
    assert live == sorted(i for i, facts in truth.items() if facts["state"] == OrderState.OPEN)
    assert line.core.books.live == len(live)
    assert views.orders.live(0, 1) == [o for o in views.orders.live(0) if o.instrument == 1]


@bounded
@given(many)
def test_prices_shown_sizes_and_links_are_those_of_the_core(intents: list) -> None:
    """All kinds of order: what only some events tell, held against the core's own books."""
    lab, views = market(), Views()
    order_ids: list[int] = []
    fed = 0
    entered: dict[int, list[int]] = {}
    for intent in [None, *intents]:
        if intent is not None:
            events = lab.do(*intent.commands(lab, order_ids))
            order_ids += accepted_ids(events)
            if len(accepted_ids(events)) > 1:
                entered[accepted_ids(events)[0]] = accepted_ids(events)[1:]
        for batch in lab.batches[fed:]:
            first = int(batch.rows[0, COMMAND_SEQ])
            seqs = range(first, first + len(batch.rows))
            rows = [row for row in lab.events if row[EVENT_SEQ] in seqs]
            views.apply(rows, {first + index: text for index, text in batch.texts.items()})
        fed = len(lab.batches)
        books = lab.core.books
        for book in range(len(lab.core.specs)):
            for side in (0, 1):
                for order_id, owner, price_ticks, shown_lots, _, _ in books.orders(book, side):
                    order = views.orders.get(owner, order_id)
                    assert order is not None
                    assert order.price_ticks == price_ticks
                    if order.display_lots:
                        assert order.shown_lots == shown_lots
            for order_id, owner, _, price_ticks, *_ in books.waiting(book):
                order = views.orders.get(owner, order_id)
                assert order is not None
                assert (order.price_ticks, order.waits) == (price_ticks, True)
    for first_id, others in entered.items():
        order = next((o for a in range(6) if (o := views.orders.get(a, first_id))), None)
        if order is not None and order.link:
            assert order.linked_ids == tuple(others)
            linked = [views.orders.get(order.account, other) for other in others]
            assert {other.linked_to for other in linked if other} <= {first_id}


def submit(account: int, price_ticks: int, label: str = "", *, side: int = 0) -> Command:
    return Command(
        CommandKind.SUBMIT,
        account,
        0,
        side=side,
        price_ticks=price_ticks,
        qty_lots=1,
        text=label,
    )


def test_another_accounts_order_is_as_unknown_as_none() -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    views.apply(*line.apply([submit(0, REFERENCE_TICKS, "mine")]))
    (order,) = views.orders.live(0)
    assert views.orders.get(0, order.order_id) is order
    assert views.orders.get(1, order.order_id) is None
    assert views.orders.get(0, order.order_id + 1) is None
    assert views.orders.labelled(0, "mine") is order
    assert views.orders.labelled(1, "mine") is None


def test_closed_orders_are_bounded_and_leave_oldest_first_with_their_labels() -> None:
    line, views = Line(), Views(closed_orders_per_account=3)
    views.apply(*line.apply(opening()))
    ids = []
    for number in range(5):
        rows, texts = line.apply([submit(0, REFERENCE_TICKS, f"n{number}")])
        views.apply(rows, texts)
        ids.append(rows[0][EVENT_ORDER_ID])
        views.apply(*line.apply([Command(CommandKind.CANCEL, 0, order_id=ids[-1])]))
    # The latest batch is still whole; the next one makes room.
    assert [order.order_id for order in views.orders.closed(0)] == ids[:0:-1]
    views.orders.trim()
    assert [order.order_id for order in views.orders.closed(0)] == ids[:1:-1]
    assert [views.orders.labelled(0, f"n{n}") is None for n in range(5)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert views.orders.get(0, ids[0]) is None
    assert {order.reason for order in views.orders.closed(0)} == {Reason.REQUESTED}


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="closed_limit must be at least 1, got 0"):
        OrderView(0)


def test_rejected_commands_leave_no_order() -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    before = views.snapshot()
    rows, texts = line.apply([submit(0, 4000)])
    assert [row[EVENT_KIND] for row in rows] == [EventKind.REJECTED]
    assert rows[0][EVENT_LEAVES_LOTS] == 0
    views.apply(rows, texts)
    assert views.snapshot() == before
