"""Public records of the market and the words the dialect uses for them.

Money is micro-dollars, prices are ticks, sizes are lots, times are UTC nanoseconds. In the
dialect a price is dollars per GPU-hour, an ``amount`` counts contracts (lots) and times are
milliseconds.
"""

from __future__ import annotations

from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from enum import IntEnum
from typing import Any

import msgspec

MICROS = 1_000_000
NS_PER_MS = 1_000_000
PERPETUAL_EXPIRY_MS = 32_503_708_800_000
"""Deribit's expiration of an instrument that never expires: the year 3000."""

_EXACT = Context(prec=40, traps=[InvalidOperation, Inexact])
_MAX_ADJUSTED = 11
_MAX_PRICE_CHARACTERS = 64


class OffTick(ValueError):  # noqa: N818 - says what is wrong
    """A price that is not a finite whole number of ticks."""


class State(IntEnum):
    """Trading state of an instrument; the numbers are the core's."""

    PRE_OPEN = 0
    OPEN = 1
    HALTED = 2
    CLOSED = 3
    EXPIRED = 4


STATE_NAMES: dict[int, str] = {
    State.PRE_OPEN: "pre_open",
    State.OPEN: "open",
    State.HALTED: "halted",
    State.CLOSED: "closed",
    State.EXPIRED: "expired",
}
"""``state`` of a ticker and an order book."""

LIFECYCLE_NAMES: dict[int, str] = {
    State.PRE_OPEN: "created",
    State.OPEN: "started",
    State.HALTED: "closed",
    State.CLOSED: "closed",
    State.EXPIRED: "terminated",
}
"""``state`` of an ``instrument.state`` message, in the closed set that strict clients decode."""

SIDE_NAMES = ("buy", "sell")


def milliseconds(ts_ns: int) -> int:
    """Return a time in whole milliseconds, as the dialect states it."""
    return ts_ns // NS_PER_MS


def dollars(amount_micros: int) -> float:
    """Return micro-dollars as the dollar figure of the shortest decimal."""
    return amount_micros / MICROS


class InstrumentLeg(msgspec.Struct, frozen=True):
    """Of a combo: buying one lot buys ``ratio`` lots of the instrument, or sells them (negative)."""

    instrument: str
    ratio: int


class Instrument(msgspec.Struct, frozen=True):
    """What the public may know of a listed instrument; fees are micro-dollars a lot."""

    instrument_id: int
    name: str
    family: str
    underlying: str
    index_name: str
    perpetual: bool
    tick_micros: int
    contract_hours: int
    creation_ns: int
    expiry_ns: int
    """Last trading instant; 0 for a perpetual."""
    maker_fee_micros: int
    taker_fee_micros: int
    initial_margin_ppm: int
    maintenance_margin_ppm: int
    max_order_lots: int
    legs: tuple[InstrumentLeg, ...] = ()
    """What a combo's trades are booked as; empty for anything else."""
    binary: bool = False
    """Whether it pays one dollar a unit if the mean ends above the strike, else nothing."""
    strike_micros: int = 0
    implied: bool = False
    """Whether a combo trades with the books of its legs, so that each implies sizes in the others."""

    matching: str = "price_time"
    minimum_allocation_lots: int = 1
    top_order_ppm: int = 1_000_000
    top_order_lots: int = 0
    batch_interval_ns: int = 0

    @property
    def kind(self) -> str:
        """The dialect's word: a binary is an ``option``, a call that pays all or nothing."""
        if self.legs:
            return "future_combo"
        return "option" if self.binary else "future"

    def price(self, ticks: int) -> float:
        """Return dollars per GPU-hour; its text is the shortest exact decimal.

        Division of integers rounds once and correctly: a price of up to 15 digits prints as
        written.
        """
        return ticks * self.tick_micros / MICROS

    def price_beyond(self, ticks: int, odd_micros: int) -> float:
        """Return dollars per GPU-hour of a price that is ``odd_micros`` above a tick, as a leg's may be."""
        return (ticks * self.tick_micros + odd_micros) / MICROS

    def ticks(self, price: Decimal | float | int | str) -> int:
        """Return the ticks of a price in dollars per GPU-hour.

        Raises OffTick when the price is no number, not finite, 10^12 or more, or between two ticks.
        A float is read as its shortest decimal text.
        """
        exact = _exact_decimal(price)
        if exact.is_zero():
            return 0
        try:
            micros = exact.scaleb(6, context=_EXACT)
            whole = micros == micros.to_integral_value(context=_EXACT)
        except DecimalException:
            whole = False
        if not whole or int(micros) % self.tick_micros:
            raise OffTick(f"{price} is not a multiple of {dollars(self.tick_micros)}")
        return int(micros) // self.tick_micros

    def notional(self, ticklots: int) -> float:
        """Return the dollars of a sum of price_ticks * qty_lots."""
        return ticklots * self.tick_micros * self.contract_hours / MICROS


def _exact_decimal(price: Decimal | float | int | str) -> Decimal:
    if isinstance(price, bool) or (isinstance(price, str) and len(price) > _MAX_PRICE_CHARACTERS):
        raise OffTick("price is not a number")
    try:
        exact = Decimal(repr(price) if isinstance(price, float) else price)
    except (InvalidOperation, TypeError, ValueError):
        raise OffTick("price is not a number") from None
    if not exact.is_finite():
        raise OffTick("price is not finite")
    if not exact.is_zero() and exact.adjusted() > _MAX_ADJUSTED:
        raise OffTick("price is too large")
    return exact


