"""What operators do to a trade that has happened: give it up to another account, bust it, adjust its price.

Each books what undoes the trade and what takes its place, so cash and positions stay zero-sum. A trade
of an expired instrument has become cash and stays; so does one that is no longer kept (``trades``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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


class Part(NamedTuple):
    """A trade, or a leg of a combo's: its row and its two fills."""

    trade: Rows
    buyer: Fill
    seller: Fill

    @property
    def fills(self) -> tuple[Fill, Fill]:
        """Both sides of it."""
        return self.buyer, self.seller

    @property
    def is_implied(self) -> bool:
        """Say whether a combo's order traded with the books of its legs."""
        return bool(self.trade[trades.TRADE_STATE] & (trades.OWNER_BOUGHT | trades.OWNER_SOLD))

    @property
    def is_leg(self) -> bool:
        """Say whether it is a leg, which has a combo's trade above it."""
        return bool(self.trade[trades.TRADE_COMBO_ID])

    def own(self, account: int) -> Fill:
        """Return the side of an account that is on one; of an implied trade that of the combo's owner."""
        if self.is_implied:
            bought = self.trade[trades.TRADE_STATE] & trades.OWNER_BOUGHT
            return self.buyer if bought else self.seller
        return self.buyer if self.buyer.account == account else self.seller

    def across(self, fill: Fill) -> Fill:
        """Return the other side than this."""
        return self.fills[1 - fill.side]


def give_up(core: Core, row: Row, _text: str) -> list[Row]:
    """Move a trade from ACCOUNT, which executed it, to the account numbered QTY_LOTS: lots, money and fee.

    Both must be sound and may have what they get as in a block trade. A combo's goes with its legs; an order
    that a combo met in a leg traded in that leg alone, so its side goes by itself.
    """
    executing, clearing = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    if not novation.is_account(core, executing) or not novation.is_account(core, clearing):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    trade = core.trades.find(row[at.COMMAND_ORDER_ID])
    if trade is None:
        return rejected(row, _missing(core, row))
    if executing not in trade[list(_PARTIES)].tolist():
        return rejected(row, Reason.UNKNOWN_TRADE)
    parts = _parts(core, trade)
    formers = [part.own(executing) for part in parts]
    if parts[0].is_implied and parts[0].is_leg:
        # Its combo's owner has it with the other legs alone; who met him there may give it up.
        formers = [parts[0].across(formers[0])]
    fills = [one for fill in formers for one in (fill.reverse, fill._replace(account=clearing))]
    found = [*novation.bars(core, fills), *novation.faults(core, fills)]
    found += [_ended(core, parts), _of_combo(parts, formers, executing)]
    if not novation.is_sound(core, executing) or not novation.is_sound(core, clearing):
        found.append(Reason.ACCOUNT_NOT_SOUND)
    others = [part.across(fill).account for part, fill in zip(parts, formers, strict=True)]
    if parts[0].is_implied and not parts[0].is_leg:
        others[0] = executing
    elif not parts[0].is_implied and others[0] == executing:
        # Of a trade with oneself nobody can say which side is meant.
        found.append(Reason.SAME_ACCOUNT)
    if clearing in (executing, *others):
        found.append(Reason.SAME_ACCOUNT)
    refusal = min((reason for reason in found if reason != Reason.NONE), default=Reason.NONE)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    rows: list[Row] = []
    for part, former in zip(parts, formers, strict=True):
        part.trade[_PARTIES[former.side]] = clearing
        if part.is_implied and not part.is_leg:
            # Nobody is on its other side.
            part.trade[_PARTIES[1 - former.side]] = clearing
        told = _told_once(row, EventKind.TRADE_GIVEN_UP, part, former.fee_micros)
        told[at.EVENT_ACCOUNT] = executing
        told[at.EVENT_SIDE] = former.side
        told[at.EVENT_RESTING_ACCOUNT] = clearing
        told[at.EVENT_LEAVES_LOTS] = _mark_ticks(core, former.instrument)
        rows.append(told)
    return rows + novation.book(core, row, fills)


def bust(core: Core, row: Row, _text: str) -> list[Row]:
    """Undo a trade, ORDER_ID: both sides give back lots, money and fee, whatever the mark is by now.

    A combo's goes with all its legs. It goes through whatever the accounts' margins are: who falls below
    maintenance is called.
    """
    trade = core.trades.find(row[at.COMMAND_ORDER_ID])
    if trade is None:
        return rejected(row, _missing(core, row))
    parts = _parts(core, trade)
    refusal = _unchangeable(core, parts)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    rows: list[Row] = []
    for part in parts:
        part.trade[trades.TRADE_STATE] |= trades.BUSTED
        told = _told(row, EventKind.TRADE_BUSTED, part)
        told[at.EVENT_LEAVES_LOTS] = _mark_ticks(core, part.buyer.instrument)
        rows.append(told)
    undone = [fill.reverse for part in parts for fill in part.fills]
    return rows + novation.book(core, row, undone)


