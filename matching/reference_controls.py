"""The calls beside the batch, for whoever runs the venue."""

from __future__ import annotations

from matching.layout import (
    MAX_LEVELS,
    MAX_TIME_NS,
    WINDOW_BUCKETS,
    Instruction,
    Reason,
    State,
    TriggerSource,
)
from matching.reference_book import ReferenceBook
from matching.reference_breaker import MILLION, Breaker
from matching.reference_floor import Floor
from matching.reference_holdings import shrink_reducers
from matching.reference_links import cancel_each
from matching.reference_protection import Protection
from matching.reference_queue import run_queue
from matching.reference_states import change_state
from matching.reference_triggers import look_at_triggers
from matching.reference_verbs import find_book, reject

MAX_EXTENSIONS = 1000
FAR = 1 << 62
"""Prices, holdings, groups and times reach this far on both sides of 0: prices and the present less far."""


def known_book(floor: Floor, book: int) -> ReferenceBook:
    """A book by its index; IndexError where there is no such book."""
    found = find_book(floor, book)
    if found is None:
        raise IndexError(f"there is no book {book}")
    return found


def known_owner(floor: Floor, owner: int) -> int:
    """An owner of the owner table; ValueError for any other number."""
    if not floor.has_owner(owner):
        raise ValueError(f"owner {owner} is not in the owner table")
    return owner


def bounded(number: int, name: str, *, inside: bool = False) -> int:
    """A number that the books can reckon with; ValueError beyond FAR, and at it where it must be inside."""
    if abs(number) > FAR - inside:
        raise ValueError(f"{name} of {number} is beyond {FAR - inside}")
    return number


def set_state(floor: Floor, book: int, state: int) -> None:
    """Bring a book to a state, or write why that cannot be."""
    found = find_book(floor, book)
    if found is None:
        reject(floor, Reason.UNKNOWN_BOOK)
    elif state not in set(State):
        reject(floor, Reason.INVALID_TERMS)
    elif found.state == State.EXPIRED:
        reject(floor, Reason.NOT_OPEN)
    else:
        change_state(floor, found, State(state))
        run_queue(floor, found)


def set_price(floor: Floor, book: int, source: int, ticks: int) -> None:
    """Make a price of MARK or INDEX known, and look at the triggers that watch it."""
    if source not in (TriggerSource.MARK, TriggerSource.INDEX):
        raise ValueError(f"only MARK and INDEX are set from outside, not {source}")
    found = known_book(floor, book)
    found.prices_of_sources[int(source)] = bounded(ticks, "ticks", inside=True)
    look_at_triggers(found, source)
    run_queue(floor, found)


def set_band(floor: Floor, book: int, low_ticks: int, high_ticks: int) -> None:
    """Set what orders may name, and cancel what is outside now."""
    found = known_book(floor, book)
    if low_ticks > high_ticks:
        raise ValueError(f"a band needs low <= high: {low_ticks}, {high_ticks}")
    found.low_band_ticks = found.clamped(low_ticks)
    found.high_band_ticks = found.clamped(high_ticks)
    outside = [
        order
        for order in found.resting()
        if not order.has(Instruction.MARKET)
        and (
            order.price_ticks > found.high_band_ticks
            if order.buys
            else order.price_ticks < found.low_band_ticks
        )
    ]
    cancel_each(floor, outside, Reason.OUTSIDE_BAND)


def set_breaker(
    floor: Floor, book: int, move: int, window_ns: int, pause_ns: int, max_extensions: int
) -> None:
    """Set the dynamic circuit breaker; its window begins empty."""
    found = known_book(floor, book)
    sound = (
        -MAX_LEVELS <= move <= MILLION
        and WINDOW_BUCKETS <= window_ns <= MAX_TIME_NS
        and (1 if move else 0) <= pause_ns <= MAX_TIME_NS
        and 0 <= max_extensions <= MAX_EXTENSIONS
    )
    if not sound:
        raise ValueError(
            f"no breaker of move {move}, window {window_ns} ns, pause {pause_ns} ns, "
            f"{max_extensions} extensions"
        )
    found.breaker = Breaker(move, window_ns, pause_ns, max_extensions, floor.now_ns)


def set_reference(floor: Floor, book: int, ticks: int) -> None:
    """Let the breaker's range lie around a price until the next trade."""
    found = known_book(floor, book)
    found.breaker.begin_anew(found.clamped(bounded(ticks, "ticks", inside=True)))


def set_protection(
    floor: Floor,
    owner: int,
    family: int,
    interval_ns: int,
    frozen_ns: int,
    qty_limit_lots: int,
    delta_limit: int,
) -> None:
    """Set an owner's limits in a family anew; one set before keeps its place among the others."""
    limits = (interval_ns, frozen_ns, qty_limit_lots, delta_limit)
    if min(limits) < 0 or max(limits) > MAX_TIME_NS:
        raise ValueError(f"limits of a protection must be 0 to {MAX_TIME_NS}: {limits}")
    floor.protections[owner, family] = Protection(owner, family, *limits)


def set_holding(floor: Floor, owner: int, book: int, lots: int) -> None:
    """Correct what an owner holds in a book; its resting reduce-only orders follow."""
    found = known_book(floor, book)
    floor.holdings[known_owner(floor, owner)][found.index] = bounded(lots, "lots")
    shrink_reducers(floor, found.index, owner)
