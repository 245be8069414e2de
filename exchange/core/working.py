"""What works of an order that rested, once some of it has traded or ended."""

from __future__ import annotations

from exchange.core.clearing import add_working, count_orders
from exchange.core.ledger import Ledger
from exchange.core.margin import refresh
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.layout import BOOK_BASE_TICKS, ORDER_LEVEL, ORDER_OWNER, ORDER_TERMS
from matching.queue import ladder_start


@called
def take_working(
    arrays: Arrays, ledger: Ledger, book: int, slot: int, price_ticks: int, lots: int, ended: int
) -> None:
    """Take lots off what works of an order, and the order (ended 1) off its account's number of them."""
    account = arrays.orders[slot, ORDER_OWNER]
    side = arrays.orders[slot, ORDER_TERMS] & 1
    add_working(ledger.instruments, ledger.positions, account, book, side, price_ticks, -lots)
    if ended == 1:
        count_orders(ledger.accounts, ledger.positions, account, book, -1)
    refresh(ledger, account, book)


@inlined
def stood_at(arrays: Arrays, book: int, slot: int) -> int:
    """Return the price at which an order stands, or last stood, in the book."""
    start = ladder_start(arrays, book, arrays.orders[slot, ORDER_TERMS] & 1)
    index = arrays.orders[slot, ORDER_LEVEL] - start
    price_ticks: int = index + arrays.books[book, BOOK_BASE_TICKS]
    return price_ticks