def adjust(core: Core, row: Row, _text: str) -> list[Row]:
    """Give a trade, ORDER_ID, another price, PRICE_TICKS: one side pays the difference to the other.

    Of a combo's the first leg takes the difference.
    """
    trade = core.trades.find(row[at.COMMAND_ORDER_ID])
    price_ticks = row[at.COMMAND_PRICE_TICKS]
    if trade is None:
        return rejected(row, _missing(core, row))
    parts = _parts(core, trade)
    former = parts[0].buyer
    outside = not novation.is_price(core, former.instrument, price_ticks)
    if outside or price_ticks == former.price_ticks:
        return rejected(row, Reason.INVALID_PRICE)
    refusal = _unchangeable(core, parts)
    if refusal != Reason.NONE:
        return rejected(row, refusal)
    moved_micros = (price_ticks - former.price_ticks) * core.specs[former.instrument].tick_micros
    rows: list[Row] = []
    fills: list[Fill] = []
    for part in parts[:2]:
        ticks, odd = _moved(core, part.buyer, moved_micros)
        changed = [fill._replace(price_ticks=ticks, odd_micros=odd) for fill in part.fills]
        part.trade[trades.TRADE_PRICE_TICKS] = ticks
        part.trade[trades.TRADE_ODD_MICROS] = odd
        told = _told(row, EventKind.TRADE_ADJUSTED, Part(part.trade, *changed))
        told[at.EVENT_FEE_MICROS] = told[at.EVENT_RESTING_FEE_MICROS] = 0
        told[at.EVENT_RESTING_LEAVES_LOTS] = part.buyer.price_ticks
        told[at.EVENT_ORDER_ID] = part.buyer.odd_micros
        rows.append(told)
        fills += [*(fill.reverse for fill in part.fills), *changed]
    return rows + novation.book(core, row, fills)


def _moved(core: Core, fill: Fill, by_micros: int) -> tuple[int, int]:
    """Return a fill's price moved by micros per GPU-hour: ticks, and what is above them a lot."""
    spec = core.specs[fill.instrument]
    odd_micros = fill.odd_micros // spec.contract_hours + by_micros
    ticks, odd_micros = divmod(odd_micros, spec.tick_micros)
    return fill.price_ticks + ticks, odd_micros * spec.contract_hours


def _missing(core: Core, row: Row) -> Reason:
    happened = 1 <= row[at.COMMAND_ORDER_ID] <= int(core.venue[at.VENUE_TRADES])
    return Reason.TRADE_TOO_OLD if happened else Reason.UNKNOWN_TRADE


def _unchangeable(core: Core, parts: list[Part]) -> Reason:
    ended = _ended(core, parts)
    if ended == Reason.NONE and parts[0].is_leg:
        return Reason.LEG_OF_COMBO
    return ended


def _ended(core: Core, parts: list[Part]) -> Reason:
    """Return why a trade stands as it is for good, NONE where it does not."""
    if any(novation.is_expired(core, part.buyer.instrument) for part in parts):
        return Reason.INSTRUMENT_NOT_OPEN
    busted = parts[0].trade[trades.TRADE_STATE] & trades.BUSTED
    return Reason.TRADE_BUSTED if busted else Reason.NONE


def _of_combo(parts: list[Part], formers: list[Fill], executing: int) -> Reason:
    """Return LEG_OF_COMBO where an account has a leg with the combo's other legs alone, else NONE."""
    alone = parts[0].is_implied and formers[0].account == executing
    return Reason.LEG_OF_COMBO if parts[0].is_leg and not alone else Reason.NONE


def _mark_ticks(core: Core, instrument: int) -> int:
    return int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS])


def _parts(core: Core, trade: Rows) -> list[Part]:
    """Return a trade, and behind a combo's its legs, which have the next ids."""
    legs = len(core.specs[int(trade[trades.TRADE_INSTRUMENT])].legs)
    first = int(trade[trades.TRADE_ID])
    rows = [trade, *(core.trades.find(first + place) for place in range(1, legs + 1))]
    return [Part(row, *_fills(row)) for row in rows if row is not None]


def _fills(trade: Rows) -> tuple[Fill, Fill]:
    terms = trade.tolist()
    buyer, seller = (
        Fill(
            terms[party],
            terms[trades.TRADE_INSTRUMENT],
            side,
            terms[trades.TRADE_PRICE_TICKS],
            terms[trades.TRADE_QTY_LOTS],
            terms[fee],
            terms[trades.TRADE_ODD_MICROS],
        )
        for side, (party, fee) in enumerate(zip(_PARTIES, _FEES, strict=True))
    )
    return buyer, seller


def _told(row: Row, kind: EventKind, part: Part) -> Row:
    told = _told_once(row, kind, part, part.seller.fee_micros)
    told[at.EVENT_FEE_MICROS] = part.buyer.fee_micros
    told[at.EVENT_RESTING_ACCOUNT] = part.seller.account
    return told


def _told_once(row: Row, kind: EventKind, part: Part, fee_micros: int) -> Row:
    told = event(
        row,
        kind,
        instrument=part.buyer.instrument,
        account=part.buyer.account,
        price_ticks=part.buyer.price_ticks,
        qty_lots=part.buyer.qty_lots,
        tag=int(part.trade[trades.TRADE_ID]),
        micros=fee_micros,
    )
    told[at.EVENT_RESTING_ORDER_ID] = part.buyer.odd_micros
    return told
