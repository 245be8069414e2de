"""What can be seen of the oracle from outside; nothing here changes anything."""

from __future__ import annotations

from typing import NamedTuple

from matching.layout import Side, State, TriggerSource
from matching.reference_auction import auction_price
from matching.reference_controls import known_book, known_owner
from matching.reference_floor import Floor
from matching.reference_holdings import holding


class OrderView(NamedTuple):
    """A live order as seen from outside, field for field as ``matching.book.Order``."""

    order_id: int
    book: int
    side: int
    price_ticks: int
    leaves_lots: int
    filled_lots: int
    owner: int
    terms: int
    level_code: int


class ReferenceViews:
    """Views of a floor; a book that does not exist is an IndexError."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    @property
    def now_ns(self) -> int:
        """The time up to which ``advance`` came."""
        return self._floor.now_ns

    @property
    def live(self) -> int:
        """Orders that rest or wait in all books."""
        return len(self._floor.orders)

    def best_bid(self, book: int) -> int | None:
        """Highest bid in ticks, None where there is none."""
        return known_book(self._floor, book).best(Side.BUY)

    def best_ask(self, book: int) -> int | None:
        """Lowest ask in ticks, None where there is none."""
        return known_book(self._floor, book).best(Side.SELL)

    def level(self, book: int, side: int, price_ticks: int) -> tuple[int, int]:
        """Lots shown and number of orders of one side at one price."""
        level = known_book(self._floor, book).level(side, price_ticks)
        return sum(order.shown_lots for order in level), len(level)

    def depth(self, book: int, side: int, levels: int | None = None) -> list[tuple[int, int, int]]:
        """Price, lots shown and number of orders of a side's first ``levels`` prices, best first."""
        prices = list(known_book(self._floor, book).prices(side))[:levels]
        return [(price, *self.level(book, side, price)) for price in prices]

    def orders(self, book: int, side: int) -> list[tuple[int, int, int, int, int, int]]:
        """Order id, owner, price, shown, filled and reserve lots of a side, in priority order."""
        return [
            (
                order.order_id,
                order.owner,
                order.price_ticks,
                order.shown_lots,
                order.filled_lots,
                order.reserve_lots,
            )
            for order in known_book(self._floor, book).in_priority(side)
        ]

    def waiting(self, book: int) -> list[tuple[int, int, int, int, int, int, int]]:
        """Order id, owner, side, price, open lots, level code and trigger (0: none) of those that wait.

        They come in the order in which they came to wait.
        """
        return [
            (
                order.order_id,
                order.owner,
                order.side,
                order.price_ticks,
                order.open_lots,
                order.level_code,
                order.trigger.price_ticks or 0 if order.trigger is not None else 0,
            )
            for order in known_book(self._floor, book).waiting.values()
        ]

    def order(self, order_id: int) -> OrderView | None:
        """One live order, None where the id is not alive."""
        order = self._floor.orders.get(order_id)
        if order is None:
            return None
        return OrderView(
            order.order_id,
            order.book,
            order.side,
            order.price_ticks,
            order.open_lots,
            order.filled_lots,
            order.owner,
            order.terms,
            order.level_code,
        )

    def state(self, book: int) -> State:
        """Trading state of a book."""
        return known_book(self._floor, book).state

    def gathers(self, book: int) -> bool:
        """Whether a book collects its orders for batch auctions while it is OPEN."""
        return known_book(self._floor, book).gathers

    def top_order(self, book: int, side: int) -> int:
        """Id of a side's top order, 0 where there is none."""
        top = known_book(self._floor, book).top_order(side)
        return 0 if top is None else top.order_id

    def holding(self, owner: int, book: int) -> int:
        """What an owner of the table holds in a book; ValueError for another owner."""
        return holding(self._floor, known_owner(self._floor, owner), book)

    def book_prices(self, book: int) -> tuple[int | None, int | None, int | None]:
        """The last, mark and index price, None where not known."""
        prices = known_book(self._floor, book).prices_of_sources
        last, mark, index = TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX
        return prices.get(last), prices.get(mark), prices.get(index)

    def range_ticks(self, book: int) -> tuple[int, int]:
        """Lowest and highest price that the breaker lets an execution have, inside the domain."""
        return known_book(self._floor, book).range_ticks()

    def protection(self, owner: int, family: int) -> tuple[int, int, int] | None:
        """Lots and delta counted, and until when it is frozen (0: it is not); None without protection."""
        found = self._floor.protections.get((owner, family))
        if found is None or not found.interval_ns:
            return None
        until_ns = found.frozen_until_ns if found.frozen(self._floor.now_ns) else 0
        return found.qty_lots, found.delta, until_ns

    def indicative(self, book: int) -> tuple[int | None, int, int]:
        """Price, volume and surplus of an uncross now; (None, 0, 0) where nothing would trade."""
        found = auction_price(known_book(self._floor, book))
        return found.price_ticks, found.volume_lots, found.surplus_lots
