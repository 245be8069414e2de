"""Channels of the account's own: what may be subscribed to and what they say of each batch.

Source: Deribit API v2, subscriptions (user.orders, user.trades, user.changes, user.portfolio,
user.mmp_trigger).

| name | message |
|---|---|
| ``user.orders.{instrument}.{interval}`` | raw: one order; 100ms, agg2: a list of orders |
| ``user.orders.{kind}.{currency}.{interval}`` | the same for several instruments |
| ``user.trades.{instrument}.{interval}`` | a list of fills |
| ``user.trades.{kind}.{currency}.{interval}`` | the same for several instruments |
| ``user.changes.{instrument}.{interval}`` | instrument_name with lists: orders, trades, positions |
| ``user.changes.{kind}.{currency}.{interval}`` | the same, a message an instrument |
| ``user.portfolio.{currency}`` | the account summary; currency is USD or any |
| ``user.clearing.{currency}`` | what clearing does to the account: calls, close-outs, deals beside the book |
| ``user.mmp_trigger.{index_name}`` | until when market-maker protection refuses orders |

Messages are made once a batch of the log, with each order as it stands after the batch: an order
that is accepted and filled in one batch is told once, as filled. A batch is what one commit to the
disk held, well under 100 ms, so the intervals differ in form only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_ORDER_ID,
    EVENT_TAG,
    POSITION_LOTS,
    EventKind,
)
from exchange.gateway.methods import clearing_notices
from exchange.gateway.methods.fills import told_fill
from exchange.gateway.methods.lookup import instrument_numbered
from exchange.gateway.methods.mmp_status import freeze_fields
from exchange.gateway.methods.order_fields import OrderFields, order_fields
from exchange.gateway.methods.outcomes import IMPLIED, TRADES
from exchange.views.orders import Order, Row
from exchange.views.portfolio import CURRENCY, held_instruments, position_fields, summary_fields
from exchange.views.trades import Fill
from marketdata.channels import UnknownChannel
from marketdata.kinds import ANY, KINDS, in_kind

if TYPE_CHECKING:
    from exchange.venue import Venue

INTERVALS = ("raw", "100ms", "agg2")
TOPICS = ("orders", "trades", "changes", "portfolio", "clearing", "mmp_trigger")

EVERYONE = -1

_ORDER_KINDS = (
    TRADES
    | IMPLIED
    | {
        int(kind)
        for kind in (
            EventKind.ACCEPTED,
            EventKind.CANCELLED,
            EventKind.AMENDED,
            EventKind.REDUCED,
            EventKind.ACTIVATED,
            EventKind.PARKED,
        )
    }
)
_BESIDE_THE_BOOK = frozenset(
    (
        EventKind.BLOCK_TRADED,
        EventKind.DELEVERAGED,
        EventKind.TRADE_BUSTED,
        EventKind.TRADE_ADJUSTED,
        EventKind.TRADE_GIVEN_UP,
    )
)
_TRADES = TRADES | IMPLIED | {int(EventKind.LEG_BOOKED)}
_FILL_KINDS = _TRADES | _BESIDE_THE_BOOK
_MONEY_KINDS = _BESIDE_THE_BOOK | frozenset(
    (
        *_ORDER_KINDS,
        *_TRADES,
        EventKind.TRANSFERRED,
        EventKind.CASH_MOVED,
        EventKind.SETTLED,
        EventKind.ACCOUNT_OPENED,
        EventKind.LAYER_PAID,
        EventKind.LAYER_FUNDED,
    )
)
_OF_BOTH = _TRADES | clearing_notices.OF_BOTH | {int(EventKind.CASH_MOVED)}
"""Kinds of the rows that concern the resting account, too."""
_TRIPPED = int(EventKind.PROTECTION_TRIPPED)
_DELEVERAGED = int(EventKind.DELEVERAGED)
_ACCOUNT_KINDS = _MONEY_KINDS | clearing_notices.OF_ONE | clearing_notices.OF_BOTH | {_TRIPPED}
_EVERYONE_KINDS = frozenset((EventKind.MARKED, EventKind.FUNDED))


class PrivateChannel(msgspec.Struct, frozen=True):
    """One valid channel of an account.

    instrument: its core number, None for several. family: None for every one. kind: of several. index: that
    of mmp_trigger.
    """

    name: str
    topic: str
    raw: bool = False
    instrument: int | None = None
    family: str | None = None
    kind: str = ANY
    index: str | None = None


def parse(name: str, venue: Venue) -> PrivateChannel:
    """Return the channel of a name; raises UnknownChannel, whose text says why."""
    parts = name.split(".")
    if len(parts) < 3 or parts[0] != "user" or parts[1] not in TOPICS:
        raise UnknownChannel(name, f"a private channel begins with user. and {', '.join(TOPICS)}")
    topic = parts[1]
    if topic in ("portfolio", "clearing"):
        if len(parts) != 3 or parts[2].upper() not in (CURRENCY, ANY.upper()):
            raise UnknownChannel(name, f"currency must be {CURRENCY} or {ANY}")
        return PrivateChannel(name, topic)
    if topic == "mmp_trigger":
        index_name = name.removeprefix("user.mmp_trigger.")
        if index_name not in venue.market.indices():
            raise UnknownChannel(name, "no such index")
        return PrivateChannel(name, topic, index=index_name)
    if parts[-1] not in INTERVALS:
        raise UnknownChannel(name, f"interval must be one of {', '.join(INTERVALS)}")
    raw = parts[-1] == "raw"
    if len(parts) == 4:
        if parts[2] == ANY:
            return PrivateChannel(name, topic, raw)
        instrument = venue.instruments.get(parts[2])
        if instrument is None:
            raise UnknownChannel(name, "no such instrument is listed")
        return PrivateChannel(name, topic, raw, instrument.instrument_id)
    if len(parts) != 5 or parts[2] not in KINDS:
        raise UnknownChannel(name, f"wanted user.{topic}.instrument.interval or .kind.currency.")
    family = None if parts[3] in (ANY, CURRENCY) else parts[3]
    if family is not None and family not in venue.market.families():
        raise UnknownChannel(name, "no such currency")
    return PrivateChannel(name, topic, raw, None, family, parts[2])


def by_account(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Return a batch's event rows by the accounts they concern, each account's in order.

    A trade concerns both sides, and so does what became of it. Rows under EVERYONE, marks and funding,
    concern all accounts.
    """
    concerned: dict[int, list[Row]] = {}
    for row in rows:
        kind = row[EVENT_KIND]
        if kind in _ACCOUNT_KINDS:
            account = row[EVENT_ACCOUNT]
            concerned.setdefault(account, []).append(row)
            if kind in _OF_BOTH and row[EVENT_RESTING_ACCOUNT] not in (account, -1):
                concerned.setdefault(row[EVENT_RESTING_ACCOUNT], []).append(row)
        elif kind in _EVERYONE_KINDS:
            concerned.setdefault(EVERYONE, []).append(row)
    return concerned


