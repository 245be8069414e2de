"""A combo's trade as trades of its legs, in the same command: positions, cash and event rows.

The legs from the second on trade at their marks. The first takes what is left: the combo's price less
theirs, exact to the micro-dollar, also where that is between two of its ticks. So a fill gains or loses
against the marks what the combo's price differs from the combo's mark, in the first leg alone. Worked
example: docs/clearing/combos.md.
"""

from __future__ import annotations

from exchange.core.clearing import book_fill
from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_FEES_MICROS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    INSTRUMENT_CHANGE_SEQ,
    INSTRUMENT_LEG,
    INSTRUMENT_LEGS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_RATIO,
    INSTRUMENT_TICK_MICROS,
    INSTRUMENT_TICK_VALUE_MICROS,
    INSTRUMENT_TRADES,
    POSITION_FEES_MICROS,
    POSITION_LOTS,
    POSITION_REALISED_MICROS,
    POSITION_VARIATION_MICROS,
    VENUE_FEES_MICROS,
    VENUE_LEGS_BOOKED,
    VENUE_TRADES,
    EventKind,
)
from exchange.core.ledger import Ledger
from exchange.core.margin import follow_position
from exchange.core.rows import write_event
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.owners import holding_column

_LEG_BOOKED = int(EventKind.LEG_BOOKED)


@called
def charge(ledger: Ledger, account: int, instrument: int, fee_micros: int) -> None:
    """Let an account pay a fee (or, negative, have it back) of an instrument without a position of its own."""
    accounts, positions, venue = ledger.accounts, ledger.positions, ledger.venue
    accounts[account, ACCOUNT_CASH_MICROS] -= fee_micros
    accounts[account, ACCOUNT_FEES_MICROS] += fee_micros
    positions[account, instrument, POSITION_FEES_MICROS] += fee_micros
    venue[VENUE_FEES_MICROS] += fee_micros


@called
def book_odd(
    ledger: Ledger, account: int, instrument: int, signed_lots: int, odd_micros: int
) -> None:
    """Book what the price of a fill is above its whole ticks, ``odd_micros`` a lot.

    It is realised at once, so that entry costs stay in ticks.
    """
    paid_micros = odd_micros * signed_lots
    ledger.accounts[account, ACCOUNT_CASH_MICROS] -= paid_micros
    ledger.positions[account, instrument, POSITION_VARIATION_MICROS] -= paid_micros
    ledger.positions[account, instrument, POSITION_REALISED_MICROS] -= paid_micros


@inlined
def first_leg_micros(ledger: Ledger, combo: int, price_ticks: int) -> int:
    """Return the price of a combo's first leg, in micros per GPU-hour, at a price of the combo."""
    instruments = ledger.instruments
    left_micros = price_ticks * instruments[combo, INSTRUMENT_TICK_MICROS]
    for place in range(1, instruments[combo, INSTRUMENT_LEGS]):
        leg = instruments[combo, INSTRUMENT_LEG + place]
        mark_micros = instruments[leg, INSTRUMENT_MARK_TICKS]
        mark_micros *= instruments[leg, INSTRUMENT_TICK_MICROS]
        left_micros -= instruments[combo, INSTRUMENT_RATIO + place] * mark_micros
    micros: int = left_micros
    return micros


@called
def book_side_of_leg(
    arrays: Arrays,
    ledger: Ledger,
    account: int,
    leg: int,
    side: int,
    price_ticks: int,
    lots: int,
    odd_micros: int,
) -> None:
    """Book one side of a leg's trade, its margin and what the leg's book knows of the holding."""
    book_fill(ledger, account, leg, side, price_ticks, lots, 0)
    book_odd(ledger, account, leg, lots * (1 - 2 * side), odd_micros)
    follow_position(ledger, account, leg)
    arrays.owners[account, holding_column(leg)] = ledger.positions[account, leg, POSITION_LOTS]


@called
def book_legs(
    arrays: Arrays,
    ledger: Ledger,
    count: int,
    seq: int,
    ts_ns: int,
    combo: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    account: int,
    order_id: int,
    resting_account: int,
    resting_id: int,
) -> int:
    """Book the trade of a combo that was counted last as trades of its legs; return the number of rows.

    Accounts' statuses are looked at by whoever books the combo's own orders.
    """
    instruments, venue, events = ledger.instruments, ledger.venue, ledger.events
    combo_trade = venue[VENUE_TRADES]
    first_micros = first_leg_micros(ledger, combo, price_ticks)
    for place in range(instruments[combo, INSTRUMENT_LEGS]):
        leg = instruments[combo, INSTRUMENT_LEG + place]
        ratio = instruments[combo, INSTRUMENT_RATIO + place]
        leg_ticks = instruments[leg, INSTRUMENT_MARK_TICKS]
        odd_micros = 0
        if place == 0:
            tick_micros = instruments[leg, INSTRUMENT_TICK_MICROS]
            leg_ticks = first_micros // tick_micros
            hours = instruments[leg, INSTRUMENT_TICK_VALUE_MICROS] // tick_micros
            odd_micros = (first_micros - leg_ticks * tick_micros) * hours
        leg_side = side
        if ratio < 0:
            leg_side = 1 - side
        lots = qty_lots * abs(ratio)
        book_side_of_leg(arrays, ledger, account, leg, leg_side, leg_ticks, lots, odd_micros)
        book_side_of_leg(
            arrays, ledger, resting_account, leg, 1 - leg_side, leg_ticks, lots, odd_micros
        )
        venue[VENUE_TRADES] += 1
        instruments[leg, INSTRUMENT_TRADES] += 1
        instruments[leg, INSTRUMENT_CHANGE_SEQ] = seq
        count = write_event(
            ledger,
            count,
            _LEG_BOOKED,
            seq,
            ts_ns,
            leg,
            account,
            order_id,
            leg_side,
            leg_ticks,
            lots,
            odd_micros,
            venue[VENUE_TRADES],
        )
        events[count - 1, EVENT_RESTING_ACCOUNT] = resting_account
        events[count - 1, EVENT_RESTING_ORDER_ID] = resting_id
        events[count - 1, EVENT_RESTING_LEAVES_LOTS] = combo_trade
    instruments[combo, INSTRUMENT_CHANGE_SEQ] = seq
    # The floor counts the combo itself as held, which nobody does.
    arrays.owners[account, holding_column(combo)] = 0
    arrays.owners[resting_account, holding_column(combo)] = 0
    venue[VENUE_LEGS_BOOKED] = 1
    return count
