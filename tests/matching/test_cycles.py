"""What the best orders of a cycle imply, against all books and sides tried by hand."""

from __future__ import annotations

import random
from itertools import product

import pytest

from matching.layout import Side, State
from tests.matching.cycle_laws import complete_cycles
from tests.matching.linked_books import linked, trades
from tests.matching.linked_stories import LinkedTeller
from tests.matching.telling import Pair, tell_story
from tests.matching.verbs import BOTH

LINKS = {
    "calendar": ((2, ((0, 1), (1, -1))),),
    "strip": ((3, ((0, 1), (1, 1), (2, 1))),),
    "condor": ((4, ((0, 1), (1, -1), (2, -1), (3, 1))),),
    "chain": ((3, ((0, 1), (1, -1))), (4, ((1, 1), (2, -1))), (5, ((0, 1), (2, -1)))),
}


def books_of(name: str) -> int:
    return 1 + max(max(combo, *(leg for leg, _ in legs)) for combo, legs in LINKS[name])


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("seed", range(6))
def test_an_aggressor_gets_the_best_price_of_all_that_one_lot_could_have(
    kind: type, name: str, seed: int
) -> None:
    """One lot at any price, against the best of: the real orders, and each cycle's sum reckoned here."""
    draw = random.Random(seed)
    books, links = linked(kind, LINKS[name], books_of(name)), LINKS[name]
    count = books_of(name)
    for number in range(60):
        book, side = draw.randrange(count), draw.randrange(2)
        sign = 1 - 2 * side
        limit = draw.randint(-4, 4)
        reachable = [p for p in offers(books, links, book, side) if (p - limit) * sign <= 0]
        behind = books.orders(book, side)
        before = bool(behind) and (behind[0][2] - limit) * sign >= 0
        events = trades(books.submit(book, side, limit, 1, owner=number % 8))
        if before or not reachable:
            assert events == []
        else:
            best = min(reachable) if side == Side.BUY else max(reachable)
            assert best in [price for _, price, _ in events]
            assert {lots for _, _, lots in events} == {1}
        assert complete_cycles(books, links, {}) == []
        for each in range(count):
            bid, ask = books.best_bid(each), books.best_ask(each)
            assert bid is None or ask is None or bid < ask
            assert sum(books.holding(owner, each) for owner in range(8)) == 0


def offers(books: object, links: tuple, book: int, side: int) -> list[int]:
    """Return every price at which one lot could trade: the real best, and what each cycle comes to."""
    view = books.books  # type: ignore[attr-defined]
    real = view.orders(book, 1 - side)
    found = [real[0][2]] if real else []
    for (combo, legs), buys in product(links, (True, False)):
        parts = [(combo, -1, 0 if buys else 1)]
        parts += [(leg, ratio, 1 if (ratio > 0) == buys else 0) for leg, ratio in legs]
        mine = [part for part in parts if part[0] == book and part[2] == side]
        others = [part for part in parts if part[0] != book]
        queues = [view.orders(other, its_side) for other, _, its_side in others]
        if mine and all(queues) and all(view.state(part[0]) == State.OPEN for part in parts):
            total = sum(r * q[0][2] for (_, r, _), q in zip(others, queues, strict=True))
            found.append(-total * mine[0][1])
    return found


@pytest.mark.parametrize("seed", range(8))
def test_a_story_of_linked_books_is_the_same_in_both_and_leaves_no_cycle(seed: int) -> None:
    teller = LinkedTeller(seed)
    pair = Pair(teller)
    for number in range(120):
        step = teller.step()
        teller.learn(pair.tell(step))
        left = complete_cycles(pair.fast, teller.links, dict(teller.ends_ns))
        barred = [cycle for cycle in left if not in_band(pair.fast, teller.links, *cycle)]
        assert left == barred, f"seed {seed}, step {number}: {step}"


def in_band(books: object, links: tuple, combo: int, direction: int) -> bool:
    """Say whether no band is set in a cycle's books: what a band bars is not looked into here."""
    rows = books.rows  # type: ignore[attr-defined]
    legs = dict(links)[combo]
    return all(
        (rows[book, 10], rows[book, 11]) == (0, rows[book, 1] - 1)
        for book in (combo, *(leg for leg, _ in legs))
    )


def test_stories_come_to_implied_trades() -> None:
    kinds = [row[0] for seed in range(8) for row in tell_story(seed, 100, kind=LinkedTeller)]
    assert min(kinds.count(15), kinds.count(16) - kinds.count(15)) > 5
