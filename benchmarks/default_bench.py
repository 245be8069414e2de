"""Defaults: a thousand accounts of which 300 are under water after one mark, and the rank of many holders.

Half of the accounts are long, half short; a mark takes 300 longs below zero. CLOSE_OUT commands follow, as
the schedule would enter them, until no account is left in default: slices through a book that takes little,
then the layers, then deleveraging. Time is that of the thread. Ranking: what one command spends on ordering
all holders of a side, of whom each has a position and cash of its own.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from rich.table import Table

from benchmarks import machine
from benchmarks.core_flow import SPEC
from benchmarks.terminal import wide_console
from exchange.core import default, invariants
from exchange.core import layout as at
from exchange.core.commands import Command, batch_of
from exchange.core.core import Core
from exchange.core.default_terms import DefaultTerms
from exchange.core.deleveraging import Ranking
from exchange.core.layout import CommandKind, EventKind, Layer
from matching.layout import TimeInForce

ACCOUNTS = 1_000
HOLDERS = 100_000
UNDER_WATER = 0.3
USD = 10**6
ROOM = 10
"""Batches of so many thousand commands open and trade the accounts."""
_DEALS = (int(EventKind.EXECUTED), int(EventKind.DELEVERAGED), int(EventKind.LAYER_PAID))


class Liquidated(NamedTuple):
    """What became of the accounts under water. seconds: from the mark on, the mark apart."""

    accounts: int
    defaulted: int
    mark_seconds: float
    seconds: float
    commands: int
    slowest_seconds: float
    fills: int
    deleveraged: int
    layer_payments: int
    sound: bool


class Ranked(NamedTuple):
    """How long it took to rank the holders of one side."""

    holders: int
    seconds: float


def apply(core: Core, commands: Iterable[Command], ts_ns: int = 0) -> list[list[int]]:
    """Apply commands as one batch; return the event rows."""
    rows: list[list[int]] = core.apply(batch_of([*commands], core.seq + 1, ts_ns)).tolist()
    return rows


def opened(accounts: int, seed: int) -> Core:
    """Return a core in which the first half of the accounts is long and the second short, at the mark."""
    draw = random.Random(seed)
    terms = msgspec.structs.replace(
        SPEC, name="X", family="X", maker_fee_micros=0, taker_fee_micros=0
    )
    core = Core()
    apply(
        core,
        [Command(CommandKind.LIST_INSTRUMENT, text=msgspec.json.encode(terms).decode())],
    )
    ticks, half = terms.reference_ticks, accounts // 2
    lots = [draw.randint(1, 20) for _ in range(half)]
    lot_micros = ticks * terms.tick_value_micros
    weak = int(accounts * UNDER_WATER)
    longs = [lot * lot_micros * (21 if n < weak else 90) // 100 for n, lot in enumerate(lots)]
    # Cash that differs, so that hardly two ranks are equal.
    shorts = [lot * lot_micros * draw.randint(60, 120) // 100 for lot in lots]
    for first in range(0, accounts, 1000 * ROOM):
        apply(
            core,
            (
                Command(CommandKind.OPEN_ACCOUNT, qty_lots=9, amount_micros=cash, text=f"a{n}")
                for n, cash in enumerate([*longs, *shorts])
                if first <= n < first + 1000 * ROOM
            ),
        )
    for first in range(0, half, 1000 * ROOM):
        some = range(first, min(first + 1000 * ROOM, half))
        apply(core, (order(half + n, 1, ticks, lots[n]) for n in some))
        apply(core, (order(n, 0, ticks, lots[n], TimeInForce.FOK) for n in some))
    return core


def order(account: int, side: int, ticks: int, lots: int, tif: int = 0) -> Command:
    """Return the command that enters an order."""
    return Command(
        CommandKind.SUBMIT, account, 0, side=side, tif=tif, price_ticks=ticks, qty_lots=lots
    )


def liquidate(accounts: int = ACCOUNTS, seed: int = 1) -> Liquidated:
    """Mark 300 of a thousand accounts under water, and close them all out."""
    core = opened(accounts, seed)
    terms = DefaultTerms(slice_ppm=500_000, step_ns=1, patience_steps=1, deleveraging_steps=2)
    text = msgspec.json.encode(terms).decode()
    ticks, half = SPEC.reference_ticks, accounts // 2
    weak = int(accounts * UNDER_WATER)
    apply(
        core,
        [
            Command(CommandKind.SET_MARGIN_TERMS, text=text),
            Command(
                CommandKind.FUND_LAYER, qty_lots=Layer.INSURANCE, amount_micros=20 * accounts * USD
            ),
        ],
    )
    marked = ticks * 70 // 100
    began = time.thread_time()
    apply(core, [Command(CommandKind.MARK, instrument=0, price_ticks=marked)])
    mark_seconds = time.thread_time() - began
    # A book that takes a part: bids of those that can afford it, below the mark.
    apply(core, (order(n, 0, marked - 1 - n % 20, 1) for n in range(weak, half)))
    ts_ns, times, counts = 0, [], dict.fromkeys(_DEALS, 0)
    defaulted: set[int] = set()
    while default.due(core, ts_ns + 1):
        ts_ns += 1
        began = time.thread_time()
        rows = apply(core, [Command(CommandKind.CLOSE_OUT)], ts_ns)
        times.append(time.thread_time() - began)
        for row in rows:
            kind = row[at.EVENT_KIND]
            if kind in counts:
                counts[kind] += 1
            elif kind == EventKind.CLOSING_OUT:
                defaulted.add(row[at.EVENT_ACCOUNT])
    fills, deleveraged, paid = counts.values()
    return Liquidated(
        accounts,
        len(defaulted),
        mark_seconds,
        sum(times),
        len(times),
        max(times),
        fills,
        deleveraged // 2,
        paid,
        not invariants.violations(core) and not core.accounts[:, at.ACCOUNT_STATUS].any(),
    )


def rank(holders: int = HOLDERS, seed: int = 1) -> Ranked:
    """Rank as many short holders as told, after a fall of the mark that makes them profits."""
    core = opened(2 * holders, seed)
    ticks = SPEC.reference_ticks
    apply(core, [Command(CommandKind.MARK, instrument=0, price_ticks=ticks * 95 // 100)])
    began = time.thread_time()
    found = Ranking().of(core, 0, longs=False)
    seconds = time.thread_time() - began
    return Ranked(len(found), seconds)


def table(liquidated: Liquidated, ranked: Ranked) -> Table:
    """Lay both out."""
    shown = Table(box=None, title_justify="left", header_style="bold")
    shown.add_column("default")
    shown.add_column("", justify="right")
    for name, text in (
        ("accounts, in default", f"{liquidated.accounts:,}, {liquidated.defaulted:,}"),
        ("the mark", f"{liquidated.mark_seconds * 1e3:.1f} ms"),
        ("all close-outs", f"{liquidated.seconds * 1e3:.0f} ms"),
        ("CLOSE_OUT commands", f"{liquidated.commands:,}"),
        ("the slowest of them", f"{liquidated.slowest_seconds * 1e3:.0f} ms"),
        ("fills in the book", f"{liquidated.fills:,}"),
        ("deals of deleveraging", f"{liquidated.deleveraged:,}"),
        ("payments of layers", f"{liquidated.layer_payments:,}"),
        ("laws hold, nobody left in default", "yes" if liquidated.sound else "NO"),
        (f"ranking {ranked.holders:,} holders", f"{ranked.seconds * 1e3:.0f} ms"),
    ):
        shown.add_row(name, text)
    return shown


def main(argv: Sequence[str]) -> None:
    """Measure, print the table, and write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks default", description=__doc__)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help="1,000")
    parser.add_argument("--holders", type=int, default=HOLDERS, help="100,000")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    console = wide_console()
    with console.status("closing out"):
        liquidate(min(100, arguments.accounts), arguments.seed)
        liquidated = liquidate(arguments.accounts, arguments.seed)
    with console.status("ranking"):
        ranked = rank(arguments.holders, arguments.seed)
    console.print(table(liquidated, ranked))
    results = {"liquidated": liquidated._asdict(), "ranked": ranked._asdict()}
    console.print(f"written to {machine.save('default', results)}")
