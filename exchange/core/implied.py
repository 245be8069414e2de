"""Clearing a cycle: a combo's order traded with orders in all its legs, each of them with the combo's owner.

Every leg is an ordinary trade at the price of the order that rested there (the aggressor's in its book), so
cash is exact: the legs' prices by their ratios come to the price of the combo. The combo pays its own fee,
the orders in the legs those of their books; the combo's owner pays none in the legs.
"""

from __future__ import annotations

from exchange.core.clearing import book_fill, count_trade
from exchange.core.layout import (
    EVENT_FEE_MICROS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    INSTRUMENT_CHANGE_SEQ,
    INSTRUMENT_MAKER_FEE_MICROS,
    INSTRUMENT_TAKER_FEE_MICROS,
    POSITION_LOTS,
    EventKind,
)
from exchange.core.ledger import Ledger
from exchange.core.legs import charge
from exchange.core.margin import refresh
from exchange.core.rows import write_event
from exchange.core.working import stood_at, take_working
from matching import layout as floor
from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import ORDER_BOOK_SHIFT, ORDER_OWNER, ORDER_TERMS, SLOT_MASK
from matching.owners import holding_column

_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)
_FLOOR_IMPLIED_LEG = int(floor.EventKind.IMPLIED_LEG)


@called
def fee_of(ledger: Ledger, instrument: int, order_id: int, aggressor_id: int, lots: int) -> int:
    """Return what an order pays for lots: a taker's fee if it is the aggressor, else a maker's."""
    column = INSTRUMENT_MAKER_FEE_MICROS
    if order_id == aggressor_id:
        column = INSTRUMENT_TAKER_FEE_MICROS
    return int(lots * ledger.instruments[instrument, column])


@called
def take_party(
    arrays: Arrays, ledger: Ledger, order_id: int, lots: int, leaves_lots: int, acting_id: int
) -> None:
    """Take what traded off what works of an order, unless it is the acting one."""
    slot = order_id & SLOT_MASK
    if order_id != acting_id:
        book = arrays.orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        stood_ticks = stood_at(arrays, book, slot)
        take_working(arrays, ledger, book, slot, stood_ticks, lots, int(leaves_lots == 0))


@called
def clear_leg(
    arrays: Arrays,
    ledger: Ledger,
    row: int,
    count: int,
    seq: int,
    ts_ns: int,
    combo_owner: int,
    combo_trade: int,
    aggressor_id: int,
) -> int:
    """Novate the trade of one leg: its order against the combo's owner."""
    matched, orders, events = arrays.events, arrays.orders, ledger.events
    order_id = matched[row, floor.EVENT_ORDER_ID]
    price_ticks = matched[row, floor.EVENT_PRICE_TICKS]
    lots = matched[row, floor.EVENT_QTY_LOTS]
    slot = order_id & SLOT_MASK
    terms = orders[slot, ORDER_TERMS]
    leg = terms >> ORDER_BOOK_SHIFT
    side = terms & 1
    owner = orders[slot, ORDER_OWNER]
    fee_micros = fee_of(ledger, leg, order_id, aggressor_id, lots)
    trade_id = count_trade(ledger, leg, price_ticks, lots)
    ledger.instruments[leg, INSTRUMENT_CHANGE_SEQ] = seq
    book_fill(ledger, owner, leg, side, price_ticks, lots, fee_micros)
    book_fill(ledger, combo_owner, leg, 1 - side, price_ticks, lots, 0)
    count = write_event(
        ledger,
        count,
        _IMPLIED_LEG,
        seq,
        ts_ns,
        leg,
        owner,
        order_id,
        side,
        price_ticks,
        lots,
        matched[row, floor.EVENT_LEAVES_LOTS],
        trade_id,
    )
    events[count - 1, EVENT_FEE_MICROS] = fee_micros
    events[count - 1, EVENT_RESTING_ACCOUNT] = combo_owner
    events[count - 1, EVENT_RESTING_ORDER_ID] = matched[row, floor.EVENT_OTHER]
    events[count - 1, EVENT_RESTING_LEAVES_LOTS] = combo_trade
    return count


