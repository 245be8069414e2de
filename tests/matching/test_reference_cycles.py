"""The oracle's cycles, against prices worked out by hand."""

from __future__ import annotations

from matching.reference_book import ReferenceBook
from matching.reference_cycles import Cycle, best_implied
from matching.reference_floor import Floor
from matching.reference_orders import ReferenceOrder

BUY, SELL = 0, 1


def market() -> tuple[Floor, Cycle]:
    """The first book less the second, plus the third, as one; offers of 10, 20 and 30, bids a tick below."""
    floor = Floor(100)
    floor.books = [ReferenceBook(index, -2048, 4096, index, 1) for index in range(4)]
    for book, ticks in zip(floor.books, (10, 20, 30), strict=False):
        for side in (BUY, SELL):
            order = ReferenceOrder(book.index, side, 0, ticks - 1 + side, 1)
            floor.admit(order)
            order.show()
            book.rest(order)
    legs = ((floor.books[0], 1), (floor.books[1], -1), (floor.books[2], 1))
    cycle = Cycle(floor, floor.books[3], legs, 50)
    for book in floor.books:
        book.cycles.append(cycle)
    return floor, cycle


def test_the_combo_is_bought_at_its_legs_offers_and_sold_at_their_bids() -> None:
    floor, cycle = market()
    assert cycle.implied_ticks(BUY, floor.books[3]) == 10 - 19 + 30
    assert cycle.implied_ticks(SELL, floor.books[3]) == 9 - 20 + 29


def test_a_leg_costs_what_the_combo_and_the_others_leave() -> None:
    """Offered at 25, the combo sells the first leg at 25 + 20 - 29."""
    floor, cycle = market()
    order = ReferenceOrder(3, SELL, 0, 25, 1)
    floor.admit(order)
    order.show()
    floor.books[3].rest(order)
    found = best_implied(floor.books[0], BUY)
    assert found == (cycle, 25 + 20 - 29)
    assert floor.books[0].offered(BUY) == 10
    assert best_implied(floor.books[1], SELL) == (cycle, 9 + 29 - 25)


def test_it_ends_with_the_combo() -> None:
    floor, cycle = market()
    floor.now_ns = 50
    assert cycle.implied_ticks(BUY, floor.books[3]) is None
