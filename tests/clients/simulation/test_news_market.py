from __future__ import annotations

from clients import messages as m
from clients.simulation.loop import Simulation
from clients.simulation.news_market import Investor, Maker, NewsTrader, Sniper
from clients.trader import NS_PER_S
from tests.clients.simulation.recorder import NAME, USD, instrument

START_NS = NS_PER_S
MS = 1_000_000


def market(*traders: tuple[NewsTrader, int]) -> Simulation:
    simulation = Simulation([instrument()], START_NS)
    for trader, latency_ns in traders:
        simulation.add(
            trader,
            deposit_micros=10_000 * USD,
            order_latency_ns=latency_ns,
            feed_latency_ns=latency_ns,
        )
    return simulation


def announce(simulation: Simulation, ticks: int) -> None:
    simulation.publish(m.IndexPrice("test", simulation.now_ns, ticks * 1_000))


def quotes(simulation: Simulation) -> tuple[int | None, int | None]:
    books = simulation.replica.core.books
    return books.best_bid(0), books.best_ask(0)


def test_a_maker_quotes_around_the_signal_and_follows_it() -> None:
    maker = Maker("a", 1, NAME)
    simulation = market((maker, MS))
    simulation.run(START_NS + NS_PER_S)
    assert quotes(simulation) == (None, None)
    half = maker.half_ticks
    for ticks in (1_000, 1_007):
        announce(simulation, ticks)
        simulation.run(simulation.now_ns + 10 * MS)
        assert quotes(simulation) == (ticks - half, ticks + half)


def test_a_maker_without_a_fill_narrows() -> None:
    maker = Maker("a", 1, NAME)
    simulation = market((maker, MS))
    announce(simulation, 1_000)
    simulation.run(START_NS + 120 * NS_PER_S)
    assert maker.half_ticks == 1
    assert quotes(simulation) == (999, 1_001)


def test_whoever_hears_first_of_a_jump_moves_the_quote_or_takes_it() -> None:
    for maker_ns, sniper_ns, taken in ((MS, 20 * MS, 0), (20 * MS, MS, 10)):
        maker, sniper = Maker("a", 1, NAME), Sniper("b", 1, NAME)
        simulation = market((maker, maker_ns), (sniper, sniper_ns))
        announce(simulation, 1_000)
        simulation.run(START_NS + 100 * MS)
        announce(simulation, 1_020)
        simulation.run(START_NS + 200 * MS)
        assert -maker.position_lots == taken


def test_makers_that_are_sniped_widen() -> None:
    maker = Maker("a", 1, NAME, most_lots=900)
    simulation = market((maker, 20 * MS), (Sniper("b", 1, NAME), MS))
    before = maker.half_ticks
    for number in range(40):
        announce(simulation, 1_000 + 15 * (number % 2))
        simulation.run(simulation.now_ns + 1_500 * MS)
    assert maker.half_ticks > before


def test_investors_trade_about_as_often_as_they_say() -> None:
    simulation = market(
        (Maker("a", 1, NAME, lots=400), MS), (Investor("c", 1, NAME, a_second=4.0), MS)
    )
    announce(simulation, 1_000)
    trades = 0

    def count(events: list[list[int]], _now_ns: int) -> None:
        nonlocal trades
        trades += sum(row[0] == 2 for row in events)

    simulation.listeners.append(count)
    simulation.run(START_NS + 30 * NS_PER_S)
    # 120 are expected, their standard deviation is 11.
    assert 75 < trades < 165
