"""The ``data`` of a channel's messages: its current state, and what it says of a change.

The state that is pushed on subscribing and the changes that follow fit together: a book's snapshot
carries the change_id that the next change names as prev_change_id, also inside a window.
"""

from __future__ import annotations

from typing import Any

import msgspec

from marketdata.board import Board
from marketdata.candles import Bar
from marketdata.changes import Change, LevelChange
from marketdata.channels import Channel, ChannelKind
from marketdata.linked_book import LinkedBook
from marketdata.market import Market
from marketdata.messages import LIFECYCLE_NAMES, milliseconds
from matching.layout import Side

_encode = msgspec.json.Encoder().encode


def states(market: Market, channel: Channel) -> list[bytes]:
    """Return the messages that give a new subscriber the channel's current state.

    Trades are the last one of each instrument, so that the first gap in trade_seq already shows.
    """
    if channel.kind is ChannelKind.INDEX:
        index = market.index_print(channel.index_name)
        return [_encode(index.fields())] if index else []
    if channel.is_linked:
        return [_encode(_linked_state(linked_book(market, channel), channel))]
    boards = [market.board(i.instrument_id) for i in market.instruments() if channel.covers(i)]
    if channel.kind is ChannelKind.TRADES:
        last = [trade for board in boards if (trade := _last_trade(channel, board))]
        return [_encode(last)] if last else []
    found = (_state(market, channel, board) for board in boards)
    return [_encode(fields) for fields in found if fields is not None]


def linked_book(market: Market, channel: Channel) -> LinkedBook:
    """Return the book that a channel of implied or combined sizes tells, as it was told last.

    Raises ValueError for another channel.
    """
    if channel.instrument_id is None or not channel.is_linked:
        raise ValueError(f"{channel.name} is no channel of a linked book")
    return LinkedBook(market, channel.instrument_id, channel.sizes)


def linked_change(book: LinkedBook, channel: Channel) -> bytes:
    """Return what such a channel says at the end of a window."""
    if channel.kind is ChannelKind.LINKED_BOOK:
        return _encode(book.change())
    return _encode(book.ladder(channel.depth))


def change(market: Market, channel: Channel, change: Change) -> bytes | None:
    """Return what a channel that covers the instrument says of a change, None for nothing."""
    board = market.board(change.instrument_id)
    match channel.kind:
        case ChannelKind.BOOK if change.bids or change.asks:
            return _encode(_book_change(board, change))
        case ChannelKind.LADDER if change.bids or change.asks:
            return _encode(_ladder(board, channel))
        case ChannelKind.TRADES if change.prints:
            return _encode([print_.fields(board.instrument) for print_ in change.prints])
        case ChannelKind.QUOTE if change.quote:
            return _encode(board.quote())
        case ChannelKind.TICKER if change.ticker:
            return _encode(board.ticker())
        case ChannelKind.PERPETUAL if change.funding:
            return _encode(_perpetual(board))
        case ChannelKind.CHART if change.prints:
            return _encode(_chart(board, channel))
        case ChannelKind.STATE if change.state:
            return _encode(_lifecycle(board))
        case _:
            return None


def _linked_state(book: LinkedBook, channel: Channel) -> dict[str, Any]:
    if channel.kind is ChannelKind.LINKED_BOOK:
        return book.snapshot()
    return book.ladder(channel.depth)


def _last_trade(channel: Channel, board: Board) -> dict[str, Any] | None:
    waiting = len(board.stream(channel.interval).prints)
    last = board.tape.before_last(waiting)
    return last.fields(board.instrument) if last else None


def _state(market: Market, channel: Channel, board: Board) -> dict[str, Any] | None:
    match channel.kind:
        case ChannelKind.BOOK:
            return _book_snapshot(board, channel)
        case ChannelKind.LADDER:
            return _ladder(board, channel)
        case ChannelKind.QUOTE:
            return board.quote()
        case ChannelKind.TICKER:
            return board.ticker(market.ts_ns)
        case ChannelKind.PERPETUAL:
            return _perpetual(board)
        case ChannelKind.CHART:
            return _chart(board, channel)
        case _:
            return _lifecycle(board)


def _book_snapshot(board: Board, channel: Channel) -> dict[str, Any]:
    stream = board.stream(channel.interval)
    price = board.instrument.price
    bids = stream.levels(board.depth, Side.BUY)
    asks = stream.levels(board.depth, Side.SELL)
    return {
        "type": "snapshot",
        "timestamp": milliseconds(board.ts_ns),
        "instrument_name": board.instrument.name,
        "change_id": stream.change_id,
        "bids": [("new", price(price_ticks), lots) for price_ticks, lots in bids],
        "asks": [("new", price(price_ticks), lots) for price_ticks, lots in asks],
    }


def _book_change(board: Board, change: Change) -> dict[str, Any]:
    price = board.instrument.price

    def entries(levels: tuple[LevelChange, ...]) -> list[tuple[str, float, int]]:
        return [(level.action, price(level.price_ticks), level.qty_lots) for level in levels]

    return {
        "type": "change",
        "timestamp": milliseconds(change.ts_ns),
        "prev_change_id": change.prev_change_id,
        "instrument_name": board.instrument.name,
        "change_id": change.change_id,
        "bids": entries(change.bids),
        "asks": entries(change.asks),
    }


def _ladder(board: Board, channel: Channel) -> dict[str, Any]:
    return {
        "timestamp": milliseconds(board.ts_ns),
        "instrument_name": board.instrument.name,
        "change_id": board.raw.change_id,
        "bids": _rungs(board, channel, Side.BUY),
        "asks": _rungs(board, channel, Side.SELL),
    }


def _rungs(board: Board, channel: Channel, side: int) -> list[tuple[float, int]]:
    price = board.instrument.price
    group = channel.group_ticks
    if group == 1:
        levels = board.depth.levels(side, channel.depth)
        return [(price(price_ticks), lots) for price_ticks, lots in levels]
    rungs: dict[int, int] = {}
    for price_ticks, lots in board.depth.levels(side):
        # Away from the other side, so that grouping never shows a better price than there is.
        away = 0 if side == Side.BUY else group - 1
        rung = (price_ticks + away) // group * group
        if rung not in rungs and len(rungs) == channel.depth:
            break
        rungs[rung] = rungs.get(rung, 0) + lots
    return [(price(rung), lots) for rung, lots in rungs.items()]


def _perpetual(board: Board) -> dict[str, Any]:
    return {
        "timestamp": milliseconds(board.ts_ns),
        "index_price": board.index_price(),
        "interest": board.funding_rate(),
    }


def _chart(board: Board, channel: Channel) -> dict[str, Any] | None:
    bar: Bar | None = board.candles.current(channel.resolution)
    if bar is None:
        return None
    price = board.instrument.price
    return {
        "tick": bar.start_minute * 60_000,
        "open": price(bar.open_ticks),
        "high": price(bar.high_ticks),
        "low": price(bar.low_ticks),
        "close": price(bar.close_ticks),
        "volume": bar.volume_lots,
        "cost": board.instrument.notional(bar.cost_ticklots),
    }


def _lifecycle(board: Board) -> dict[str, Any]:
    return {
        "timestamp": milliseconds(board.ts_ns),
        "state": LIFECYCLE_NAMES[board.state],
        "instrument_name": board.instrument.name,
    }
