"""Implied trades of the oracle: a match in linked books, and the search for cycles that are complete."""

from __future__ import annotations

from matching.layout import EventKind, Instruction, Prevention, Reason
from matching.reference_book import reaches
from matching.reference_cycles import Cycle, best_implied, cycles_of, leads
from matching.reference_floor import Floor
from matching.reference_holdings import change_holding, cut_to_holding
from matching.reference_links import cancel, withdraw
from matching.reference_matching import match, settle
from matching.reference_orders import ReferenceOrder, prevention_of
from matching.reference_trades import (
    Trade,
    fill,
    take_prices,
    trip_protections,
)


def match_linked(floor: Floor, order: ReferenceOrder, limit_ticks: int) -> list[Trade]:
    """Trade an aggressor up to its limit, best price first, with real orders before implied ones."""
    book = floor.book_of(order)
    trades: list[Trade] = []
    while floor.lives(order) and order.open_lots:
        implied = None
        if leads(book, order.side, limit_ticks):
            implied = best_implied(book, order.side)
        if implied is not None and not reaches(order.side, limit_ticks, implied[1]):
            implied = None
        until_ticks = limit_ticks if implied is None else implied[1]
        told = len(floor.events)
        trades += match(floor, order, until_ticks)
        if len(floor.events) > told:
            continue
        if implied is None:
            break
        cycle, price_ticks = implied
        direction = cycle.direction_for(book, order.side)
        trades += step(floor, cycle, direction, order, price_ticks)
    return trades


def step(
    floor: Floor, cycle: Cycle, direction: int, aggressor: ReferenceOrder, price_ticks: int
) -> list[Trade]:
    """Trade a cycle once, or settle the first thing that speaks against it."""
    parties = [
        aggressor if aggressor.book == book.index else book.front(side)
        for book, _, side in cycle.positions(direction)
    ]
    told = len(floor.events)
    combos = parties[0]
    _fit(floor, combos, aggressor)
    for party in parties[1:]:
        if len(floor.events) == told:
            _part(floor, combos, party, aggressor)
        if len(floor.events) == told:
            _fit(floor, party, aggressor)
    if len(floor.events) > told:
        return []
    return _trade(floor, parties, aggressor, price_ticks)


def _resting(order: ReferenceOrder) -> bool:
    return order.level_code >= 0


def _fit(floor: Floor, order: ReferenceOrder, aggressor: ReferenceOrder) -> None:
    if order.has(Instruction.REDUCE_ONLY) and _resting(order):
        cut_to_holding(floor, order)


def _part(
    floor: Floor, combos: ReferenceOrder, other: ReferenceOrder, aggressor: ReferenceOrder
) -> None:
    """Keep two orders of one group from trading with each other, as the younger of them asks."""
    pair = sorted((combos, other), key=lambda order: (order is aggressor, order.order_id))
    resting, active = pair
    asked = prevention_of(active.terms)
    if asked == Prevention.NONE or floor.group(active.owner) != floor.group(resting.owner):
        return
    if asked != Prevention.CANCEL_AGGRESSOR:
        _end(floor, resting)
    if asked in (Prevention.CANCEL_AGGRESSOR, Prevention.CANCEL_BOTH):
        _end(floor, active)


def _end(floor: Floor, order: ReferenceOrder) -> None:
    """Cancel an order; an aggressor's links follow when its match is over, as in any match."""
    if _resting(order):
        cancel(floor, order, Reason.SELF_TRADE)
    else:
        withdraw(floor, order, Reason.SELF_TRADE)


def _trade(
    floor: Floor, parties: list[ReferenceOrder], aggressor: ReferenceOrder, price_ticks: int
) -> list[Trade]:
    combos, *legs = parties
    lots = min(party.shown_lots if _resting(party) else party.open_lots for party in parties)
    prices = [price_ticks if party is aggressor else party.price_ticks for party in parties]
    for party in parties:
        fill(floor, party, lots)
    floor.emit(
        EventKind.IMPLIED,
        combos.order_id,
        aggressor.order_id,
        prices[0],
        lots,
        combos.open_lots,
        len(legs),
    )
    floor.cycle_traded = True
    trades = [Trade(combos.book, prices[0], ())]
    for leg, leg_ticks in zip(legs, prices[1:], strict=True):
        change_holding(floor, leg.owner, leg.book, lots if leg.buys else -lots)
        change_holding(floor, combos.owner, leg.book, -lots if leg.buys else lots)
        floor.emit(
            EventKind.IMPLIED_LEG,
            leg.order_id,
            combos.order_id,
            leg_ticks,
            lots,
            leg.open_lots,
            combos.open_lots,
        )
        trades.append(Trade(leg.book, leg_ticks, (leg.owner, combos.owner)))
    for party in parties:
        if _resting(party):
            settle(floor, party, lots)
    return trades


def executable(cycle: Cycle, direction: int) -> tuple[ReferenceOrder, int] | None:
    """The youngest of a complete cycle's first orders with the price at which it trades, else None."""
    fronts = cycle.fronts(direction)
    if fronts is None:
        return None
    youngest = max(fronts, key=lambda order: order.order_id)
    books = cycle.books()
    target = next(book for book in books if book.index == youngest.book)
    price_ticks = cycle.implied_ticks(direction, target)
    if price_ticks is None or not reaches(youngest.side, youngest.price_ticks, price_ticks):
        return None
    return youngest, price_ticks


def sweep(floor: Floor) -> None:
    """Trade complete cycles until there is none, always the first in the order of the combos."""
    going = True
    while going:
        going = False
        for cycle in cycles_of(floor.books):
            for direction in (0, 1):
                found = executable(cycle, direction)
                if found is not None and not going:
                    going = True
                    trades = step(floor, cycle, direction, *found)
                    if trades:
                        take_prices(floor, trades)
                        trip_protections(floor)
