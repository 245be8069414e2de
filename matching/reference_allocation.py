"""The match of levels that are shared by size or led by a top order, as the oracle sees it."""

from __future__ import annotations

from fractions import Fraction
from math import floor as rounded_down

from matching.layout import Instruction
from matching.reference_book import ReferenceBook
from matching.reference_floor import Floor
from matching.reference_holdings import cut_to_holding, reducible_lots
from matching.reference_matching import prevent, prevents, trade
from matching.reference_orders import ReferenceOrder
from matching.reference_trades import Trade
from matching.rule import PPM, Algorithm


def shares(book: ReferenceBook, level: list[ReferenceOrder], incoming_lots: int) -> list[int]:
    """What each order of a level, in the order of time, gets of an aggressor's lots."""
    shown = [order.shown_lots for order in level]
    if incoming_lots >= sum(shown):
        return shown
    rule = book.rule
    top = book.top_order(level[0].side) if level else None
    got = [0] * len(level)
    left_lots = incoming_lots
    for place, order in enumerate(level):
        if order is top:
            granted_lots = rounded_down(Fraction(incoming_lots * rule.top_ppm, PPM))
            got[place] = min(shown[place], rule.top_lots, granted_lots)
            left_lots -= got[place]
    if rule.algorithm == Algorithm.PRO_RATA:
        wanted = [lots - first for lots, first in zip(shown, got, strict=True)]
        whole_lots, to_share = sum(wanted), left_lots
        for place, lots in enumerate(wanted):
            by_size_lots = rounded_down(Fraction(to_share * lots, whole_lots))
            if by_size_lots >= rule.minimum_lots:
                got[place] += by_size_lots
                left_lots -= by_size_lots
        by_time = list(range(len(level)))
    else:
        by_time = [place for place, order in enumerate(level) if order is not top]
        by_time += [place for place, order in enumerate(level) if order is top]
    for place in by_time:
        more_lots = min(left_lots, shown[place] - got[place])
        got[place] += more_lots
        left_lots -= more_lots
    return got


def allocate(floor: Floor, order: ReferenceOrder, limit_ticks: int) -> list[Trade]:
    """Trade an aggressor up to its limit, level by level, inside the range of the book at the start."""
    book = floor.book_of(order)
    low_ticks, high_ticks = book.range_ticks()
    trades: list[Trade] = []
    while _goes_on(floor, order) and book.crosses(order.side, limit_ticks):
        price_ticks = book.best(1 - order.side)
        if price_ticks is None or not low_ticks <= price_ticks <= high_ticks:
            break
        _settle(floor, book, order, price_ticks)
        if _goes_on(floor, order):
            trades += _round(floor, book, order, book.level(1 - order.side, price_ticks))
    return trades


def _goes_on(floor: Floor, order: ReferenceOrder) -> bool:
    return floor.lives(order) and order.open_lots > 0


def _settle(floor: Floor, book: ReferenceBook, order: ReferenceOrder, price_ticks: int) -> None:
    """See to prevention and reduce-only orders before anything at a price trades."""
    while _goes_on(floor, order):
        for resting in book.level(1 - order.side, price_ticks):
            if prevents(floor, order, resting):
                prevent(floor, order, resting)
                break
            if _is_too_large(floor, resting):
                cut_to_holding(floor, resting)
                break
        else:
            return


def _is_too_large(floor: Floor, resting: ReferenceOrder) -> bool:
    reduces = resting.has(Instruction.REDUCE_ONLY)
    return reduces and resting.open_lots > reducible_lots(floor, resting)


def _round(
    floor: Floor, book: ReferenceBook, order: ReferenceOrder, level: list[ReferenceOrder]
) -> list[Trade]:
    """Trade the shares of one level; it ends early where others than the filled leave the level."""
    trades: list[Trade] = []
    there = {resting.order_id for resting in level}
    for resting, lots in zip(level, shares(book, level, order.open_lots), strict=True):
        if lots == 0:
            continue
        if resting.has(Instruction.REDUCE_ONLY):
            cut_to_holding(floor, resting)
            if not floor.lives(resting) or not _goes_on(floor, order):
                return trades
        trades.append(trade(floor, order, resting, min(lots, resting.open_lots)))
        if not floor.lives(resting):
            there.remove(resting.order_id)
        stands = book.level(resting.side, resting.price_ticks)
        if {other.order_id for other in stands} != there or not _goes_on(floor, order):
            return trades
    return trades