def _covers(channel: PrivateChannel, instrument: int, venue: Venue) -> bool:
    if channel.instrument is not None:
        return channel.instrument == instrument
    if channel.family is None and channel.kind == ANY:
        return True
    named = instrument_numbered(venue, instrument)
    return channel.family in (None, named.family) and in_kind(channel.kind, named)


def _orders(
    channel: PrivateChannel, account: int, rows: Sequence[Row], venue: Venue
) -> dict[int, Order]:
    """Return the orders of the channel that the rows touch, in the order of their first row."""
    found: dict[int, Order] = {}
    for row in rows:
        if row[EVENT_KIND] not in _ORDER_KINDS or not _covers(
            channel, row[EVENT_INSTRUMENT], venue
        ):
            continue
        for order_id in (row[EVENT_ORDER_ID], row[EVENT_RESTING_ORDER_ID]):
            order = venue.views.orders.get(account, order_id)
            if order is not None:
                found[order_id] = order
    return found


def _fills(channel: PrivateChannel, account: int, rows: Sequence[Row], venue: Venue) -> list[Fill]:
    trade_ids = {
        row[EVENT_ORDER_ID if row[EVENT_KIND] == _DELEVERAGED else EVENT_TAG]
        for row in rows
        if row[EVENT_KIND] in _FILL_KINDS
    }
    if not trade_ids:
        return []
    return [
        fill
        for fill in venue.views.trades.since(account, min(trade_ids))
        if fill.trade_id in trade_ids and _covers(channel, fill.instrument, venue)
    ]