@called
def clear_cycle(
    arrays: Arrays, ledger: Ledger, row: int, count: int, seq: int, ts_ns: int, acting_id: int
) -> int:
    """Clear the cycle whose IMPLIED row this is, with the rows of its legs behind it.

    Margins are looked at once all is booked, so that nobody is called for half of a cycle.
    """
    matched, orders, events = arrays.events, arrays.orders, ledger.events
    combo_id = matched[row, floor.EVENT_ORDER_ID]
    aggressor_id = matched[row, floor.EVENT_OTHER]
    aggressor = orders[aggressor_id & SLOT_MASK, ORDER_OWNER]
    if aggressor_id != acting_id:
        # All of them rested: nobody takes, as in an auction.
        aggressor_id = 0
        aggressor = -1
    price_ticks = matched[row, floor.EVENT_PRICE_TICKS]
    lots = matched[row, floor.EVENT_QTY_LOTS]
    leaves_lots = matched[row, floor.EVENT_LEAVES_LOTS]
    legs = matched[row, floor.EVENT_RESTING_LEAVES_LOTS]
    slot = combo_id & SLOT_MASK
    combo = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    owner = orders[slot, ORDER_OWNER]
    fee_micros = fee_of(ledger, combo, combo_id, aggressor_id, lots)
    charge(ledger, owner, combo, fee_micros)
    combo_trade = count_trade(ledger, combo, price_ticks, lots)
    ledger.instruments[combo, INSTRUMENT_CHANGE_SEQ] = seq
    count = write_event(
        ledger,
        count,
        _IMPLIED,
        seq,
        ts_ns,
        combo,
        owner,
        combo_id,
        orders[slot, ORDER_TERMS] & 1,
        price_ticks,
        lots,
        leaves_lots,
        combo_trade,
    )
    events[count - 1, EVENT_FEE_MICROS] = fee_micros
    events[count - 1, EVENT_RESTING_ACCOUNT] = aggressor
    events[count - 1, EVENT_RESTING_ORDER_ID] = aggressor_id
    events[count - 1, EVENT_RESTING_LEAVES_LOTS] = legs
    for leg_row in range(row + 1, row + 1 + legs):
        count = clear_leg(
            arrays, ledger, leg_row, count, seq, ts_ns, owner, combo_trade, aggressor_id
        )
    take_party(arrays, ledger, combo_id, lots, leaves_lots, acting_id)
    for leg_row in range(row + 1, row + 1 + legs):
        order_id = matched[leg_row, floor.EVENT_ORDER_ID]
        book = orders[order_id & SLOT_MASK, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        refresh(ledger, owner, book)
        left_lots = matched[leg_row, floor.EVENT_LEAVES_LOTS]
        take_party(arrays, ledger, order_id, lots, left_lots, acting_id)
    return count


@called
def agree_on_holdings(arrays: Arrays, ledger: Ledger, rows: int) -> None:
    """Tell the floor the positions of all who traded in a leg of a cycle, once its ``rows`` rows are cleared.

    It knew of cycles before they were cleared, but not what a combo's own trades booked in the same legs.
    """
    matched, orders, positions = arrays.events, arrays.orders, ledger.positions
    for row in range(rows):
        if matched[row, floor.EVENT_KIND] == _FLOOR_IMPLIED_LEG:
            slot = matched[row, floor.EVENT_ORDER_ID] & SLOT_MASK
            leg = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
            owner = orders[slot, ORDER_OWNER]
            arrays.owners[owner, holding_column(leg)] = positions[owner, leg, POSITION_LOTS]
            owner = orders[matched[row, floor.EVENT_OTHER] & SLOT_MASK, ORDER_OWNER]
            arrays.owners[owner, holding_column(leg)] = positions[owner, leg, POSITION_LOTS]
