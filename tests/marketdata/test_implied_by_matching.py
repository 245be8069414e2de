"""What implied depth says against what the match gives to an order that takes all there is."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from marketdata.cycles import Cycle
from marketdata.implied import Level, implied_levels, together
from matching.layout import EventKind, TimeInForce
from matching.reference import ReferenceBooks

BASE_TICKS, LEVELS = -2048, 4096
MIDDLES = {0: 100, 1: 98, 2: 95, 3: 2, 4: 3, 5: 5, 6: 97}
CYCLES = [
    Cycle(5, ((0, 1), (2, -1))),
    Cycle(3, ((0, 1), (1, -1))),
    Cycle(4, ((1, 1), (2, -1))),
    Cycle(6, ((0, 1), (1, -1), (2, 1))),
]
TRADED = (EventKind.EXECUTED, EventKind.IMPLIED, EventKind.IMPLIED_LEG)
ALL_LOTS = 1_000
TAKER = 7

orders = st.lists(
    st.tuples(
        st.sampled_from(sorted(MIDDLES)),
        st.integers(0, 1),
        st.integers(-2, 5),
        st.integers(1, 6),
    ),
    max_size=30,
)
"""Book, side, ticks away from the middle on its own side, lots."""


def opened(resting: list[tuple[int, int, int, int]]) -> ReferenceBooks:
    books = ReferenceBooks(owners=TAKER + 1)
    for _ in MIDDLES:
        books.add_book(LEVELS, BASE_TICKS)
    for cycle in CYCLES:
        books.link(cycle.combo, cycle.legs)
    for book, side, away, lots in resting:
        price_ticks = MIDDLES[book] + (away if side else -away)
        books.submit(book, side, price_ticks, lots, owner=book)
    return books


def taken(books: ReferenceBooks, book: int, side: int) -> list[Level]:
    """Sell to every bid (side 0) or buy every ask there is, and return what was had at which price."""
    worst_ticks = BASE_TICKS if side == 0 else BASE_TICKS + LEVELS - 1
    probe = deepcopy(books)
    tif = int(TimeInForce.IOC)
    events = probe.submit(book, 1 - side, worst_ticks, ALL_LOTS, owner=TAKER, tif=tif)
    taker_id = events[0][2]
    found: dict[int, int] = {}
    for kind, _, order_id, _, price_ticks, lots, *_ in events:
        if kind in TRADED and order_id == taker_id:
            found[price_ticks] = found.get(price_ticks, 0) + lots
    return sorted(found.items(), reverse=side == 0)


@given(orders)
def test_one_order_gets_exactly_what_real_and_implied_depth_say_together(
    resting: list[tuple[int, int, int, int]],
) -> None:
    books = opened(resting)

    def levels(book: int, side: int) -> list[Level]:
        return [(price, lots) for price, lots, _ in books.depth(book, side)]

    for book in MIDDLES:
        routes = [cycle.route(book) for cycle in CYCLES if book in cycle.books]
        for side in (0, 1):
            implied = implied_levels(routes, side, levels, ALL_LOTS)
            shown = together(levels(book, side), implied, side, ALL_LOTS)
            assert taken(books, book, side) == shown, (book, side)
