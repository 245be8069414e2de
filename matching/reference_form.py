"""The first round of checks: is a request well formed, whatever the market does?"""

from __future__ import annotations

from collections.abc import Sequence

from matching.layout import (
    CONDITION_COMPLETE,
    CONDITION_DISPLAY_LOTS,
    CONDITION_EXPIRY_NS,
    CONDITION_LINKED,
    CONDITION_MINIMUM_LOTS,
    CONDITION_TRAIL_TICKS,
    CONDITION_TRIGGER_TICKS,
    INSTRUCTION_SHIFT,
    MAX_LINKED,
    MAX_PEAKS,
    MAX_QTY_LOTS,
    MAX_TIME_NS,
    PREVENTION_SHIFT,
    SOURCE_SHIFT,
    TERMS_MASK,
    TIF_SHIFT,
    TRAILING,
    WHEN_SHIFT,
    Instruction,
    Link,
    Prevention,
    Reason,
    TimeInForce,
)
from matching.reference_book import ReferenceBook
from matching.reference_floor import Floor
from matching.reference_orders import (
    has,
    instructions_of,
    prevention_of,
    side_of,
    source_of,
    tif_of,
    when_of,
)
from matching.reference_requests import Request, Row, linked_requests

KNOWN_INSTRUCTIONS = sum(Instruction) - Instruction.QUOTE
LINKED_BOUNDS = {Link.NONE: (0, 0), Link.OCO: (1, MAX_LINKED), Link.OTO: (1, MAX_LINKED)}
LINKED_BOUNDS[Link.OTOCO] = (2, MAX_LINKED)


def form_refusal(
    floor: Floor, book: ReferenceBook, request: Request, conditions: Sequence[Row]
) -> Reason:
    """The first reason for which the form of a request, or of one linked to it, is refused."""
    reason = _own_form(floor, book, request)
    if reason != Reason.NONE:
        return reason
    if not _link_is_sound(request, conditions):
        return Reason.INVALID_LINK
    for linked in linked_requests(request, conditions):
        reason = _own_form(floor, book, linked)
        if reason != Reason.NONE:
            return reason
        if linked.link or linked.says(CONDITION_LINKED) or linked.says(CONDITION_COMPLETE):
            return Reason.INVALID_LINK
    return Reason.NONE


def _own_form(floor: Floor, book: ReferenceBook, request: Request) -> Reason:
    reduces = has(request.terms, Instruction.REDUCE_ONLY)
    checks = [
        (not reduces or floor.has_owner(request.owner), Reason.UNKNOWN_OWNER),
        (
            terms_are_sound(request.terms) and request.condition is not None,
            Reason.INVALID_TERMS,
        ),
        (1 <= request.qty_lots <= MAX_QTY_LOTS, Reason.INVALID_QTY),
        (price_is_sound(book, request.terms, request.price_ticks), Reason.INVALID_PRICE),
        (_display_is_sound(request), Reason.INVALID_DISPLAY),
        (_minimum_is_sound(request), Reason.INVALID_MINIMUM),
        (_expiry_is_sound(floor, book, request), Reason.INVALID_EXPIRY),
        (
            trigger_is_sound(
                book,
                request.terms,
                request.says(CONDITION_TRIGGER_TICKS),
                request.says(CONDITION_TRAIL_TICKS),
            ),
            Reason.INVALID_TRIGGER,
        ),
    ]
    return next((reason for sound, reason in checks if not sound), Reason.NONE)


def terms_are_sound(terms: int) -> bool:
    """Whether the bits of a TERMS word are codes that may stand together."""
    source, tif = source_of(terms), tif_of(terms)
    packed = (
        side_of(terms)
        | tif << TIF_SHIFT
        | instructions_of(terms) << INSTRUCTION_SHIFT
        | prevention_of(terms) << PREVENTION_SHIFT
        | source << SOURCE_SHIFT
        | when_of(terms) << WHEN_SHIFT
        | terms & TRAILING
    )
    passing = tif in (TimeInForce.IOC, TimeInForce.FOK)
    market = has(terms, Instruction.MARKET)
    return (
        packed == terms
        and not terms & ~TERMS_MASK
        and tif in set(TimeInForce)
        and prevention_of(terms) in set(Prevention)
        and not instructions_of(terms) & ~KNOWN_INSTRUCTIONS
        and not (has(terms, Instruction.POST_ONLY) and (passing or market))
        and not (has(terms, Instruction.REPRICE) and not has(terms, Instruction.POST_ONLY))
        and not (has(terms, Instruction.MARKET_TO_LIMIT) and (passing or not market))
        and not ((when_of(terms) or terms & TRAILING) and not source)
    )


def price_is_sound(book: ReferenceBook, terms: int, price_ticks: int) -> bool:
    """Whether a price is inside the domain, or a MARKET order's collar is one."""
    if has(terms, Instruction.MARKET):
        return 0 <= price_ticks < book.levels
    return book.in_domain(price_ticks)


def _display_is_sound(request: Request) -> bool:
    shown_lots = request.says(CONDITION_DISPLAY_LOTS)
    if shown_lots == 0:
        return True
    passing = tif_of(request.terms) in (TimeInForce.IOC, TimeInForce.FOK)
    never = Instruction.MARKET | Instruction.REDUCE_ONLY
    if passing or instructions_of(request.terms) & never:
        return False
    return 1 <= shown_lots <= request.qty_lots <= shown_lots * MAX_PEAKS


def _minimum_is_sound(request: Request) -> bool:
    minimum_lots = request.says(CONDITION_MINIMUM_LOTS)
    if minimum_lots == 0:
        return True
    return 1 <= minimum_lots <= request.qty_lots and not has(request.terms, Instruction.POST_ONLY)


def _expiry_is_sound(floor: Floor, book: ReferenceBook, request: Request) -> bool:
    expiry_ns = request.says(CONDITION_EXPIRY_NS)
    if tif_of(request.terms) == TimeInForce.GTD:
        return floor.now_ns < expiry_ns <= MAX_TIME_NS
    if tif_of(request.terms) == TimeInForce.DAY and book.day_end_ns <= floor.now_ns:
        return False
    return expiry_ns == 0


def trigger_is_sound(book: ReferenceBook, terms: int, trigger_ticks: int, trail_ticks: int) -> bool:
    """Whether trigger and trail are those that the terms ask for, each within its bounds."""
    source = source_of(terms)
    if not source:
        return trigger_ticks == 0 and trail_ticks == 0
    if terms & TRAILING:
        known = source in book.prices_of_sources
        return trigger_ticks == 0 and 1 <= trail_ticks < book.levels and known
    return trail_ticks == 0 and book.in_domain(trigger_ticks)


def _link_is_sound(request: Request, conditions: Sequence[Row]) -> bool:
    link, number = request.link, request.says(CONDITION_LINKED)
    complete = request.says(CONDITION_COMPLETE)
    if link not in set(Link):
        return False
    fewest, most = LINKED_BOUNDS[Link(link)]
    rows_behind = len(conditions) - 1 - (request.first_row or 0)
    return (
        fewest <= number <= most
        and complete in (0, 1)
        and not (complete and not link)
        and (number == 0 or number <= rows_behind)
    )
