"""The whole core (risk, match, clear, events; one batch call) beside the matching floor alone.

A futures-like stream over 30 instruments, each order of a random account, by batches of 1,000: core and
floor apply the same commands in alternating rounds in one process; rates are commands a second of thread
time, medians; each batch is written just before it is applied, as the sequencer does it. Every order
passes its limits and its portfolio margin over all scenarios, every trade is cleared for both sides, every
event row written. "× floor" is the median ratio of the rounds. Trades: whether both told the same. Beside
them: a change of one instrument's mark that re-margins every account, and one sample of the laws, of which
a running exchange takes one a second.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.table import Table

from benchmarks import machine
from benchmarks.core_flow import draw
from benchmarks.core_rounds import MARK_ACCOUNTS, Marked, Paired, mark, pair
from benchmarks.matching_report import Aim, footer
from benchmarks.terminal import wide_console
from exchange.law_watch import INTERVAL_S

INSTRUMENTS = 30
FEW, MANY = 1_000, 100_000
AIMS_PER_S = {FEW: 10e6, MANY: 3.5e6}
LEAST_RATIO = 0.25
LAWS_SHARE = 0.05
"""Of a core, spent on samples of the laws."""


def table(pairs: Sequence[Paired], marked: Marked) -> Table:
    """Lay out the rates, and below them what is beside them."""
    shown = Table(box=None, pad_edge=False, title_justify="left", header_style="bold")
    shown.add_column("accounts × instruments")
    for heading in ("commands", "core, M/s", "ns", "floor, M/s", "× floor", "rows a command"):
        shown.add_column(heading, justify="right")
    shown.add_column("trades")
    shown.add_column("a sample of the laws")
    for found in pairs:
        shown.add_row(
            f"{found.accounts:,} × {INSTRUMENTS}",
            f"{found.commands:,}",
            f"{found.core_per_s / 1e6:.2f}",
            f"{1e9 / found.core_per_s:.0f}",
            f"{found.floor_per_s / 1e6:.1f}",
            f"{found.ratio:.2f}",
            f"{found.events:.2f}",
            "same" if found.same else "DIFFER",
            f"{found.sample_s * 1e3:.1f} ms each {INTERVAL_S:g} s",
        )
    shown.add_row()
    shown.add_row(f"mark change, {marked.positions:,} positions", "", "", "", "", "", "", "")
    shown.add_row(
        f"  {marked.seconds * 1e3:.1f} ms, {marked.seconds / marked.positions * 1e9:.0f} ns each"
    )
    return shown


def aims(pairs: Sequence[Paired]) -> list[Aim]:
    """Judge what was measured; what was not measured at its size is not judged."""
    by_accounts = {found.accounts: found for found in pairs}
    found = []
    for accounts, least in AIMS_PER_S.items():
        line = by_accounts.get(accounts)
        text = f"{accounts:,} accounts: ≥ {least / 1e6:g} M commands/s"
        measured = "" if line is None else f"{line.core_per_s / 1e6:.2f}"
        found.append(Aim(text, measured, None if line is None else line.core_per_s >= least))
    line = by_accounts.get(FEW)
    text = f"{FEW:,} accounts: ≥ {LEAST_RATIO:g} × matching alone"
    measured = "" if line is None else f"{line.ratio:.2f}"
    found.append(Aim(text, measured, None if line is None else line.ratio >= LEAST_RATIO))
    for accounts in AIMS_PER_S:
        line = by_accounts.get(accounts)
        text = f"{accounts:,} accounts: laws sampled for ≤ {LAWS_SHARE:.0%} of the time"
        share = None if line is None else line.sample_s / INTERVAL_S
        measured = "" if share is None else f"{share:.1%}"
        found.append(Aim(text, measured, None if share is None else share <= LAWS_SHARE))
    return found


def main(argv: Sequence[str]) -> None:
    """Measure, print the table and the aims, and write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks core", description=__doc__)
    parser.add_argument("--messages", type=int, default=300_000, help="of each stream; 300,000")
    parser.add_argument("--rounds", type=int, default=9, help="in which they are timed; 9")
    parser.add_argument("--accounts", type=int, action="append", help="1,000 and 100,000")
    parser.add_argument("--marked", type=int, default=MARK_ACCOUNTS, help="positions; 100,000")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    console = wide_console(150)
    pairs = []
    for accounts in arguments.accounts or (FEW, MANY):
        with console.status(f"{accounts:,} accounts: drawing and measuring"):
            flow = draw(accounts, INSTRUMENTS, arguments.messages, arguments.seed)
            pairs.append(pair(flow, arguments.rounds))
    with console.status("marking"):
        marked = mark(arguments.rounds, arguments.marked)
    found = aims(pairs)
    console.print(table(pairs, marked), footer(found), sep="\n\n")
    results = {
        "messages": arguments.messages,
        "rounds": arguments.rounds,
        "seed": arguments.seed,
        "pairs": [line._asdict() for line in pairs],
        "mark": marked._asdict(),
        "aims": [aim._asdict() for aim in found],
    }
    console.print(f"written to {machine.save('core', results)}")
