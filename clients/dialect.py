"""The exchange's JSON on the wire: dollars, milliseconds and the Deribit API v2's field names.

Only the fields that this library reads are named; others are ignored, so that a newer exchange does
not break an older client.
"""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from clients.messages import OrderState, Side


class WireLeg(msgspec.Struct):
    """A leg of a combo; the amount is signed and for one lot of it."""

    instrument_name: str
    amount: float


class WireInstrument(msgspec.Struct):
    """One row of public/get_instruments."""

    instrument_name: str
    instrument_id: int
    base_currency: str
    price_index: str
    settlement_period: str
    tick_size: float
    contract_size: float
    creation_timestamp: int
    expiration_timestamp: int
    underlying: str = ""
    maker_fee: float = 0.0
    taker_fee: float = 0.0
    initial_margin: float = 0.0
    maintenance_margin: float = 0.0
    max_order_amount: int = 0
    legs: list[WireLeg] = []
    implied: bool = False
    payoff: str = "linear"
    strike: float = 0.0


class WireBook(msgspec.Struct):
    """Message of the channel book.{instrument}.{interval}."""

    instrument_name: str
    timestamp: int
    change_id: int
    type: Literal["snapshot", "change"] = "snapshot"
    prev_change_id: int | None = None
    bids: list[tuple[str, float, float]] = []
    asks: list[tuple[str, float, float]] = []


class WireDepth(msgspec.Struct):
    """Answer of public/get_order_book, and message of book.{instrument}.none.{depth}.{interval}."""

    instrument_name: str
    timestamp: int
    change_id: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]
    implied_bids: list[tuple[float, float]] = []
    implied_asks: list[tuple[float, float]] = []


class WireTrade(msgspec.Struct):
    """One public trade."""

    instrument_name: str
    timestamp: int
    trade_id: str
    trade_seq: int
    direction: Side
    price: float
    amount: float
    combo_id: str = ""


class WireTicker(msgspec.Struct):
    """Ticker of one instrument."""

    instrument_name: str
    timestamp: int
    state: str = "open"
    mark_price: float | None = None
    last_price: float | None = None
    best_bid_price: float | None = None
    best_bid_amount: float | None = None
    best_ask_price: float | None = None
    best_ask_amount: float | None = None
    open_interest: float = 0.0
    index_price: float | None = None


class WireQuote(msgspec.Struct):
    """Best bid and offer of one instrument."""

    instrument_name: str
    timestamp: int
    best_bid_price: float | None = None
    best_bid_amount: float | None = None
    best_ask_price: float | None = None
    best_ask_amount: float | None = None


class WireIndex(msgspec.Struct):
    """Message of deribit_price_index.{name}."""

    index_name: str
    price: float
    timestamp: int = 0


class WireInstrumentState(msgspec.Struct):
    """Message of instrument.state.{kind}.{currency}."""

    instrument_name: str
    state: str
    timestamp: int = 0


class WireOrder(msgspec.Struct):
    """One order of the account; ``price`` is the word market_price for a market order."""

    order_id: str
    instrument_name: str
    direction: Side
    order_state: OrderState
    amount: float
    filled_amount: float
    creation_timestamp: int
    last_update_timestamp: int
    price: float | str | None = None
    average_price: float | None = None
    label: str = ""
    post_only: bool = False
    reduce_only: bool = False
    quote: bool = False


class WireUserTrade(msgspec.Struct):
    """One fill of the account."""

    instrument_name: str
    timestamp: int
    trade_id: str
    trade_seq: int
    order_id: str
    direction: Side
    price: float
    amount: float
    label: str = ""
    fee: float = 0.0
    liquidity: str = "T"
    combo_id: str = ""


class WirePosition(msgspec.Struct):
    """The account's position in one instrument; ``size`` is signed."""

    instrument_name: str
    size: float
    average_price: float | None = None
    mark_price: float | None = None
    realized_profit_loss: float | None = None
    floating_profit_loss: float | None = None
    initial_margin: float | None = None
    maintenance_margin: float | None = None


class WireSummary(msgspec.Struct):
    """Answer of private/get_account_summary."""

    equity: float
    balance: float
    available_funds: float
    initial_margin: float
    maintenance_margin: float


class WireChanges(msgspec.Struct):
    """Message of user.changes: what one batch did to the account."""

    orders: list[WireOrder] = []
    trades: list[WireUserTrade] = []
    positions: list[WirePosition] = []


class WirePlaced(msgspec.Struct):
    """Answer of private/buy, sell, edit and close_position."""

    order: WireOrder
    trades: list[WireUserTrade] = []


class WireFault(msgspec.Struct):
    """Why something was refused, as in any error answer."""

    code: int
    message: str
    data: dict[str, object] = {}


class WireQuoteError(msgspec.Struct):
    """One quote of a mass quote that the venue refused; without side where all of it was."""

    instrument_name: str
    error: WireFault
    side: Literal["bid", "ask"] | None = None
    price: float | None = None


class WireMassQuote(msgspec.Struct):
    """Answer of private/mass_quote."""

    errors: list[WireQuoteError] = []
    quote_id: str = ""
    orders: list[WireOrder] = []
    trades: list[WireUserTrade] = []


class WireProtection(msgspec.Struct):
    """Market-maker protection on an index, as set."""

    index_name: str
    interval: int
    frozen_time: int
    mmp_group: str = "default"
    quantity_limit: float | None = None
    delta_limit: float | None = None


class WireFreeze(msgspec.Struct):
    """An index on which protection tripped; frozen_until in milliseconds, 0 until it is reset."""

    index_name: str
    frozen_until: int
    mmp_group: str = "default"


class WireDeadline(msgspec.Struct):
    """Answer of private/cancel_all_after; milliseconds, None where the timer was taken away."""

    timestamp: int
    cancel_timestamp: int | None = None


class WirePage(msgspec.Struct):
    """A page of the account's fills."""

    trades: list[WireUserTrade]
    has_more: bool = False


class WirePublicPage(msgspec.Struct):
    """A page of public trades."""

    trades: list[WireTrade]
    has_more: bool = False


class WireCandles(msgspec.Struct):
    """Answer of public/get_tradingview_chart_data: one list a column."""

    ticks: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


class WireIndexPrice(msgspec.Struct):
    """Answer of public/get_index_price."""

    index_price: float


class WireFixing(msgspec.Struct):
    """One published fixing; the date is ISO."""

    date: datetime.date
    price: float
    version: int = 1


class WireFixings(msgspec.Struct):
    """Answer of public/get_fixings."""

    data: list[WireFixing] = []


class WireAuth(msgspec.Struct):
    """Answer of public/auth."""

    access_token: str
    expires_in: float = 0.0