class Trade(msgspec.Struct, frozen=True):
    """One execution as the public sees it; ``side`` is the aggressor's."""

    trade_id: int
    trade_seq: int
    """Counts the trades of this instrument without gaps."""
    instrument_id: int
    ts_ns: int
    price_ticks: int
    qty_lots: int
    side: int
    mark_ticks: int
    index_micros: int
    """Index at the trade; 0 when none was printed."""
    odd_micros: int = 0
    """Of a combo's leg: what the price is above its ticks, micros per GPU-hour."""
    combo_name: str = ""
    """Of a combo's leg: the combo, and the id of its trade."""
    combo_trade_id: int = 0
    block: bool = False
    """Agreed beside the book; ``side`` is then the buyer's."""
    implied: bool = False
    """Of a combo's leg: traded with an order of the leg's own book, at that order's price."""

    @property
    def is_beside_the_book(self) -> bool:
        """Whether its price is not the book's doing: a block, or a leg booked at a conventional price."""
        return self.block or bool(self.combo_name and not self.implied)


def block_name(trade_id: int) -> str:
    """Return the dialect's ``block_trade_id`` of a block trade."""
    return f"BLOCK-{trade_id}"


def trade_fields(instrument: Instrument, trade: Trade, tick_direction: int) -> dict[str, Any]:
    """Return a public trade in the dialect (public/get_last_trades_by_instrument, ``trades.*``).

    tick_direction: 0 plus, 1 zero-plus, 2 minus, 3 zero-minus tick.
    """
    fields: dict[str, Any] = {
        "trade_seq": trade.trade_seq,
        "trade_id": str(trade.trade_id),
        "timestamp": milliseconds(trade.ts_ns),
        "tick_direction": tick_direction,
        "price": instrument.price_beyond(trade.price_ticks, trade.odd_micros),
        "mark_price": instrument.price(trade.mark_ticks),
        "instrument_name": instrument.name,
        "index_price": dollars(trade.index_micros) if trade.index_micros else None,
        "direction": SIDE_NAMES[trade.side],
        "contracts": trade.qty_lots,
        "amount": trade.qty_lots,
    }
    if trade.combo_name:
        fields["combo_id"] = trade.combo_name
        fields["combo_trade_id"] = str(trade.combo_trade_id)
        if trade.implied:
            fields["implied"] = True
    if trade.block:
        fields |= {"block_trade_id": block_name(trade.trade_id), "block_trade_leg_count": 1}
    return fields


def leg_fields(instrument: Instrument) -> list[dict[str, Any]]:
    """Return the legs of a combo in the dialect."""
    return [{"instrument_name": leg.instrument, "amount": leg.ratio} for leg in instrument.legs]


def matching_fields(instrument: Instrument) -> dict[str, Any]:
    """Return an instrument's algorithm, and those of its numbers that this algorithm uses."""
    fields: dict[str, Any] = {"matching": instrument.matching}
    if instrument.matching == "pro_rata":
        fields["minimum_allocation"] = instrument.minimum_allocation_lots
    if instrument.top_order_lots:
        fields["top_order_amount"] = instrument.top_order_lots
        fields["top_order_share"] = instrument.top_order_ppm / MICROS
    if instrument.batch_interval_ns:
        fields["batch_interval"] = milliseconds(instrument.batch_interval_ns)
    return fields


def instrument_fields(instrument: Instrument, state: int, mark_ticks: int) -> dict[str, Any]:
    """Return an instrument in the dialect (public/get_instruments).

    The venue's fees are dollars a contract (``maker_fee``, ``taker_fee``). The dialect's
    commissions are rates: here the fee over the notional of one contract at the mark, 0 while
    there is no mark.
    """
    notional = instrument.notional(mark_ticks)

    def commission(fee_micros: int) -> float:
        return round(dollars(fee_micros) / notional, 8) if notional > 0 else 0.0

    special = matching_fields(instrument)
    if instrument.legs:
        special["legs"] = leg_fields(instrument)
        special["implied"] = instrument.implied
    if instrument.binary:
        special["payoff"] = "binary"
        special["option_type"] = "call"
        special["strike"] = dollars(instrument.strike_micros)
    return {
        **special,
        "instrument_name": instrument.name,
        "instrument_id": instrument.instrument_id,
        "kind": instrument.kind,
        "instrument_type": "linear",
        "future_type": "linear",
        "base_currency": instrument.family,
        "quote_currency": "USD",
        "counter_currency": "USD",
        "settlement_currency": "USD",
        "settlement_period": "perpetual" if instrument.perpetual else "month",
        "price_index": instrument.index_name,
        "underlying": instrument.underlying,
        "creation_timestamp": milliseconds(instrument.creation_ns),
        "expiration_timestamp": (
            milliseconds(instrument.expiry_ns) if instrument.expiry_ns else PERPETUAL_EXPIRY_MS
        ),
        "tick_size": instrument.price(1),
        "tick_size_steps": [],
        "contract_size": instrument.contract_hours,
        "min_trade_amount": 1,
        "max_order_amount": instrument.max_order_lots,
        "maker_commission": commission(instrument.maker_fee_micros),
        "taker_commission": commission(instrument.taker_fee_micros),
        "maker_fee": dollars(instrument.maker_fee_micros),
        "taker_fee": dollars(instrument.taker_fee_micros),
        "initial_margin": instrument.initial_margin_ppm / MICROS,
        "maintenance_margin": instrument.maintenance_margin_ppm / MICROS,
        "max_leverage": MICROS // max(1, instrument.initial_margin_ppm),
        "rfq": False,
        "state": STATE_NAMES[state],
        "is_active": state != State.EXPIRED,
    }
