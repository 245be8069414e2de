"""What a trader may look at: the market and its own account, kept up to date by the runtime."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping

from clients import messages as m
from clients.books import Book, Levels
from marketdata.messages import Instrument

REMEMBERED_CLOSED = 8_192
REMEMBERED_TRADES = 64


class MarketView:
    """Books, tickers, indices, own orders and positions.

    A trader reads it and never writes it. ``orders`` holds working orders by label (by id for those
    without one), also those that are on their way; ``states`` the life of each instrument in the
    words of the dialect, as far as it was told; ``fixings`` the published fixings by index and day
    since 1970-01-01, in micro-dollars per GPU-hour, for traders that follow them. Books are empty until
    their first snapshot; ``trades`` are the last of each instrument, latest last.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        label_prefix: str = "",
        *,
        market: MarketView | None = None,
    ) -> None:
        """Start empty; with ``market`` the public half is that of another view, and shared."""
        self.instruments: dict[str, Instrument] = (
            dict(instruments) if market is None else market.instruments
        )
        self.states: dict[str, str] = {} if market is None else market.states
        self.books: dict[str, Book] = {} if market is None else market.books
        self.linked_books: dict[tuple[str, m.Sizes], Book] = (
            {} if market is None else market.linked_books
        )
        self.tickers: dict[str, m.Ticker] = {} if market is None else market.tickers
        self.quotes: dict[str, m.Quote] = {} if market is None else market.quotes
        self.index: dict[str, m.IndexPrice] = {} if market is None else market.index
        self.fixings: dict[str, dict[int, int]] = {} if market is None else market.fixings
        self.trades: dict[str, deque[m.PublicTrade]] = {} if market is None else market.trades
        self.label_prefix = label_prefix
        self.orders: dict[str, m.Order] = {}
        self._orders_of: dict[str, dict[str, m.Order]] = {}
        self.positions: dict[str, m.Position] = {}
        self.account: m.AccountSummary | None = None
        self._closed: OrderedDict[str, None] = OrderedDict()

    def book(self, instrument: str, sizes: m.Sizes = "outright") -> Book:
        """Return the book of an instrument, an empty one where none came yet.

        sizes: of its own orders, of what other books imply in it, or of both together.
        """
        if sizes != "outright":
            key = (instrument, sizes)
            return self.linked_books.setdefault(key, Book(instrument))
        book = self.books.get(instrument)
        if book is None:
            book = self.books[instrument] = Book(instrument)
        return book

    def is_linked(self, instrument: str) -> bool:
        """Say whether other books may imply sizes in that of an instrument."""
        return any(
            instrument == combo.name or instrument in (leg.instrument for leg in combo.legs)
            for combo in self.instruments.values()
            if combo.implied
        )

    def index_micros(self, instrument: str) -> int | None:
        """Return the last index of an instrument's underlying in micro-dollars per GPU-hour."""
        listed = self.instruments[instrument]
        printed = self.index.get(listed.index_name)
        if printed is not None:
            return printed.price_micros
        ticker = self.tickers.get(instrument)
        return None if ticker is None else ticker.index_micros

    def mark_ticks(self, instrument: str) -> int | None:
        """Return the last mark of an instrument."""
        ticker = self.tickers.get(instrument)
        return None if ticker is None else ticker.mark_ticks

    def position_lots(self, instrument: str) -> int:
        """Return the account's signed position."""
        position = self.positions.get(instrument)
        return 0 if position is None else position.qty_lots

    def own_orders(self, instrument: str, side: m.Side | None = None) -> list[m.Order]:
        """Return the working orders that carry this view's label prefix, earliest first."""
        return [
            order
            for order in self._orders_of.get(instrument, {}).values()
            if (side is None or order.side == side)
            and not order.quote
            and order.label.startswith(self.label_prefix)
        ]

    def own_quotes(self, instrument: str) -> list[m.Order]:
        """Return the working orders that came by mass quote, earliest first."""
        return [order for order in self._orders_of.get(instrument, {}).values() if order.quote]

    def outside_best(self, instrument: str) -> tuple[int | None, int | None]:
        """Return the best bid and ask in ticks among the others' orders, None for an empty side."""
        mine: dict[int, int] = {}
        for order in self._orders_of.get(instrument, {}).values():
            if not order.quote and not order.label.startswith(self.label_prefix):
                continue
            if order.state == m.OrderState.OPEN and order.price_ticks is not None:
                signed = order.price_ticks * order.side.sign
                mine[signed] = mine.get(signed, 0) + order.leaves_lots
        book, depth = self.book(instrument), len(mine) + 1
        return _first_other(book.bids(depth), mine, 1), _first_other(book.asks(depth), mine, -1)

    def apply(self, message: m.Message) -> bool:
        """Take one message in and return whether it changed anything.

        Raises marketdata.depth.SequenceGap where changes of a book were missed.
        """
        match message:
            case m.BookUpdate():
                return self.book(message.instrument, message.sizes).apply(message)
            case m.Ticker():
                self.tickers[message.instrument] = message
            case m.Quote():
                self.quotes[message.instrument] = message
            case m.IndexPrice():
                self.index[message.index_name] = message
            case m.PublicTrade():
                self._apply_trade(message)
            case m.Order():
                return self._apply_order(message)
            case m.InstrumentState():
                former, self.states[message.instrument] = (
                    self.states.get(message.instrument),
                    message.state,
                )
                return former is not None and former != message.state
            case m.Position():
                self.positions[message.instrument] = message
            case m.AccountSummary():
                self.account = message
            case m.Rejection():
                self._apply_rejection(message)
            case _:
                pass
        return True

    def _apply_order(self, order: m.Order) -> bool:
        key = order.label or order.order_id
        known = self.orders.get(key)
        if order.order_id and order.order_id in self._closed:
            return False
        if known is not None and (known == order or _is_older(order, known)):
            return False
        if order.is_working:
            self.orders[key] = order
            self._orders_of.setdefault(order.instrument, {})[key] = order
        else:
            self._forget(key)
            self._closed[order.order_id] = None
            if len(self._closed) > REMEMBERED_CLOSED:
                self._closed.popitem(last=False)
        return True

    def _apply_trade(self, trade: m.PublicTrade) -> None:
        recent = self.trades.get(trade.instrument)
        if recent is None:
            recent = self.trades[trade.instrument] = deque(maxlen=REMEMBERED_TRADES)
        recent.append(trade)

    def _apply_rejection(self, rejection: m.Rejection) -> None:
        order = self.orders.get(rejection.label)
        if order is not None and order.state == m.OrderState.PENDING:
            self._forget(rejection.label)

    def _forget(self, key: str) -> None:
        order = self.orders.pop(key, None)
        if order is not None:
            del self._orders_of[order.instrument][key]


def _is_older(order: m.Order, known: m.Order) -> bool:
    """Whether news of an order is overtaken: time first, then fills, since both only grow."""
    if known.state == m.OrderState.PENDING or order.order_id != known.order_id:
        return False
    return (order.updated_ns, order.filled_lots) < (known.updated_ns, known.filled_lots)


def _first_other(levels: Levels, mine: Mapping[int, int], sign: int) -> int | None:
    for price_ticks, qty_lots in levels:
        if qty_lots > mine.get(price_ticks * sign, 0):
            return price_ticks
    return None
