from __future__ import annotations

import pytest

from clients import messages as m
from clients.messages import Side
from clients.simulation.loop import Simulation
from clients.trader import Cancel, Submit
from exchange.core import invariants
from tests.clients.simulation.recorder import NAME, USD, Recorder, instrument

START_NS = 1_000_000


def order(label: str, side: Side, lots: int, ticks: int = 1_000) -> Submit:
    return Submit(label=label, instrument=NAME, side=side, qty_lots=lots, price_ticks=ticks)


def joined(simulation: Simulation, trader: Recorder, there_ns: int, back_ns: int) -> Recorder:
    simulation.add(
        trader, deposit_micros=1_000 * USD, order_latency_ns=there_ns, feed_latency_ns=back_ns
    )
    return trader


def test_orders_and_news_of_them_take_each_line_s_time() -> None:
    simulation = Simulation([instrument()], START_NS)
    seller = joined(simulation, Recorder("s", [order("s-1", Side.SELL, 5)]), 10, 7)
    buyer = joined(simulation, Recorder("b", [order("b-1", Side.BUY, 3)]), 40, 300)
    simulation.run(START_NS + 1_000)
    assert [ts_ns - START_NS for ts_ns, _ in seller.of(m.Order)] == [10 + 7, 40 + 7]
    assert [ts_ns - START_NS for ts_ns, _ in buyer.of(m.UserTrade)] == [40 + 300]
    sold, bought = seller.of(m.UserTrade)[0][1], buyer.of(m.UserTrade)[0][1]
    assert isinstance(sold, m.UserTrade)
    assert isinstance(bought, m.UserTrade)
    assert (sold.side, sold.qty_lots, sold.is_maker, sold.fee_micros) == (Side.SELL, 3, True, 300)
    assert (bought.side, bought.is_maker, bought.fee_micros) == (Side.BUY, False, 900)
    assert seller.view.orders["s-1"].filled_lots == 3
    assert buyer.view.orders == {}
    # Both see what is left, each in its time.
    book = buyer.view.book(NAME)
    assert (book.best_bid_ticks, book.best_ask_ticks) == (None, 1_000)
    assert invariants.violations(simulation.replica.core) == []


def test_who_is_nearer_to_the_core_is_first() -> None:
    for near, far in (("a", "b"), ("b", "a")):
        simulation = Simulation([instrument()], START_NS)
        orders = {name: Recorder(name, [order(f"{name}-1", Side.SELL, 1)]) for name in "ab"}
        for name, trader in orders.items():
            joined(simulation, trader, 5 if name == near else 50, 1)
        joined(simulation, Recorder("c", [order("c-1", Side.BUY, 1)]), 100, 1)
        simulation.run(START_NS + 1_000)
        assert len(orders[near].of(m.UserTrade)) == 1
        assert orders[far].of(m.UserTrade) == []


def test_batches_end_at_their_time_whoever_is_nearer() -> None:
    spec = instrument(matching="batch_auction", batch_interval_ns=1_000_000)
    simulation = Simulation([spec], START_NS)
    near = joined(simulation, Recorder("n", [order("n-1", Side.SELL, 4)]), 5, 1)
    far = joined(simulation, Recorder("f", [order("f-1", Side.SELL, 4)]), 500, 1)
    joined(simulation, Recorder("c", [order("c-1", Side.BUY, 4)]), 100, 1)
    simulation.run(START_NS + 999_999)
    assert near.of(m.UserTrade) == []
    simulation.run(START_NS + 1_000_001)
    for trader in (near, far):
        ((ts_ns, trade),) = trader.of(m.UserTrade)
        assert ts_ns == START_NS + 1_000_001
        assert isinstance(trade, m.UserTrade)
        assert trade.qty_lots == 2


def test_a_command_for_an_order_that_has_ended_meanwhile_does_nothing() -> None:
    simulation = Simulation([instrument()], START_NS)
    trader = Recorder("a", [order("a-1", Side.SELL, 1), Cancel("a-1"), Cancel("a-1")])
    joined(simulation, trader, 10, 1)
    simulation.run(START_NS + 100)
    assert [o.state for _, o in trader.of(m.Order) if isinstance(o, m.Order)] == [
        m.OrderState.OPEN,
        m.OrderState.CANCELLED,
    ]


def test_a_refused_order_is_told_with_its_reason() -> None:
    simulation = Simulation([instrument()], START_NS)
    trader = joined(simulation, Recorder("a", [order("a-1", Side.BUY, 501)]), 10, 1)
    simulation.run(START_NS + 100)
    ((_, rejection),) = trader.of(m.Rejection)
    assert isinstance(rejection, m.Rejection)
    assert (rejection.verb, rejection.label) == ("Submit", "a-1")
    assert rejection.reason == "QTY_ABOVE_MAXIMUM"


@pytest.mark.parametrize("wanted_ns", [START_NS, START_NS + 5])
def test_nothing_happens_before_its_time(wanted_ns: int) -> None:
    simulation = Simulation([instrument()], START_NS)
    happened: list[int] = []
    simulation.plan(wanted_ns, lambda: happened.append(simulation.now_ns))
    simulation.run(wanted_ns - 1)
    assert happened == []
    simulation.run(wanted_ns)
    assert happened == [wanted_ns]
