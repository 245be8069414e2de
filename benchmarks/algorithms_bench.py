"""What a message costs in a book of each matching algorithm: the same flow, in alternating rounds.

Rates are nanoseconds of thread time a message, batches of 1,000 with every event row written. The batch
book's batches end every 1,000 messages, and their clearing counts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.flow import LEVELS, Flow, Rows
from benchmarks.mixes import FUTURES, SWEEPS, generate
from matching.book import OrderBooks
from matching.rule import PRICE_TIME, Algorithm, MatchingRule

BATCH = 1_000
RULES = (
    PRICE_TIME,
    MatchingRule(Algorithm.PRO_RATA, 2),
    MatchingRule(Algorithm.FIFO_TOP, top_lots=50),
    MatchingRule(Algorithm.BATCH_AUCTION, batch_ns=1),
)


def loaded(rule: MatchingRule, flow: Flow) -> OrderBooks:
    """Open books with one that matches by a rule, and enter what rests at the beginning."""
    books = OrderBooks()
    books.add_book(LEVELS, rule=rule)
    books.apply(flow.commands[: flow.preload])
    books.make_room(BATCH)
    return books


def timed_ns(books: OrderBooks, batches: Sequence[Rows]) -> float:
    """Apply batches, each followed by the end of a batch of orders; return the nanoseconds a message."""
    gathers = books.gathers(0)
    started_ns = time.thread_time_ns()
    for number, batch in enumerate(batches, 1):
        books.apply(batch)
        if gathers:
            books.advance(number)
    return (time.thread_time_ns() - started_ns) / sum(len(batch) for batch in batches)


def main(argv: list[str]) -> None:
    """Print a row an algorithm, a column a mix: the median of the rounds, and the lowest."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks algorithms", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=50_000)
    asked = parser.parse_args(argv)
    mixes = (FUTURES, SWEEPS)
    found: dict[tuple[str, str], list[float]] = {}
    console = Console()
    for mix in mixes:
        flow = generate(mix, asked.messages, seed=1)
        starts = range(flow.preload, len(flow.commands), BATCH)
        batches = [flow.commands[start : start + BATCH] for start in starts]
        for turn in track(range(asked.rounds), mix.name, console=console, transient=True):
            for rule in RULES if turn % 2 == 0 else RULES[::-1]:
                took_ns = timed_ns(loaded(rule, flow), batches)
                found.setdefault((rule.algorithm.name, mix.name), []).append(took_ns)
    table = Table("matching", *(f"{mix.name}, ns a message" for mix in mixes))
    for rule in RULES:
        name = rule.algorithm.name
        cells = [found[name, mix.name] for mix in mixes]
        texts = [f"{statistics.median(ns):.0f} (lowest {min(ns):.0f})" for ns in cells]
        table.add_row(name.lower().replace("_", "-"), *texts)
    console.print(table)
