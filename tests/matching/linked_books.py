"""Small markets of linked books of either kind, and the rows of their implied trades, shortened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matching.layout import EventKind, Side
from tests.matching.verbs import Verbs

BUY, SELL = int(Side.BUY), int(Side.SELL)
NEAR, FAR, SPREAD = range(3)
COMBO, LEG, REAL = EventKind.IMPLIED, EventKind.IMPLIED_LEG, EventKind.EXECUTED
OWNERS = 8

Cycle = tuple[int, Sequence[tuple[int, int]]]
CALENDAR: tuple[Cycle, ...] = ((SPREAD, ((NEAR, 1), (FAR, -1))),)


def linked(kind: type[Any], links: Sequence[Cycle] = CALENDAR, books: int = 3) -> Verbs:
    """Books of prices from -2,048 to 2,047, linked; buying the spread buys NEAR and sells FAR."""
    made = kind(owners=OWNERS)
    for _ in range(books):
        made.add_book(4096, -2048)
    for combo, legs in links:
        made.link(combo, legs)
    return Verbs(made)


def enter(verbs: Verbs, book: int, side: int, price_ticks: int, lots: int, owner: int = 0) -> int:
    """Enter an order that must not trade; return its id."""
    events = verbs.submit(book, side, price_ticks, lots, owner=owner)
    assert [event[0] for event in events] == [EventKind.ACCEPTED]
    return int(events[0][2])


def trades(events: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
    """Return (kind, price, lots) of the executions among event rows."""
    return [(row[0], row[4], row[5]) for row in events if row[0] in (COMBO, LEG, REAL)]
