"""The mass quote: one command replaces all of an owner's quotes in a book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matching.layout import (
    COMMAND_BOOK,
    COMMAND_CONDITIONS,
    COMMAND_OWNER,
    COMMAND_QTY_LOTS,
    COMMAND_TERMS,
    CONDITION_PRICE_TICKS,
    CONDITION_QTY_LOTS,
    CONDITION_TERMS,
    INSTRUCTION_SHIFT,
    MAX_QTY_LOTS,
    MAX_QUOTES,
    Instruction,
    Link,
    Reason,
    Side,
    TimeInForce,
)
from matching.reference_amending import change
from matching.reference_book import ReferenceBook
from matching.reference_entry import accept
from matching.reference_floor import Floor
from matching.reference_form import terms_are_sound
from matching.reference_links import cancel_each
from matching.reference_market import (
    band_refusal,
    standing_refusal,
    take_market_price,
    takes_orders,
)
from matching.reference_orders import ReferenceOrder, instructions_of, side_of, source_of, tif_of
from matching.reference_queue import run_queue
from matching.reference_requests import Row
from matching.reference_verbs import find_book, reject

QUOTE_INSTRUCTIONS = Instruction.POST_ONLY | Instruction.REPRICE | Instruction.PROTECTED


class Entry(NamedTuple):
    """One side and price of a mass quote."""

    side: int
    price_ticks: int
    qty_lots: int


def mass_quote(floor: Floor, command: Row, conditions: Sequence[Row]) -> None:
    """Replace an owner's quotes in a book by the entries of the command, or refuse all of them."""
    book = find_book(floor, command[COMMAND_BOOK])
    if book is None:
        reject(floor, Reason.UNKNOWN_BOOK)
        return
    owner, terms = command[COMMAND_OWNER], command[COMMAND_TERMS]
    if not _terms_suit_quotes(terms):
        reject(floor, Reason.INVALID_TERMS)
        return
    entries = _entries(command, conditions)
    if entries is None:
        reject(floor, Reason.INVALID_QTY)
        return
    asked = [_order(book, owner, terms, entry) for entry in entries]
    refused = _first_refusal(floor, book, entries, asked)
    if refused is not None:
        reason, entry = refused
        reject(floor, reason, 0, entry.price_ticks, entry.qty_lots)
        return
    _withdraw_others(floor, book, owner, entries)
    for entry, order in zip(entries, asked, strict=True):
        _place(floor, book, entry, order)
    run_queue(floor, book)


def _terms_suit_quotes(terms: int) -> bool:
    plain = side_of(terms) == Side.BUY and tif_of(terms) == TimeInForce.GTC
    known = not instructions_of(terms) & ~QUOTE_INSTRUCTIONS
    return terms_are_sound(terms) and plain and known and not source_of(terms)


def _entries(command: Row, conditions: Sequence[Row]) -> list[Entry] | None:
    """The entries that a command names, None where they are too many or not all in the table."""
    number = command[COMMAND_QTY_LOTS]
    if number == 0:
        return []
    first = command[COMMAND_CONDITIONS] - 1
    if not 1 <= number <= MAX_QUOTES or first < 0 or first + number > len(conditions):
        return None
    return [
        Entry(row[CONDITION_TERMS], row[CONDITION_PRICE_TICKS], row[CONDITION_QTY_LOTS])
        for row in conditions[first : first + number]
    ]


def _order(book: ReferenceBook, owner: int, terms: int, entry: Entry) -> ReferenceOrder:
    quote_terms = terms | entry.side | Instruction.QUOTE << INSTRUCTION_SHIFT
    return ReferenceOrder(book.index, quote_terms, owner, entry.price_ticks, entry.qty_lots)


def _first_refusal(
    floor: Floor, book: ReferenceBook, entries: list[Entry], asked: list[ReferenceOrder]
) -> tuple[Reason, Entry] | None:
    """The first reason against the whole quote, with the entry that it was found in."""
    nowhere = Entry(0, 0, 0)
    for place, entry in enumerate(entries):
        reason = _entry_refusal(book, entry, entries[:place])
        if reason != Reason.NONE:
            return reason, entry
    if not entries:
        return None
    if not takes_orders(book, asked[0]):
        return Reason.NOT_OPEN, nowhere
    for entry, order in zip(entries, asked, strict=True):
        reason = band_refusal(book, order, entry.price_ticks)
        if reason != Reason.NONE:
            return reason, entry
    reason = standing_refusal(floor, asked[0])
    if reason in (Reason.UNPROTECTED, Reason.FROZEN):
        return reason, nowhere
    if len(floor.orders) + len(entries) > floor.max_orders:
        return Reason.BOOK_FULL, nowhere
    return None


def _entry_refusal(book: ReferenceBook, entry: Entry, earlier: list[Entry]) -> Reason:
    if entry.side not in (Side.BUY, Side.SELL):
        return Reason.INVALID_TERMS
    if not 1 <= entry.qty_lots <= MAX_QTY_LOTS:
        return Reason.INVALID_QTY
    if not book.in_domain(entry.price_ticks) or any(_clash(entry, other) for other in earlier):
        return Reason.INVALID_PRICE
    return Reason.NONE


def _clash(entry: Entry, other: Entry) -> bool:
    if entry.side == other.side:
        return entry.price_ticks == other.price_ticks
    buy, sell = (entry, other) if entry.side == Side.BUY else (other, entry)
    return buy.price_ticks >= sell.price_ticks


def _withdraw_others(floor: Floor, book: ReferenceBook, owner: int, entries: list[Entry]) -> None:
    named = {(entry.side, entry.price_ticks) for entry in entries}
    unnamed = [
        order
        for order in book.resting()
        if _is_quote_of(order, owner) and (order.side, order.price_ticks) not in named
    ]
    cancel_each(floor, unnamed, Reason.REQUESTED)


def _is_quote_of(order: ReferenceOrder, owner: int) -> bool:
    return order.owner == owner and order.has(Instruction.QUOTE)


def _place(floor: Floor, book: ReferenceBook, entry: Entry, order: ReferenceOrder) -> None:
    """Amend the quote that stands at an entry's side and price, or enter a new one."""
    level = book.level(entry.side, entry.price_ticks)
    quotes = [quote for quote in level if _is_quote_of(quote, order.owner)]
    if quotes:
        if quotes[0].open_lots != entry.qty_lots:
            change(floor, quotes[0], entry.price_ticks, entry.qty_lots)
        return
    reason = standing_refusal(floor, order) if takes_orders(book, order) else Reason.NOT_OPEN
    if reason != Reason.NONE:
        reject(floor, reason, 0, entry.price_ticks, entry.qty_lots)
        return
    take_market_price(book, order)
    accept(floor, order, Link.NONE, [], order.terms)
