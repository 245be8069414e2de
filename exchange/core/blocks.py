"""Block trades: agreed outside the book, entered by an operator, cleared like any other trade.

An exchange of futures for physicals (EFP) is entered the same way; its reference says what the futures
are exchanged for. Rules after CME Rulebook, chapter 5, rules 526 (block trades) and 538 (exchange for
related positions): both accounts pass the venue's checks, the price need not lie within the band.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exchange.core import layout as at
from exchange.core import novation
from exchange.core.layout import EventKind, Reason, State
from exchange.core.novation import Fill
from exchange.core.replies import Row, event, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_REFERENCE = 64


def block_trade(core: Core, row: Row, text: str) -> list[Row]:
    """Let ACCOUNT buy QTY_LOTS at PRICE_TICKS from the account numbered ORDER_ID; both pay the taker's fee.

    The tape's last price, volume and number of trades, by which stops and breakers go, stay as they are.
    """
    refusal = _fault(core, row, text)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    fills = _fills(core, row)
    core.venue[at.VENUE_TRADES] += 1
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
    core.trades.record(np.array([told], np.int64))
    return [told, *novation.book(core, row, fills)]


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
    barred = novation.bars(core, _fills(core, row))
    if barred:
        return barred[0]
    over = 0 < spec.expiry_ns <= row[at.COMMAND_TS_NS]
    state = int(core.instruments[instrument, at.INSTRUMENT_STATE])
    if over or state in (State.HALTED, State.EXPIRED):
        return Reason.INSTRUMENT_NOT_OPEN
    found = novation.faults(core, _fills(core, row))
    if found:
        return found[0]
    if len(text) > MAX_REFERENCE or (text and not text.isprintable()):
        return Reason.INVALID_SPEC
    if not all(novation.is_sound(core, account) for account in accounts):
        return Reason.ACCOUNT_NOT_SOUND
    return Reason.SAME_ACCOUNT if accounts[0] == accounts[1] else Reason.NONE
