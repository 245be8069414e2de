"""Linking a combo's book with those of its legs, so that they trade with one another."""

from __future__ import annotations

from collections.abc import Sequence

from matching import layout as at
from matching.storage import Rows

ROWS_OF_A_CYCLE = 1 + at.MAX_LEGS
"""Event rows of one trade of a cycle, after which at least one of its orders shows nothing any more."""


def links_fault(rows: Rows, combo: int, legs: Sequence[tuple[int, int]]) -> str | None:
    """Say why books, whose rows these are, may not be linked as (leg, ratio); None where they may."""
    books = [combo, *(leg for leg, _ in legs)]
    if not all(0 <= book < len(rows) for book in books):
        return f"no such books: {books}"
    if not 2 <= len(legs) <= at.MAX_LEGS or len(set(books)) != len(books):
        return f"a combo has 2 to {at.MAX_LEGS} different legs, not {list(legs)}"
    if any(ratio not in (1, -1) for _, ratio in legs):
        return f"ratios must be 1 or -1: {[ratio for _, ratio in legs]}"
    if rows[combo, at.BOOK_LINKED] or any(rows[leg, at.BOOK_LEGS] for leg, _ in legs):
        return "a combo is linked once, and is no leg"
    if rows[books, at.BOOK_ALGORITHM].any():
        return "linked books match by price and time"
    if rows[combo, at.BOOK_ORDERS] or rows[combo, at.BOOK_WAITING_HEAD] != at.NO_SLOT:
        return "a combo is linked before it has orders"
    return None


def link(rows: Rows, combo: int, legs: Sequence[tuple[int, int]], end_ns: int) -> None:
    """Write into the rows of books which may be linked that they are one cycle more."""
    rows[combo, at.BOOK_LINKED] = 1
    rows[combo, at.BOOK_LEGS] = len(legs)
    rows[combo, at.BOOK_CYCLE_END_NS] = end_ns
    for place, (leg, ratio) in enumerate(legs):
        rows[combo, at.BOOK_LEG + place] = leg
        rows[combo, at.BOOK_RATIO + place] = ratio
        rows[leg, at.BOOK_LINKED] += 1
        _append(rows, leg, combo)


def _append(rows: Rows, leg: int, combo: int) -> None:
    """Put a combo behind those that a leg is in already."""
    former = int(rows[leg, at.BOOK_CYCLE])
    if former == at.NO_SLOT:
        rows[leg, at.BOOK_CYCLE] = combo
        return
    while True:
        legs = rows[former, at.BOOK_LEG : at.BOOK_LEG + at.MAX_LEGS].tolist()
        column = at.BOOK_NEXT_CYCLE + legs.index(leg)
        following = int(rows[former, column])
        if following == at.NO_SLOT:
            rows[former, column] = combo
            return
        former = following
