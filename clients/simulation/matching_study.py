"""The same people, the same news, the same seeds, on books that match differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from clients.messages import IndexPrice
from clients.simulation.loop import Simulation
from clients.simulation.measures import Meter, SignalPath, mean
from clients.simulation.news_market import Investor, Maker, NewsTrader, Sniper
from clients.trader import NS_PER_S, generator
from exchange.contracts.listing import instruments
from exchange.contracts.spec import shipped
from exchange.core import commands as core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import CommandKind

NS_PER_MS = 1_000_000
START_NS = 1_800_000_000 * NS_PER_S
FAMILY = "H100"
INDEX_MICROS = 2_500_000
DEPOSIT_MICROS = 10**15
MARKOUT_NS = NS_PER_S


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """A study's market; latencies count each way, once for orders and once for what is heard.

    All defaults are choices of ours, none is measured of a market.
    """

    seconds: int = 120
    fast_ms: float = 1.0
    slow_ms: float = 20.0
    fast_makers: int = 3
    slow_makers: int = 3
    snipers: int = 2
    investors: int = 5
    investor_trades_a_second: float = 2.0
    news_a_second: float = 1.0
    batch_ms: int = 100
    minimum_allocation_lots: int = 2
    top_order_lots: int = 5


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Prices in ticks, sizes in lots, the makers' figures a lot filled."""

    matching: str
    seed: int
    trades: int
    lots: int
    spread_ticks: float
    best_lots: float
    near_lots: float
    taken_back_part: float
    orders_a_trade: float
    slow_fill_part: float
    fast_adverse_ticks: float
    slow_adverse_ticks: float
    fast_edge_ticks: float
    slow_edge_ticks: float
    investor_cost_ticks: float
    sniped_part: float


def contracts(terms: Terms) -> dict[str, InstrumentSpec]:
    """Return the shipped perpetual under each algorithm, without fees and without a breaker."""
    listed = instruments(shipped(), START_NS, {FAMILY: INDEX_MICROS} | _PRICES)
    plain = msgspec.structs.replace(
        next(spec for spec in listed if spec.perpetual and spec.underlying == FAMILY),
        maker_fee_micros=0,
        taker_fee_micros=0,
        breaker_move_ppm=0,
        breaker_window_ns=0,
        breaker_pause_ns=0,
        breaker_max_extensions=0,
    )
    changed = partial(msgspec.structs.replace, plain)
    return {
        "price_time": plain,
        "pro_rata": changed(
            matching="pro_rata", minimum_allocation_lots=terms.minimum_allocation_lots
        ),
        "fifo_top": changed(matching="fifo_top", top_order_lots=terms.top_order_lots),
        "batch_auction": changed(
            matching="batch_auction", batch_interval_ns=terms.batch_ms * NS_PER_MS
        ),
    }


_PRICES = dict.fromkeys(("H200", "A100", "B200", "H100"), INDEX_MICROS)


def news(seed: int, terms: Terms, first_ticks: int) -> Iterator[tuple[int, int]]:
    """Give the times and values of the signal: jumps of 3 to 8 ticks, drawn back to where it began."""
    draw = generator(seed, "news")
    ts_ns, ticks = START_NS, first_ticks
    yield ts_ns, ticks
    while True:
        ts_ns += int(draw.exponential(NS_PER_S / terms.news_a_second))
        if ts_ns > START_NS + terms.seconds * NS_PER_S:
            return
        up = draw.random() < 0.5 - (ticks - first_ticks) / 100
        ticks += int(draw.integers(3, 9)) * (1 if up else -1)
        yield ts_ns, ticks


def people(seed: int, terms: Terms, name: str) -> Iterator[tuple[str, NewsTrader, float]]:
    """Give each participant with its role and its latency in milliseconds."""
    for number in range(terms.fast_makers):
        yield "fast", Maker(f"fast-{number}", seed, name), terms.fast_ms
    for number in range(terms.slow_makers):
        yield "slow", Maker(f"slow-{number}", seed, name), terms.slow_ms
    for number in range(terms.snipers):
        yield "sniper", Sniper(f"sniper-{number}", seed, name), terms.fast_ms
    for number in range(terms.investors):
        investor = Investor(
            f"investor-{number}", seed, name, a_second=terms.investor_trades_a_second
        )
        yield "investor", investor, terms.slow_ms


def run(spec: InstrumentSpec, seed: int, terms: Terms) -> Outcome:
    """Live through one market."""
    simulation = Simulation([spec], START_NS)
    roles: dict[str, set[int]] = {}
    for role, trader, latency_ms in people(seed, terms, spec.name):
        latency_ns = int(latency_ms * NS_PER_MS)
        line = simulation.add(
            trader,
            deposit_micros=DEPOSIT_MICROS,
            order_latency_ns=latency_ns,
            feed_latency_ns=latency_ns,
        )
        roles.setdefault(role, set()).add(line.account)
    fast, slow, snipers, investors = (
        frozenset(roles.get(role, ())) for role in ("fast", "slow", "sniper", "investor")
    )
    meter, path = Meter(fast | slow), SignalPath()
    simulation.listeners.append(meter.hear)

    def announce(ticks: int) -> None:
        path.add(simulation.now_ns, ticks)
        simulation.apply(core.Command(CommandKind.MARK, instrument=0, price_ticks=ticks))
        simulation.publish(IndexPrice(spec.index, simulation.now_ns, ticks * spec.tick_micros))

    def look() -> None:
        meter.look(simulation.replica.core.books, 0)
        simulation.plan(simulation.now_ns + terms.batch_ms * NS_PER_MS, look)

    for ts_ns, ticks in news(seed, terms, spec.reference_ticks):
        simulation.plan(ts_ns, partial(announce, ticks))
    # Just behind the end of a batch, when its book is not crossed.
    simulation.plan(START_NS + terms.batch_ms * NS_PER_MS + 1, look)
    simulation.run(START_NS + terms.seconds * NS_PER_S)

    edge, adverse = partial(meter.edge_ticks, path=path), partial(meter.adverse_ticks, path=path)
    maker_lots = meter.filled_lots(fast | slow)
    short_ns = (terms.batch_ms + int(2 * terms.slow_ms)) * NS_PER_MS
    return Outcome(
        matching=spec.matching,
        seed=seed,
        trades=meter.trades,
        lots=meter.lots,
        spread_ticks=mean(meter.spreads_ticks),
        best_lots=mean(meter.best_lots),
        near_lots=mean(meter.near_lots),
        taken_back_part=meter.taken_back / max(1, meter.entered),
        orders_a_trade=meter.entered / max(1, meter.trades),
        slow_fill_part=meter.filled_lots(slow) / max(1, maker_lots),
        fast_adverse_ticks=adverse(fast, after_ns=short_ns),
        slow_adverse_ticks=adverse(slow, after_ns=short_ns),
        fast_edge_ticks=edge(fast, after_ns=MARKOUT_NS),
        slow_edge_ticks=edge(slow, after_ns=MARKOUT_NS),
        investor_cost_ticks=-edge(investors, after_ns=0),
        sniped_part=meter.filled_lots(snipers) / max(1, meter.lots),
    )


def study(seeds: Iterable[int], terms: Terms) -> Iterator[Outcome]:
    """Give the outcome of every seed under every algorithm."""
    markets = contracts(terms)
    for seed in seeds:
        for spec in markets.values():
            yield run(spec, seed, terms)
