"""How many faults were tried and survived, by kind; which half runs; progress of the long one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import track

LONG = os.environ.get("CFX_FAULTS") == "all"
"""Whether every fault is tried, as `make faults` does, or an even part of each kind."""

PROPERTY = "faults"

Item = TypeVar("Item")


class Attempt:
    """One fault on its way; set ``refused`` where the exchange told clearly that it cannot go on."""

    refused = False


class Tally:
    """Counts one test's faults: tried when they begin, survived when what must hold did."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def __call__(self, kind: str) -> Iterator[Attempt]:
        """Try one fault of a kind."""
        self.counts[kind, "tried"] += 1
        attempt = Attempt()
        yield attempt
        self.counts[kind, "refused" if attempt.refused else "survived"] += 1


def chosen(items: Sequence[Item], quick: int) -> Sequence[Item]:
    """Return all items in the long half, else so many that lie evenly, the first and the last among them."""
    if LONG or len(items) <= quick:
        return items
    last, steps = len(items) - 1, max(1, quick - 1)
    return [items[place * last // steps] for place in range(quick)]


def shown(items: Sequence[Item], title: str) -> Iterable[Item]:
    """Return the items, with a progress bar on standard error in the long half."""
    if not LONG:
        return items
    return track(items, description=title, console=Console(stderr=True))


def table(counts: Counter[tuple[str, str]]) -> list[str]:
    """Return the lines of the table by kind, the sum last."""
    kinds = sorted({kind for kind, _ in counts})
    width = max(len(kind) for kind in [*kinds, "all"])
    lines = [f"{'fault':<{width}}  {'tried':>6}  {'survived':>8}  {'refused clearly':>15}"]
    total: Counter[str] = Counter()
    for kind in [*kinds, "all"]:
        row = {name: counts[kind, name] for name in ("tried", "survived", "refused")}
        total.update(row)
        told = row if kind != "all" else total
        lines.append(
            f"{kind:<{width}}  {told['tried']:>6,}  {told['survived']:>8,}  {told['refused']:>15,}"
        )
    return lines
