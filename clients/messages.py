"""What a client receives: prices in ticks, sizes in lots, money in micro-dollars, time in ns (UTC).

A lot is a contract. The wire carries dollars and milliseconds (see ``clients.wire``); from here on
all is whole numbers, so that a trader computes the same in a simulation as against a server.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec

from clients.economy.statements import RentalDay
from marketdata.implied import together
from matching.layout import Side as MatchingSide


class Side(StrEnum):
    """Side of an order or of a trade's aggressor."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """Return 1 for a buy and -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class TimeInForce(StrEnum):
    """How long an order stays."""

    GTC = "good_til_cancelled"
    IOC = "immediate_or_cancel"
    FOK = "fill_or_kill"


class OrderState(StrEnum):
    """Where an order is in its life; PENDING is sent and not yet answered."""

    PENDING = "pending"
    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNTRIGGERED = "untriggered"


Sizes: TypeAlias = Literal["outright", "implied", "combined"]
"""What a book tells: its own orders, what other books imply in it, or both together."""

LevelChange: TypeAlias = tuple[str, int, int]
"""What became of a level (new, change, delete), its price in ticks and its size in lots."""


class BookUpdate(msgspec.Struct, frozen=True):
    """A snapshot of one book, or the levels that changed in it since ``prev_change_id``."""

    instrument: str
    ts_ns: int
    change_id: int
    prev_change_id: int | None
    """None in a snapshot."""
    bids: list[LevelChange]
    asks: list[LevelChange]
    sizes: Sizes = "outright"

    @property
    def is_snapshot(self) -> bool:
        """Whether the update replaces the whole book."""
        return self.prev_change_id is None


class LinkedDepth(msgspec.Struct, frozen=True, kw_only=True):
    """The best levels of a book, as (price_ticks, qty_lots), and what other books imply in it."""

    instrument: str
    ts_ns: int
    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]
    implied_bids: list[tuple[int, int]]
    implied_asks: list[tuple[int, int]]
    depth: int
    """How many implied levels were asked for; the sums are known as deep as that."""

    @property
    def combined_bids(self) -> list[tuple[int, int]]:
        """Real and implied bids together, which one order can hit at once."""
        return together(self.bids, self.implied_bids, MatchingSide.BUY, self.depth)

    @property
    def combined_asks(self) -> list[tuple[int, int]]:
        """Real and implied asks together, which one order can lift at once."""
        return together(self.asks, self.implied_asks, MatchingSide.SELL, self.depth)


class PublicTrade(msgspec.Struct, frozen=True):
    """A trade as everyone sees it; ``side`` is the aggressor's.

    combo: of a combo's leg, which combo; its price may lie between two ticks and is the nearest.
    """

    instrument: str
    ts_ns: int
    trade_id: str
    trade_seq: int
    side: Side
    price_ticks: int
    qty_lots: int
    combo: str = ""


class Ticker(msgspec.Struct, frozen=True, kw_only=True):
    """Summary of one instrument; a price that does not exist is None."""

    instrument: str
    ts_ns: int
    state: str
    mark_ticks: int | None
    last_ticks: int | None
    best_bid_ticks: int | None
    best_bid_lots: int
    best_ask_ticks: int | None
    best_ask_lots: int
    open_interest_lots: int
    index_micros: int | None


class Quote(msgspec.Struct, frozen=True):
    """Best bid and offer of one instrument; a side without orders is None and 0."""

    instrument: str
    ts_ns: int
    best_bid_ticks: int | None
    best_bid_lots: int
    best_ask_ticks: int | None
    best_ask_lots: int


class IndexPrice(msgspec.Struct, frozen=True):
    """A print of an index, in micro-dollars per GPU-hour."""

    index_name: str
    ts_ns: int
    price_micros: int


class InstrumentState(msgspec.Struct, frozen=True):
    """The life of an instrument went on: created, started, closed or terminated."""

    instrument: str
    ts_ns: int
    state: str


class Candle(msgspec.Struct, frozen=True):
    """Trades of one interval; ``ts_ns`` is its begin."""

    ts_ns: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    volume_lots: int


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the account; ``qty_lots`` is its total size, ``price_ticks`` None at market."""

    order_id: str
    label: str
    instrument: str
    side: Side
    state: OrderState
    price_ticks: int | None
    qty_lots: int
    filled_lots: int
    average_price_micros: int
    created_ns: int
    updated_ns: int
    post_only: bool = False
    reduce_only: bool = False
    quote: bool = False
    """Whether it came by mass quote; such an order has no label."""

    @property
    def leaves_lots(self) -> int:
        """Size that may still trade; 0 once the order is closed."""
        return self.qty_lots - self.filled_lots if self.is_working else 0

    @property
    def is_working(self) -> bool:
        """Whether the order is on its way or rests in the book."""
        return self.state in (OrderState.PENDING, OrderState.OPEN, OrderState.UNTRIGGERED)


class UserTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A fill of one of the account's orders; ``side`` is the account's, a fee paid is positive.

    combo: of a leg that a combo's fill was booked as, which combo. Only such a price may lie between two
    ticks: price_micros is exact, per GPU-hour, and price_ticks the nearest.
    """

    instrument: str
    ts_ns: int
    trade_id: str
    trade_seq: int
    order_id: str
    label: str
    side: Side
    price_ticks: int
    qty_lots: int
    fee_micros: int
    is_maker: bool
    price_micros: int = 0
    combo: str = ""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What the account holds in one instrument; short is negative."""

    instrument: str
    qty_lots: int
    average_price_micros: int
    """Entry price in micro-dollars per GPU-hour; 0 when flat."""
    mark_ticks: int | None
    realised_micros: int
    floating_micros: int
    initial_margin_micros: int = 0
    maintenance_margin_micros: int = 0


class AccountSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Money of the account in micro-dollars."""

    equity_micros: int
    balance_micros: int
    available_funds_micros: int
    initial_margin_micros: int
    maintenance_margin_micros: int


class Rejection(msgspec.Struct, frozen=True):
    """A command that the exchange refused; ``verb`` is the command's name, as massquote or submit."""

    verb: str
    label: str
    instrument: str
    code: int
    reason: str


class ClearingNotice(msgspec.Struct, frozen=True):
    """What clearing did to the account: a margin call, a close-out, a deleveraging (user.clearing).

    what: the dialect's ``type``. details: the other fields as they came, amounts in dollars.
    """

    what: str
    ts_ns: int
    details: dict[str, str | int | float]


class Link(msgspec.Struct, frozen=True):
    """The line to the exchange changed: down, or up again with everything resumed."""

    up: bool
    detail: str = ""


PublicMessage: TypeAlias = BookUpdate | PublicTrade | Ticker | Quote | IndexPrice
PrivateMessage: TypeAlias = (
    Order
    | UserTrade
    | Position
    | AccountSummary
    | ClearingNotice
    | Rejection
    | Link
    | InstrumentState
)
"""What is never dropped from a queue: news of the account, the line and the listing."""
ExchangeMessage: TypeAlias = PublicMessage | PrivateMessage
Message: TypeAlias = ExchangeMessage | RentalDay
"""A RentalDay comes from the rental economy beside the exchange, once a day."""


class Placed(msgspec.Struct, frozen=True):
    """Answer to an order: the order as it stands, and the fills that it had at once."""

    order: Order
    trades: list[UserTrade]
