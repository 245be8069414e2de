"""Cost of implied depth: one family of linked months, what an answer and what a window cost.

Each outright and spread has the same number of levels a side, spaced a tick. A window is one change of a
level in every book, published to one listener of every implied book, beside the same windows without
listeners. The machine's other load is in the figures.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import combinations, islice
from typing import Any

from rich.table import Table

from benchmarks import machine
from benchmarks.terminal import wide_console
from marketdata.market import Market
from marketdata.messages import Instrument, InstrumentLeg, State
from marketdata.publisher import Publisher, Subscriber
from matching.layout import Side

T0_NS = 1_798_761_600_000_000_000
MIDDLE_TICKS = 300
"""Of a month; a spread of two stands about zero."""


def main(argv: Sequence[str]) -> None:
    """Measure, print the table, write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks implied_depth", description=__doc__)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--spreads", type=int, default=30)
    parser.add_argument("--levels", type=int, default=20, help="of each side of each book")
    parser.add_argument("--windows", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=20, help="answers timed of each book")
    given = parser.parse_args(argv)
    console = wide_console()
    market, names = linked(given.months, given.spreads, given.levels)
    figures: dict[str, float] = {}
    months, spreads = names[: given.months], names[given.months :]
    with console.status("implied depth"):
        for label, some in (("a spread", spreads), ("a month", months)):
            for depth in (1, 10):
                ask = _asking(market, some, depth)
                figures[f"sides of {label}, {depth} deep, µs"] = 1e6 * _median_s(ask, given.rounds)
        figures["window, nobody listens, ms"] = 1e3 * windows(market, [], given.windows)
        channels = [f"book.{name}.implied.100ms" for name in names]
        figures["window, one book, ms"] = 1e3 * windows(market, channels[:1], given.windows)
        figures["window, all books, ms"] = 1e3 * windows(market, channels, given.windows)
    console.print(table(figures, given))
    kept = machine.save("implied_depth", {"plan": vars(given), "figures": figures})
    console.print(f"written to {kept}")


def linked(months: int, spreads: int, levels: int) -> tuple[Market, list[str]]:
    """Return an open market of months and their nearest calendar spreads, all with full books."""
    market = Market(tape_capacity=1)
    outrights = [f"M{number}" for number in range(months)]
    pairs = sorted(combinations(range(months), 2), key=lambda pair: (pair[1] - pair[0], pair))
    names = outrights + [f"M{near}-M{far}" for near, far in islice(pairs, spreads)]
    for number, name in enumerate(names):
        legs = name.split("-") if "-" in name else []
        market.list_instrument(_instrument(number, name, legs))
        market.set_state(number, State.OPEN, T0_NS)
        middle = 0 if legs else MIDDLE_TICKS
        for place in range(1, levels + 1):
            market.set_level(number, Side.BUY, middle - place, 5 + (number + place) % 7)
            market.set_level(number, Side.SELL, middle + place, 5 + (number * place) % 7)
    market.commit(1, T0_NS, cut=True)
    return market, names


def _instrument(number: int, name: str, legs: list[str]) -> Instrument:
    return Instrument(
        instrument_id=number,
        name=name,
        family="S" if legs else "M",
        underlying="H100",
        index_name="index",
        perpetual=False,
        tick_micros=10_000,
        contract_hours=730,
        creation_ns=T0_NS,
        expiry_ns=T0_NS * 2,
        maker_fee_micros=0,
        taker_fee_micros=0,
        initial_margin_ppm=200_000,
        maintenance_margin_ppm=150_000,
        max_order_lots=1_000,
        legs=tuple(InstrumentLeg(leg, 1 - 2 * at) for at, leg in enumerate(legs)),
        implied=bool(legs),
    )


def _asking(market: Market, names: Sequence[str], depth: int) -> list[Callable[[], Any]]:
    def ask(number: int) -> Callable[[], Any]:
        return lambda: [market.implied_levels(number, side, depth) for side in Side]

    found = (market.find(name) for name in names)
    return [ask(one.instrument_id) for one in found if one is not None]


def _median_s(asks: Sequence[Callable[[], Any]], rounds: int) -> float:
    taken: list[float] = []
    for ask in asks:
        for _ in range(rounds):
            began = time.perf_counter()
            ask()
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def windows(market: Market, channels: Sequence[str], count: int) -> float:
    """Return the median seconds of a window in which every book changes, with a listener or none."""
    subscriber = Subscriber(Publisher(market))
    subscriber.subscribe(channels)
    subscriber.take()
    taken: list[float] = []
    for _ in range(count):
        seq = market.seq + 1
        for listed in market.instruments():
            middle = 0 if listed.legs else MIDDLE_TICKS
            market.set_level(listed.instrument_id, Side.BUY, middle - 1, 5 + seq % 5)
        began = time.perf_counter()
        market.commit(seq, T0_NS + seq, cut=True)
        subscriber.take()
        taken.append(time.perf_counter() - began)
    subscriber.close()
    return statistics.median(taken)


def table(figures: dict[str, float], given: argparse.Namespace) -> Table:
    """Lay the figures out."""
    shown = Table(title="implied depth", title_justify="left", caption_justify="left", box=None)
    shown.add_column("what")
    shown.add_column("median", justify="right")
    for what, figure in figures.items():
        shown.add_row(what, f"{figure:,.2f}")
    shown.caption = (
        f"{given.months} months and {given.spreads} spreads, {given.levels} levels a side; a window changes "
        "one level of every book"
    )
    return shown