def _moves_money(row: Row, account: int, venue: Venue) -> bool:
    if row[EVENT_KIND] in _EVERYONE_KINDS:
        return bool(venue.core.position(account, row[EVENT_INSTRUMENT])[POSITION_LOTS])
    return row[EVENT_KIND] in _MONEY_KINDS and account in (
        row[EVENT_ACCOUNT],
        row[EVENT_RESTING_ACCOUNT],
    )


def _position(account: int, instrument: int, venue: Venue) -> dict[str, Any]:
    index_micros = venue.views.marks.index_micros(instrument)
    return position_fields(venue.core, account, instrument, index_micros)


def _order_messages(
    channel: PrivateChannel, orders: Iterable[Order], venue: Venue
) -> list[OrderFields | list[OrderFields]]:
    fields = [order_fields(o, instrument_numbered(venue, o.instrument)) for o in orders]
    if channel.raw:
        return [*fields]
    return [fields] if fields else []


def _change_message(
    account: int, instrument: int, orders: Iterable[Order], fills: Iterable[Fill], venue: Venue
) -> dict[str, Any]:
    public = instrument_numbered(venue, instrument)
    return {
        "instrument_name": public.name,
        "orders": [order_fields(order, public) for order in orders],
        "trades": [told_fill(venue, fill) for fill in fills],
        "positions": [_position(account, instrument, venue)],
    }


def _freeze(channel: PrivateChannel, account: int, venue: Venue) -> list[Any]:
    assert channel.index is not None
    fields = freeze_fields(venue.core, account, channel.index, venue.core.ts_ns)
    return [] if fields is None else [fields]


def _trips(channel: PrivateChannel, row: Row, account: int, venue: Venue) -> bool:
    return (
        row[EVENT_KIND] == _TRIPPED
        and row[EVENT_ACCOUNT] == account
        and venue.core.specs[row[EVENT_INSTRUMENT]].index == channel.index
    )


def render(channel: PrivateChannel, account: int, rows: Sequence[Row], venue: Venue) -> list[Any]:
    """Return what a channel says of one applied batch: the ``data`` of each message, oldest first.

    rows: the batch's rows that concern the account and everyone (``by_account``), or all of them;
    the views must stand right after the batch. An empty list says nothing.
    """
    if channel.topic == "portfolio":
        moved = any(_moves_money(row, account, venue) for row in rows)
        return [summary_fields(venue.core, account)] if moved else []
    if channel.topic == "clearing":
        return [told for row in rows for told in clearing_notices.notices(row, account, venue)]
    if channel.topic == "mmp_trigger":
        tripped = any(_trips(channel, row, account, venue) for row in rows)
        return _freeze(channel, account, venue) if tripped else []
    if channel.topic == "trades":
        fills = _fills(channel, account, rows, venue)
        fields = [told_fill(venue, fill) for fill in fills]
        return [fields] if fields else []
    orders = _orders(channel, account, rows, venue)
    if channel.topic == "orders":
        return _order_messages(channel, orders.values(), venue)
    fills = _fills(channel, account, rows, venue)
    traded = (fill.instrument for fill in fills)
    touched = dict.fromkeys((*(order.instrument for order in orders.values()), *traded))
    return [
        _change_message(
            account,
            instrument,
            [order for order in orders.values() if order.instrument == instrument],
            [fill for fill in fills if fill.instrument == instrument],
            venue,
        )
        for instrument in touched
    ]


def snapshot(channel: PrivateChannel, account: int, venue: Venue) -> list[Any]:
    """Return what is pushed on subscribing: the ``data`` of each message of the present state.

    The portfolio, a margin call, close-out or freeze if there is one, the open orders, for changes the open
    orders and position of each instrument with either. Fills are events, not a state: none.
    """
    if channel.topic == "portfolio":
        return [summary_fields(venue.core, account)]
    if channel.topic == "clearing":
        return clearing_notices.standing(account, venue)
    if channel.topic == "mmp_trigger":
        return _freeze(channel, account, venue)
    if channel.topic == "trades":
        return []
    orders = [
        order
        for order in venue.views.orders.live(account)
        if _covers(channel, order.instrument, venue)
    ]
    if channel.topic == "orders":
        return _order_messages(channel, orders, venue)
    held = [i for i in held_instruments(venue.core, account) if _covers(channel, i, venue)]
    return [
        _change_message(
            account,
            instrument,
            [order for order in orders if order.instrument == instrument],
            (),
            venue,
        )
        for instrument in sorted({*held, *(order.instrument for order in orders)})
    ]
