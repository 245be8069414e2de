"""From the core's events to the inputs of the public market, one commit a batch."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import EventKind
from marketdata.market import Market, Moves
from marketdata.messages import Instrument, InstrumentLeg, Trade
from matching.layout import Side

Row = list[int]
Levels = dict[tuple[int, int, int], None]

_KIND = at.EVENT_KIND
_INSTRUMENT = at.EVENT_INSTRUMENT
_SIDE = at.EVENT_SIDE
_PRICE_TICKS = at.EVENT_PRICE_TICKS
_TAG = at.EVENT_TAG
_ACCEPTED = int(EventKind.ACCEPTED)
_EXECUTED = int(EventKind.EXECUTED)
_LEG_BOOKED = int(EventKind.LEG_BOOKED)
_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)
_CANCELLED = int(EventKind.CANCELLED)
_AMENDED = int(EventKind.AMENDED)
_REJECTED = int(EventKind.REJECTED)
_UNCROSSED = int(EventKind.UNCROSSED)
_ACTIVATED = int(EventKind.ACTIVATED)
_DELEVERAGED = int(EventKind.DELEVERAGED)
_BLOCK_TRADED = int(EventKind.BLOCK_TRADED)
_AT_OWN_PRICE = frozenset(
    (_ACCEPTED, _CANCELLED, EventKind.REDUCED, EventKind.REFILLED, EventKind.PARKED)
)
_CLEARED_BESIDE_THE_BOOK = frozenset(
    (
        EventKind.BLOCK_TRADED,
        EventKind.TRADE_BUSTED,
        EventKind.TRADE_GIVEN_UP,
    )
)


def public_instrument(number: int, spec: InstrumentSpec) -> Instrument:
    """Return what the public may know of a listed instrument."""
    return Instrument(
        instrument_id=number,
        name=spec.name,
        family=spec.family,
        underlying=spec.underlying,
        index_name=spec.index,
        perpetual=spec.perpetual,
        tick_micros=spec.tick_micros,
        contract_hours=spec.contract_hours,
        creation_ns=spec.created_ns,
        expiry_ns=spec.expiry_ns,
        maker_fee_micros=spec.maker_fee_micros,
        taker_fee_micros=spec.taker_fee_micros,
        initial_margin_ppm=spec.initial_margin_ppm,
        maintenance_margin_ppm=spec.maintenance_margin_ppm,
        max_order_lots=spec.max_order_lots,
        legs=tuple(InstrumentLeg(leg.instrument, leg.ratio) for leg in spec.legs),
        binary=spec.is_binary,
        implied=spec.implied,
        strike_micros=spec.strike_micros,
        matching=spec.matching,
        minimum_allocation_lots=spec.minimum_allocation_lots,
        top_order_ppm=spec.top_order_ppm,
        top_order_lots=spec.top_order_lots,
        batch_interval_ns=spec.batch_interval_ns,
    )


class PublicFeed:
    """Tells a market what the events of each applied batch changed for the public."""

    def __init__(self, core: Core, market: Market) -> None:
        self._core = core
        self._market = market
        self._trades = [int(row[at.INSTRUMENT_TRADES]) for row in core.instruments]
        self._marks = [int(row[at.INSTRUMENT_MARK_TICKS]) for row in core.instruments]
        self._index_prices = dict(core.index_prices)

    def load_depth(self) -> None:
        """Give a restored market the depth of every book."""
        for number in range(len(self._core.specs)):
            sides = [
                [(price, qty) for price, qty, _ in self._core.books.depth(number, side)]
                for side in Side
            ]
            self._market.load_depth(number, *sides)

    def apply(
        self, events: Sequence[Row], *, cut: bool = False, moves: Moves | None = None
    ) -> None:
        """Feed the events of the batch that the core has just applied, and commit them; see Market.commit.

        moves: where others follow the depth; events that say nothing else may then be left out.
        """
        levels: Levels = {}
        traded: dict[int, None] = {}
        uncrossed: dict[int, None] = {}
        combo = aggressor_id = -1
        for row in events:
            kind, number = row[_KIND], row[_INSTRUMENT]
            if kind in (_EXECUTED, _UNCROSSED, _BLOCK_TRADED):
                combo = number
            if kind in _AT_OWN_PRICE:
                levels[number, row[_SIDE], row[_PRICE_TICKS]] = None
            elif kind == _EXECUTED:
                levels[number, 1 - row[_SIDE], row[_PRICE_TICKS]] = None
                traded[number] = None
                self._record_trade(row)
            elif kind == _AMENDED:
                levels[number, row[_SIDE], row[_PRICE_TICKS]] = None
                levels[number, row[_SIDE], row[_TAG]] = None
            elif kind == _UNCROSSED:
                uncrossed[number] = None
                traded[number] = None
                self._record_trade(row)
            elif kind == _LEG_BOOKED:
                traded[number] = None
                self._record_trade(row, combo)
            elif kind in (_IMPLIED, _IMPLIED_LEG):
                if kind == _IMPLIED:
                    combo, aggressor_id = number, row[at.EVENT_RESTING_ORDER_ID]
                rested = row[at.EVENT_ORDER_ID] != aggressor_id
                if aggressor_id == 0:
                    # One of them got a better price than that at which it stood.
                    uncrossed[number] = None
                elif rested:
                    levels[number, row[_SIDE], row[_PRICE_TICKS]] = None
                traded[number] = None
                side = 1 - row[_SIDE] if rested else row[_SIDE]
                self._record_trade(row, combo if kind == _IMPLIED_LEG else -1, side)
            elif kind == _ACTIVATED:
                self._touch_activated(levels, row)
            elif kind == _DELEVERAGED:
                traded[number] = None
            elif kind != _REJECTED:
                self._apply_cold(row)
        core, market = self._core, self._market
        if moves is None:
            for number in uncrossed:
                self._touch_all(levels, number)
            level, set_level = core.books.level, market.set_level
            for number, side, price_ticks in levels:
                set_level(number, side, price_ticks, level(number, side, price_ticks)[0])
        for number in traded:
            lots = core.instruments.item(number, at.INSTRUMENT_OPEN_INTEREST_LOTS)
            market.set_open_interest(number, lots)
        market.commit(core.seq, core.ts_ns, cut=cut, moves=moves)

    def _touch_activated(self, levels: Levels, row: Row) -> None:
        """Look at the level of an order that entered: the market may have moved its price."""
        number, side = row[_INSTRUMENT], row[_SIDE]
        levels[number, side, row[_PRICE_TICKS]] = None
        order = self._core.books.order(row[at.EVENT_ORDER_ID])
        if order is not None and order.level_code == 0:
            levels[number, side, order.price_ticks] = None

    def _touch_all(self, levels: Levels, number: int) -> None:
        """Look at every level of a book: its auction's rows name the price, not where orders stood."""
        known = self._market.board(number).depth
        for side in Side:
            for price_ticks, _ in known.levels(side):
                levels[number, side, price_ticks] = None
            for price_ticks, _, _ in self._core.books.depth(number, side):
                levels[number, side, price_ticks] = None

    def _record_trade(self, row: Row, combo: int = -1, side: int = -1) -> None:
        """Tell of a trade; combo: the number of the one whose leg it is, if it is one's.

        side: the aggressor's where the row's is another.
        """
        number = row[at.EVENT_INSTRUMENT]
        self._trades[number] += 1
        hours = self._core.specs[number].contract_hours
        self._market.record_trade(
            Trade(
                trade_id=row[at.EVENT_TAG],
                trade_seq=self._trades[number],
                instrument_id=number,
                ts_ns=row[at.EVENT_TS_NS],
                price_ticks=row[at.EVENT_PRICE_TICKS],
                qty_lots=row[at.EVENT_QTY_LOTS],
                side=row[at.EVENT_SIDE] if side < 0 else side,
                mark_ticks=self._marks[number],
                index_micros=self._index_prices.get(self._core.specs[number].index, 0),
                odd_micros=row[at.EVENT_LEAVES_LOTS] // hours if row[_KIND] == _LEG_BOOKED else 0,
                combo_name=self._core.specs[combo].name if combo >= 0 else "",
                combo_trade_id=row[at.EVENT_RESTING_LEAVES_LOTS] if combo >= 0 else 0,
                # No order made it.
                block=row[at.EVENT_ORDER_ID] == 0,
                implied=row[_KIND] == _IMPLIED_LEG,
            )
        )

    def _apply_cold(self, row: Row) -> None:
        kind, number = row[at.EVENT_KIND], row[at.EVENT_INSTRUMENT]
        micros = row[at.EVENT_RESTING_FEE_MICROS]
        if kind == EventKind.INSTRUMENT_LISTED:
            self._trades.append(0)
            self._marks.append(row[at.EVENT_PRICE_TICKS])
            self._market.list_instrument(public_instrument(number, self._core.specs[number]))
            self._market.set_state(number, row[at.EVENT_TAG], row[at.EVENT_TS_NS])
            self._set_mark(number, row[at.EVENT_PRICE_TICKS])
        elif kind == EventKind.STATE_CHANGED:
            self._market.set_state(number, row[at.EVENT_TAG], row[at.EVENT_TS_NS])
            lots = int(self._core.instruments[number, at.INSTRUMENT_OPEN_INTEREST_LOTS])
            self._market.set_open_interest(number, lots)
        elif kind == EventKind.INDEX_PRINTED:
            name = self._core.index_names[number]
            self._index_prices[name] = micros
            self._market.print_index(name, micros, row[at.EVENT_TS_NS])
        elif kind == EventKind.MARKED:
            self._set_mark(number, row[at.EVENT_PRICE_TICKS])
        elif kind in _CLEARED_BESIDE_THE_BOOK:
            if kind == EventKind.BLOCK_TRADED:
                self._record_trade(row)
            lots = int(self._core.instruments[number, at.INSTRUMENT_OPEN_INTEREST_LOTS])
            self._market.set_open_interest(number, lots)
        elif kind == EventKind.FUNDED:
            self._market.set_funding(number, micros)
        elif kind == EventKind.INDICATED:
            self._market.set_indicative(
                number, row[_PRICE_TICKS], row[at.EVENT_QTY_LOTS], row[at.EVENT_LEAVES_LOTS]
            )

    def _set_mark(self, number: int, mark_ticks: int) -> None:
        self._marks[number] = mark_ticks
        row = self._core.instruments[number]
        self._market.set_mark(number, mark_ticks)
        self._market.set_band(
            number,
            int(row[at.INSTRUMENT_BAND_LOW_TICKS]),
            int(row[at.INSTRUMENT_BAND_HIGH_TICKS]),
        )
