"""No complete cycle is left: every cycle of a story enumerated anew from what the books show."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from matching.layout import Side, State

Links = tuple[tuple[int, tuple[tuple[int, int], ...]], ...]


def complete_cycles(
    books: Any,
    links: Links,
    ends_ns: dict[int, int],
    band_ticks: Callable[[int], tuple[int, int]] | None = None,
) -> list[tuple[int, int]]:
    """Return (combo, side) of each cycle whose first orders could trade, every one inside its book's range.

    The youngest of them is offered what the others leave it, which its book's range must allow as well,
    and its band, where a caller tells the bands.
    """
    found = []
    for (combo, legs), buys in product(links, (True, False)):
        end_ns = ends_ns.get(combo, 0)
        everywhere = [combo, *(leg for leg, _ in legs)]
        if any(books.state(book) != State.OPEN for book in everywhere):
            continue
        if end_ns and books.now_ns >= end_ns:
            continue
        if _completes(books, combo, legs, buys, band_ticks):
            found.append((combo, int(Side.BUY if buys else Side.SELL)))
    return found


def _completes(
    books: Any,
    combo: int,
    legs: tuple[tuple[int, int], ...],
    buys: bool,
    band_ticks: Callable[[int], tuple[int, int]] | None,
) -> bool:
    wanted = [(combo, Side.BUY if buys else Side.SELL)]
    wanted += [(leg, Side.SELL if (ratio > 0) == buys else Side.BUY) for leg, ratio in legs]
    queues = [books.orders(book, int(side)) for book, side in wanted]
    if not all(queues):
        return False
    firsts = [queue[0] for queue in queues]
    paid = sum(ratio * first[2] for (_, ratio), first in zip(legs, firsts[1:], strict=True))
    left = (firsts[0][2] - paid) * (1 if buys else -1)
    if left < 0:
        return False
    youngest = max(range(len(firsts)), key=lambda place: firsts[place][0])
    for place, ((book, side), first) in enumerate(zip(wanted, firsts, strict=True)):
        low_ticks, high_ticks = books.range_ticks(book)
        price_ticks = first[2]
        if place == youngest:
            price_ticks += -left if side == Side.BUY else left
            if band_ticks is not None:
                low_ticks = max(low_ticks, band_ticks(book)[0])
                high_ticks = min(high_ticks, band_ticks(book)[1])
        if not low_ticks <= price_ticks <= high_ticks:
            return False
    return True
