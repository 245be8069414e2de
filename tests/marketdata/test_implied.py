"""Implied depth against cycles that are traded lot by lot, and against CME's published example."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st

from marketdata.cycles import Cycle, Route
from marketdata.implied import Level, implied_levels, together

BID, ASK = 0, 1
Books = dict[tuple[int, int], list[Level]]


def shown(cycles: list[Cycle], target: int, side: int, books: Books, n: int = 99) -> list[Level]:
    routes = [cycle.route(target) for cycle in cycles]
    return implied_levels(routes, side, lambda at, on: books.get((at, on), []), n)


def lot_by_lot(cycles: list[Cycle], target: int, side: int, books: Books) -> list[Level]:
    """Sell into (bid) or buy from (ask) every cycle a turn at a time, always at the best price there is."""
    sign = 1 if side == BID else -1
    lots = {
        key: [price for price, qty in level for _ in range(qty)] for key, level in books.items()
    }
    found: dict[int, int] = {}
    while True:
        best: tuple[int, Cycle, list[tuple[tuple[int, int], int]]] | None = None
        for cycle in cycles:
            coefficients = {cycle.combo: -1, **dict(cycle.legs)}
            own = coefficients.pop(target)
            total, parts = Fraction(0), []
            for book, coefficient in coefficients.items():
                weight = Fraction(-coefficient, own)
                key = (book, side if weight > 0 else 1 - side)
                needed = abs(coefficient)
                queue = lots.get(key, [])[:needed]
                parts.append((key, needed if len(queue) == needed else -1))
                total += sum(queue) * (1 if weight > 0 else -1)
            if any(needed < 0 for _, needed in parts):
                continue
            price = (floor if side == BID else ceil)(total / abs(own))
            if best is None or sign * price > sign * best[0]:
                best = (price, cycle, parts)
        if best is None:
            return sorted(found.items(), reverse=side == BID)
        price, cycle, parts = best
        for key, needed in parts:
            del lots[key][:needed]
        found[price] = found.get(price, 0) + abs({cycle.combo: -1, **dict(cycle.legs)}[target])


def sides(middle: int) -> st.SearchStrategy[tuple[list[Level], list[Level]]]:
    def ladder(sign: int) -> st.SearchStrategy[list[Level]]:
        sizes = st.dictionaries(st.integers(1, 4), st.integers(1, 5), max_size=3)
        return sizes.map(lambda found: [(middle + sign * at, found[at]) for at in sorted(found)])

    return st.tuples(ladder(-1), ladder(1))


CYCLES = [
    Cycle(10, ((0, 1), (1, -1))),
    Cycle(11, ((1, 1), (2, -1))),
    Cycle(12, ((0, 1), (2, -1))),
    Cycle(13, ((0, 1), (1, -2), (2, 1))),
    Cycle(14, ((0, 1), (1, -1), (2, -3), (3, 2))),
]
MIDDLES = {0: 270, 1: 265, 2: 258, 3: 250, 10: 5, 11: 7, 12: 12, 13: -2, 14: -269}
all_books = st.fixed_dictionaries({number: sides(middle) for number, middle in MIDDLES.items()})


@given(all_books, st.sampled_from(sorted(MIDDLES)), st.integers(0, 1), st.integers(1, 4))
def test_implied_depth_is_what_an_aggressor_gets_lot_by_lot(
    drawn: dict[int, tuple[list[Level], list[Level]]], target: int, side: int, n: int
) -> None:
    books = {(book, on): levels for book, pair in drawn.items() for on, levels in enumerate(pair)}
    cycles = [cycle for cycle in CYCLES if target in cycle.books]
    expected = lot_by_lot(cycles, target, side, books)
    assert shown(cycles, target, side, books) == expected
    assert shown(cycles, target, side, books, n) == expected[:n]


def test_legs_imply_their_spread() -> None:
    """A bid for the near month and an offer of the far one are together a bid for near less far."""
    books: Books = {
        (0, BID): [(271, 10), (270, 5)],
        (0, ASK): [(273, 4)],
        (1, BID): [(264, 7)],
        (1, ASK): [(266, 3), (267, 20)],
    }
    cycle = Cycle(10, ((0, 1), (1, -1)))
    assert shown([cycle], 10, BID, books) == [(5, 3), (4, 7), (3, 5)]
    assert shown([cycle], 10, ASK, books) == [(9, 4)]


def test_spread_and_one_leg_imply_the_other() -> None:
    books: Books = {(10, BID): [(5, 6)], (1, BID): [(264, 4), (263, 9)], (0, ASK): [(272, 5)]}
    cycle = Cycle(10, ((0, 1), (1, -1)))
    # The buyer of the spread buys the near month, and the far one is sold on to its bids.
    assert shown([cycle], 0, BID, books) == [(269, 4), (268, 2)]
    # He sells the far month, having bought the near one at its offer.
    assert shown([cycle], 1, ASK, books) == [(267, 5)]


def test_cycles_do_not_count_the_same_lots_twice() -> None:
    books: Books = {
        (0, BID): [(270, 4)],
        (10, ASK): [(5, 3)],
        (12, ASK): [(5, 3)],
    }
    two = [Cycle(10, ((0, 1), (1, -1))), Cycle(12, ((0, 1), (1, -1)))]
    assert shown(two[:1], 1, BID, books) == [(265, 3)]
    assert shown(two[1:], 1, BID, books) == [(265, 3)]
    assert shown(two, 1, BID, books) == [(265, 4)]


def test_an_odd_price_is_rounded_against_who_takes_it() -> None:
    fly = Cycle(13, ((0, 1), (1, -2), (2, 1)))
    books: Books = {
        (13, BID): [(-3, 1)],
        (13, ASK): [(-2, 1)],
        (0, BID): [(270, 1)],
        (0, ASK): [(271, 1)],
        (2, BID): [(259, 1)],
        (2, ASK): [(260, 1)],
    }
    # (270 + 259 - -2) / 2 = 265.5 is bid, (271 + 260 - -3) / 2 = 267 is asked, two lots each.
    assert shown([fly], 1, BID, books) == [(265, 2)]
    assert shown([fly], 1, ASK, books) == [(267, 2)]


def test_bids_that_nobody_may_hit_are_left_out() -> None:
    books: Books = {(10, BID): [(-3, 1)], (1, BID): [(4, 1), (3, 1), (2, 1)]}
    routes = [Cycle(10, ((0, 1), (1, -1))).route(0)]
    books[10, BID] = [(-3, 9)]

    def levels(at: int, on: int) -> list[Level]:
        return books.get((at, on), [])

    assert implied_levels(routes, BID, levels, 9) == [(1, 1), (0, 1), (-1, 1)]
    assert implied_levels(routes, BID, levels, 9, worst_bid_ticks=1) == [(1, 1)]


def test_a_route_without_orders_implies_nothing() -> None:
    assert implied_levels([Route(10, 1, ((0, 1),))], BID, lambda at, on: [], 5) == []


def test_books_are_consolidated_as_cme_shows() -> None:
    """The example of CME's client page "MDP 3.0 - Consolidating Implied and Multiple Depth Books"."""
    bids = [(942700, 500), (942650, 750), (942600, 400), (942550, 300), (942500, 200)]
    asks = [(942800, 40), (942850, 600), (942900, 850), (942950, 350), (943050, 150)]
    assert together(bids, [(942750, 100), (942700, 200)], BID, 5) == [
        (942750, 100),
        (942700, 700),
        (942650, 750),
        (942600, 400),
        (942550, 300),
    ]
    assert together(asks, [(942800, 40), (943000, 100)], ASK, 5) == [
        (942800, 80),
        (942850, 600),
        (942900, 850),
        (942950, 350),
        (943000, 100),
    ]
