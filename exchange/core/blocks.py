"""Block trades: agreed outside the book, entered by an operator, cleared like any other trade.

An exchange of futures for physicals (EFP) is entered the same way; its reference says what the futures
are exchanged for. Rules after CME Rulebook, chapter 5, rules 526 (block trades) and 538 (exchange for
related positions): both accounts pass the venue's checks, the price need not lie within the band.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exchange.core import combos, novation
from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason, State
from exchange.core.novation import Fill
from exchange.core.replies import Row, event, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_REFERENCE = 64


def block_trade(core: Core, row: Row, text: str) -> list[Row]:
    """Let ACCOUNT buy QTY_LOTS at PRICE_TICKS from the account numbered ORDER_ID; both pay the taker's fee.

    It is a trade of the tape, but its last price and volume, by which marks, stops and breakers go, stay as
    they are. A combo's is booked in its legs; each of them must be covered by itself.
    """
    refusal = _fault(core, row, text)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    fills = _fills(core, row)
    core.venue[at.VENUE_TRADES] += 1
    core.instruments[row[at.COMMAND_INSTRUMENT], at.INSTRUMENT_TRADES] += 1
    buyer, seller = fills
    told = event(
        row,
        EventKind.BLOCK_TRADED,
        instrument=buyer.instrument,
        account=buyer.account,
        price_ticks=buyer.price_ticks,
        qty_lots=buyer.qty_lots,
        tag=int(core.venue[at.VENUE_TRADES]),
        micros=seller.fee_micros,
    )
    told[at.EVENT_FEE_MICROS] = buyer.fee_micros
    told[at.EVENT_RESTING_ACCOUNT] = seller.account
    rows = [told, *_leg_rows(core, row, fills)]
    core.trades.record(np.array(rows, np.int64))
    legs = [leg for fill in fills for leg in combos.fills_of_legs(core, fill)]
    return rows + novation.book(core, row, [*fills, *legs])


def _leg_rows(core: Core, row: Row, fills: list[Fill]) -> list[Row]:
    """Return the rows of the legs of a combo's block, each with a trade id of its own."""
    combo_trade = int(core.venue[at.VENUE_TRADES])
    rows: list[Row] = []
    for bought, sold in zip(*(combos.fills_of_legs(core, fill) for fill in fills), strict=True):
        core.venue[at.VENUE_TRADES] += 1
        core.instruments[bought.instrument, at.INSTRUMENT_TRADES] += 1
        told = event(
            row,
            EventKind.LEG_BOOKED,
            instrument=bought.instrument,
            account=bought.account,
            price_ticks=bought.price_ticks,
            qty_lots=bought.qty_lots,
            tag=int(core.venue[at.VENUE_TRADES]),
        )
        told[at.EVENT_SIDE] = bought.side
        told[at.EVENT_LEAVES_LOTS] = bought.odd_micros
        told[at.EVENT_RESTING_ACCOUNT] = sold.account
        told[at.EVENT_RESTING_LEAVES_LOTS] = combo_trade
        rows.append(told)
    return rows


def _fills(core: Core, row: Row) -> list[Fill]:
    instrument, qty_lots = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_QTY_LOTS]
    fee_micros = qty_lots * core.specs[instrument].taker_fee_micros
    price_ticks = row[at.COMMAND_PRICE_TICKS]
    sides = (row[at.COMMAND_ACCOUNT], row[at.COMMAND_ORDER_ID])
    return [
        Fill(account, instrument, side, price_ticks, qty_lots, fee_micros)
        for side, account in enumerate(sides)
    ]


def _fault(core: Core, row: Row, text: str) -> Reason:
    instrument, qty_lots = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_QTY_LOTS]
    accounts = (row[at.COMMAND_ACCOUNT], row[at.COMMAND_ORDER_ID])
    if not all(novation.is_account(core, account) for account in accounts):
        return Reason.UNKNOWN_ACCOUNT
    if not 0 <= instrument < len(core.specs):
        return Reason.UNKNOWN_INSTRUMENT
    spec = core.specs[instrument]
    # Twice the limit takes a position from one end to the other.
    if not max(1, spec.block_minimum_lots) <= qty_lots <= 2 * spec.max_position_lots:
        return Reason.INVALID_QTY
    if not novation.is_price(core, instrument, row[at.COMMAND_PRICE_TICKS]):
        return Reason.INVALID_PRICE
    fills = _fills(core, row)
    fills += [leg for fill in fills for leg in combos.fills_of_legs(core, fill)]
    legs = combos.legs_of(core, instrument)
    barred = novation.bars(core, fills)
    if barred:
        return barred[0]
    over = 0 < spec.expiry_ns <= row[at.COMMAND_TS_NS]
    states = core.instruments[[instrument, *(leg.instrument for leg in legs)], at.INSTRUMENT_STATE]
    if over or any(state in (State.HALTED, State.EXPIRED) for state in states.tolist()):
        return Reason.INSTRUMENT_NOT_OPEN
    found = novation.faults(core, fills)
    if found:
        return found[0]
    if len(text) > MAX_REFERENCE or (text and not text.isprintable()):
        return Reason.INVALID_SPEC
    if not all(novation.is_sound(core, account) for account in accounts):
        return Reason.ACCOUNT_NOT_SOUND
    return Reason.SAME_ACCOUNT if accounts[0] == accounts[1] else Reason.NONE
