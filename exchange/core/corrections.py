"""What operators do to a trade that has happened: give it up to another account, bust it, adjust its price.

Each books what undoes the trade and what takes its place, so cash and positions stay zero-sum. A trade
of an expired instrument has become cash and stays; so does one that is no longer kept (``trades``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core import novation, trades
from exchange.core.commands import Rows
from exchange.core.layout import EventKind, Reason
from exchange.core.novation import Fill
from exchange.core.replies import Row, event, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

_PARTIES = (trades.TRADE_BUYER, trades.TRADE_SELLER)
_FEES = (trades.TRADE_BUYER_FEE_MICROS, trades.TRADE_SELLER_FEE_MICROS)


def give_up(core: Core, row: Row, _text: str) -> list[Row]:
    """Move a trade from ACCOUNT, which executed it, to the account numbered QTY_LOTS: lots, money and fee.

    Both must be sound and may have what they get as in a block trade.
    """
    executing, clearing = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    if not novation.is_account(core, executing) or not novation.is_account(core, clearing):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    trade = core.trades.find(row[at.COMMAND_ORDER_ID])
    if trade is None:
        return rejected(row, _missing(core, row))
    sides = [side for side, column in enumerate(_PARTIES) if trade[column] == executing]
    if not sides:
        return rejected(row, Reason.UNKNOWN_TRADE)
    former = _fills(trade)[sides[0]]
    fills = [former.reverse, former._replace(account=clearing)]
    found = [*novation.bars(core, fills), _unchangeable(core, trade), *novation.faults(core, fills)]
    if not novation.is_sound(core, executing) or not novation.is_sound(core, clearing):
        found.append(Reason.ACCOUNT_NOT_SOUND)
    if clearing in trade[list(_PARTIES)].tolist() or len(sides) > 1:
        found.append(Reason.SAME_ACCOUNT)
    refusal = min((reason for reason in found if reason != Reason.NONE), default=Reason.NONE)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    trade[_PARTIES[former.side]] = clearing
    told = event(
        row,
        EventKind.TRADE_GIVEN_UP,
        instrument=former.instrument,
        account=executing,
        price_ticks=former.price_ticks,
        qty_lots=former.qty_lots,
        tag=row[at.COMMAND_ORDER_ID],
        micros=former.fee_micros,
    )
    told[at.EVENT_SIDE] = former.side
    told[at.EVENT_RESTING_ACCOUNT] = clearing
    told[at.EVENT_LEAVES_LOTS] = _mark_ticks(core, former.instrument)
    return [told, *novation.book(core, row, fills)]


def bust(core: Core, row: Row, _text: str) -> list[Row]:
    """Undo a trade, ORDER_ID: both sides give back lots, money and fee, whatever the mark is by now.

    It goes through whatever the accounts' margins are: who falls below maintenance is called.
    """
    trade = core.trades.find(row[at.COMMAND_ORDER_ID])
    if trade is None:
        return rejected(row, _missing(core, row))
    refusal = _unchangeable(core, trade)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    fills = _fills(trade)
    trade[trades.TRADE_STATE] = trades.BUSTED
    told = _told(row, EventKind.TRADE_BUSTED, fills)
    told[at.EVENT_LEAVES_LOTS] = _mark_ticks(core, fills[0].instrument)
    return [told, *novation.book(core, row, [fill.reverse for fill in fills])]


def adjust(core: Core, row: Row, _text: str) -> list[Row]:
    """Give a trade, ORDER_ID, another price, PRICE_TICKS: one side pays the difference to the other."""
    trade = core.trades.find(row[at.COMMAND_ORDER_ID])
    price_ticks = row[at.COMMAND_PRICE_TICKS]
    if trade is None:
        return rejected(row, _missing(core, row))
    former = _fills(trade)
    outside = not novation.is_price(core, former[0].instrument, price_ticks)
    if outside or price_ticks == former[0].price_ticks:
        return rejected(row, Reason.INVALID_PRICE)
    refusal = _unchangeable(core, trade)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    fills = [fill._replace(price_ticks=price_ticks) for fill in former]
    trade[trades.TRADE_PRICE_TICKS] = price_ticks
    told = _told(row, EventKind.TRADE_ADJUSTED, fills)
    told[at.EVENT_FEE_MICROS] = told[at.EVENT_RESTING_FEE_MICROS] = 0
    told[at.EVENT_RESTING_LEAVES_LOTS] = former[0].price_ticks
    return [told, *novation.book(core, row, [*(fill.reverse for fill in former), *fills])]


def _missing(core: Core, row: Row) -> Reason:
    happened = 1 <= row[at.COMMAND_ORDER_ID] <= int(core.venue[at.VENUE_TRADES])
    return Reason.TRADE_TOO_OLD if happened else Reason.UNKNOWN_TRADE


def _unchangeable(core: Core, trade: Rows) -> Reason:
    if novation.is_expired(core, int(trade[trades.TRADE_INSTRUMENT])):
        return Reason.INSTRUMENT_NOT_OPEN
    return Reason.TRADE_BUSTED if trade[trades.TRADE_STATE] == trades.BUSTED else Reason.NONE


def _mark_ticks(core: Core, instrument: int) -> int:
    return int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS])


def _fills(trade: Rows) -> list[Fill]:
    terms = trade.tolist()
    return [
        Fill(
            terms[party],
            terms[trades.TRADE_INSTRUMENT],
            side,
            terms[trades.TRADE_PRICE_TICKS],
            terms[trades.TRADE_QTY_LOTS],
            terms[fee],
        )
        for side, (party, fee) in enumerate(zip(_PARTIES, _FEES, strict=True))
    ]


def _told(row: Row, kind: EventKind, fills: list[Fill]) -> Row:
    buyer, seller = fills
    told = event(
        row,
        kind,
        instrument=buyer.instrument,
        account=buyer.account,
        price_ticks=buyer.price_ticks,
        qty_lots=buyer.qty_lots,
        tag=row[at.COMMAND_ORDER_ID],
        micros=seller.fee_micros,
    )
    told[at.EVENT_FEE_MICROS] = buyer.fee_micros
    told[at.EVENT_RESTING_ACCOUNT] = seller.account
    return told
