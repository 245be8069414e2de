"""What must hold of combos besides the core's laws: cycles, the legs of each trade, and the tapes.

The tape is read three times: from the rows of each command, from what the core keeps for corrections, and
from the fills that accounts are told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby

from exchange.core import layout as at
from exchange.core import trades
from exchange.core.combos import legs_of
from exchange.core.core import Core
from exchange.core.layout import EventKind, State
from exchange.views.trades import TradeView
from matching.layout import BOOK_BAND_HIGH, BOOK_BAND_LOW, BOOK_BASE_TICKS
from tests.exchange.core.model import Model
from tests.matching.cycle_laws import Links, complete_cycles

Row = list[int]
WHOLES = (
    EventKind.EXECUTED,
    EventKind.UNCROSSED,
    EventKind.BLOCK_TRADED,
    EventKind.IMPLIED,
)
LEGS = (EventKind.LEG_BOOKED, EventKind.IMPLIED_LEG)


def links_of(core: Core) -> Links:
    """Return every combo that trades with its legs' books, with its legs and their ratios."""
    return tuple(
        (number, tuple(tuple(leg) for leg in legs_of(core, number)))
        for number, spec in enumerate(core.specs)
        if spec.implied
    )


def band_ticks(core: Core, book: int) -> tuple[int, int]:
    """Return the lowest and highest price that an order may have in a book."""
    row = core.books.rows[book]
    base_ticks = int(row[BOOK_BASE_TICKS])
    return int(row[BOOK_BAND_LOW]) + base_ticks, int(row[BOOK_BAND_HIGH]) + base_ticks


def open_cycles(core: Core) -> list[tuple[int, int]]:
    """Return the cycles (combo, side) that could trade as the books stand."""
    ends_ns = {number: spec.expiry_ns for number, spec in enumerate(core.specs)}
    return complete_cycles(core.books, links_of(core), ends_ns, lambda book: band_ticks(core, book))


def faulty_legs(core: Core, events: list[Row]) -> Iterator[str]:
    """Yield what is wrong with the legs of the combos' trades among the rows of a command."""
    combos = {row[at.EVENT_TAG]: row for row in events if row[at.EVENT_KIND] in WHOLES}
    legs = [row for row in events if row[at.EVENT_KIND] in LEGS]
    by_trade = {
        trade: list(rows)
        for trade, rows in groupby(legs, lambda row: row[at.EVENT_RESTING_LEAVES_LOTS])
    }
    implied = [row[at.EVENT_TAG] for row in events if row[at.EVENT_KIND] == EventKind.IMPLIED]
    missing = [trade for trade in implied if trade not in by_trade]
    if missing:
        yield f"implied trades {missing} have no legs"
    for trade, rows in by_trade.items():
        yield from _faulty_trade(core, combos[trade], rows)


def _faulty_trade(core: Core, whole: Row, legs: list[Row]) -> Iterator[str]:
    """Compare a combo's trade with its legs: lots by instrument and owner, and money."""
    combo, lots = whole[at.EVENT_INSTRUMENT], whole[at.EVENT_QTY_LOTS]
    owner, sign = whole[at.EVENT_ACCOUNT], 1 - 2 * whole[at.EVENT_SIDE]
    wanted = {leg: sign * ratio * lots for leg, ratio in legs_of(core, combo)}
    got: Counter[int] = Counter()
    micros = 0
    for row in legs:
        leg, qty = row[at.EVENT_INSTRUMENT], row[at.EVENT_QTY_LOTS]
        implied = row[at.EVENT_KIND] == EventKind.IMPLIED_LEG
        # An order in the leg stands against the combo's owner; a booked leg names him first.
        owners = row[at.EVENT_RESTING_ACCOUNT] if implied else row[at.EVENT_ACCOUNT]
        side = 1 - row[at.EVENT_SIDE] if implied else row[at.EVENT_SIDE]
        if owners != owner:
            yield f"trade {whole[at.EVENT_TAG]}: its leg is of {owners}, not of {owner}"
        signed = qty * (1 - 2 * side)
        got[leg] += signed
        odd = 0 if implied else row[at.EVENT_LEAVES_LOTS]
        own = core.specs[leg]
        hourly = row[at.EVENT_PRICE_TICKS] * own.tick_micros + odd // own.contract_hours
        micros += signed * hourly
    if got != wanted:
        yield f"trade {whole[at.EVENT_TAG]}: {dict(got)} lots in its legs for {wanted}"
    if micros != sign * lots * whole[at.EVENT_PRICE_TICKS] * core.specs[combo].tick_micros:
        yield f"trade {whole[at.EVENT_TAG]}: its legs cost {micros} micros an hour"


def faulty_memory(core: Core, model: Model) -> Iterator[str]:
    """Compare what the core keeps of its latest trades with what the naive clearing house knows of them."""
    for row in core.trades.rows.tolist():
        told = model.terms.get(row[trades.TRADE_ID])
        if (told is None) != bool(row[trades.TRADE_STATE] & trades.BUSTED):
            yield f"trade {row[trades.TRADE_ID]}: the core has state {row[trades.TRADE_STATE]}"
        elif told is not None:
            kept = row[trades.TRADE_INSTRUMENT : trades.TRADE_SELLER_FEE_MICROS + 1]
            wanted = [told.instrument, told.price_ticks, told.qty_lots, *told.parties, *told.fees]
            if kept != wanted:
                yield f"trade {row[trades.TRADE_ID]}: the core keeps {kept}, told were {wanted}"


def faulty_fills(core: Core, view: TradeView) -> Iterator[str]:
    """Rebuild positions from the fills of all accounts, and each combo's price from its legs' prices."""
    lots: Counter[tuple[int, int]] = Counter()
    wholes: dict[tuple[int, int, int], int] = {}
    legs: defaultdict[tuple[int, int, int], int] = defaultdict(int)
    for account in range(len(core.account_names)):
        for fill in filter(lambda fill: fill.stands, view.fills(account)):
            spec = core.specs[fill.instrument]
            signed = fill.qty_lots * (1 - 2 * fill.side)
            hourly = fill.standing_ticks * spec.tick_micros
            hourly += fill.standing_odd_micros // spec.contract_hours
            if spec.is_combo:
                wholes[account, fill.trade_id, fill.order_id] = signed * hourly
            else:
                lots[account, fill.instrument] += signed
                legs[account, fill.combo_trade_id, fill.order_id] += signed * hourly
    for (account, instrument), sum_lots in sorted(lots.items()):
        held = int(core.position(account, instrument)[at.POSITION_LOTS])
        expired = core.instrument(instrument)[at.INSTRUMENT_STATE] == State.EXPIRED
        if not expired and held != sum_lots:
            yield f"account {account} holds {held} of {instrument}, its fills are {sum_lots}"
    for key, micros in wholes.items():
        if legs[key] != micros:
            yield f"(account, trade, order) {key} costs {micros} micros, its legs {legs[key]}"
