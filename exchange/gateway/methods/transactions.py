"""private/get_transaction_log, get_settlement_history_by_currency, get_settlement_history_by_instrument.

Fields are those of the Deribit API v2. Its currencies' units are dollars here; what it calls an amount
counts contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from exchange.core.layout import (
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_TAG,
    EventKind,
)
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.lookup import family_of, instrument_named, instrument_numbered
from exchange.gateway.methods.order_fields import fill_price
from exchange.gateway.methods.params import (
    Count,
    Currency,
    InstrumentName,
    Offset,
    Timestamp,
)
from exchange.gateway.rpc import Context, method
from exchange.statements.journal import Entry
from exchange.statements.postings import PostingKind
from exchange.views.portfolio import CURRENCY
from exchange.views.trades import Fill, FillKind
from marketdata.messages import dollars, milliseconds

TypeName = Literal[
    "deposit", "withdrawal", "transfer", "trade", "correction", "delivery", "settlement", "relief"
]
TYPES: dict[PostingKind, TypeName] = {
    PostingKind.DEPOSIT: "deposit",
    PostingKind.WITHDRAWAL: "withdrawal",
    PostingKind.MOVE: "transfer",
    PostingKind.FEE: "correction",
    PostingKind.SETTLEMENT_FEE: "delivery",
    PostingKind.CORRECTION: "correction",
    PostingKind.VARIATION: "settlement",
    PostingKind.FUNDING: "settlement",
    PostingKind.RELIEF: "relief",
}
"""Kinds of posting in the dialect's words; relief is ours."""
SettlementType = Annotated[
    Literal["settlement", "delivery"], Meta(description="Ends of days, or final settlements")
]
_OF_TRADES = (
    EventKind.BLOCK_TRADED,
    EventKind.TRADE_BUSTED,
    EventKind.TRADE_ADJUSTED,
    EventKind.TRADE_GIVEN_UP,
)


class LogParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changed the account's cash between two times, newest first."""

    currency: Currency
    start_timestamp: Timestamp
    end_timestamp: Timestamp
    query: TypeName | None = None
    count: Count = 100
    continuation: Offset = 0


class HistoryParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Ends of days and final settlements of the account's positions, newest first."""

    currency: Currency
    type: SettlementType | None = None
    count: Count = 20
    continuation: Offset = 0


class InstrumentHistoryParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """As HistoryParams, of one instrument."""

    instrument_name: InstrumentName
    type: SettlementType | None = None
    count: Count = 20
    continuation: Offset = 0


def _newest(context: Context) -> Iterator[Entry | Fill]:
    """Yield the account's entries and fills, newest first, as far back as both are known."""
    venue, account = context.venue, context.account
    entries = venue.views.journal.entries(account)
    # What came beside the book is among the entries.
    fills = [fill for fill in venue.views.trades.fills(account) if fill.kind == FillKind.ORDER]
    known = len(entries) + len(fills) == venue.views.journal.count(account)
    since_ns = 0
    if not known:
        since_ns = max((kept[0].ts_ns for kept in (entries, fills) if kept), default=0)
    latest: list[Iterable[Entry | Fill]] = [reversed(entries), reversed(fills)]
    for each in merge(*latest, key=lambda each: each.ts_ns, reverse=True):
        if each.ts_ns < since_ns:
            return
        yield each


def _type(each: Entry | Fill) -> str:
    if isinstance(each, Fill) or each.event == EventKind.BLOCK_TRADED:
        return "trade"
    return TYPES[each.kind]


def _fields(context: Context, each: Entry | Fill) -> dict[str, Any]:
    if isinstance(each, Fill):
        return _fill_fields(context, each)
    return _entry_fields(context, each)


def _fill_fields(context: Context, fill: Fill) -> dict[str, Any]:
    instrument = instrument_numbered(context.venue, fill.instrument)
    return {
        "instrument_name": instrument.name,
        "side": "sell" if fill.side else "buy",
        "amount": fill.qty_lots,
        "price": fill_price(fill, instrument),
        "trade_id": str(fill.trade_id),
        "order_id": str(fill.order_id),
        "user_role": "maker" if fill.maker else "taker",
    }


def _entry_fields(context: Context, entry: Entry) -> dict[str, Any]:
    fields: dict[str, Any] = {"info": {"posting": entry.kind.value}}
    if entry.instrument < 0:
        return fields
    instrument = instrument_numbered(context.venue, entry.instrument)
    fields["instrument_name"] = instrument.name
    if entry.event in _OF_TRADES:
        fields["amount"] = entry.row[EVENT_QTY_LOTS]
        fields["price"] = instrument.price(entry.row[EVENT_PRICE_TICKS])
        fields["trade_id"] = str(entry.row[EVENT_TAG])
    elif entry.event == EventKind.SETTLED:
        fields["position"] = entry.row[EVENT_QTY_LOTS]
        fields["price"] = dollars(entry.row[EVENT_RESTING_FEE_MICROS])
    return fields


def _log(context: Context) -> Iterator[tuple[Entry | Fill, dict[str, Any]]]:
    """Yield everything known of the account's cash, newest first, with the balance after each."""
    venue, account = context.venue, context.account
    number = venue.views.journal.count(account)
    balance = venue.views.journal.balance_micros(account)
    for each in _newest(context):
        fee = each.fee_micros if isinstance(each, Fill) else 0
        change = -fee if isinstance(each, Fill) else each.amount_micros
        if _type(each) in ("trade", "delivery") and isinstance(each, Entry):
            fee = -each.amount_micros
        yield (
            each,
            {
                **_fields(context, each),
                "id": number,
                "user_seq": number,
                "user_id": account,
                "username": venue.core.account_names[account],
                "timestamp": milliseconds(each.ts_ns),
                "type": _type(each),
                "currency": CURRENCY,
                "change": dollars(change),
                "cashflow": dollars(change + fee),
                "commission": dollars(fee),
                "balance": dollars(balance),
            },
        )
        balance -= change
        number -= 1


def _page(found: list[dict[str, Any]], name: str, count: int, offset: int) -> dict[str, Any]:
    end = offset + count
    return {name: found[offset:end], "continuation": end if end < len(found) else None}


@method("private/get_transaction_log", scope="account:read", cost=5.0)
def get_transaction_log(context: Context, params: LogParams) -> dict[str, Any]:
    """Return what changed the account's cash, and its balance after each change."""
    if params.start_timestamp > params.end_timestamp:
        raise invalid_params("end_timestamp", "is before start_timestamp")
    family = family_of(context.venue, params.currency)
    found = [
        fields
        for each, fields in _log(context)
        if params.start_timestamp <= fields["timestamp"] <= params.end_timestamp
        and params.query in (None, fields["type"])
        and (
            family is None
            or (
                each.instrument >= 0
                and instrument_numbered(context.venue, each.instrument).family == family
            )
        )
    ]
    return _page(found, "logs", params.count, params.continuation)


def _settlements(
    context: Context, wanted: str | None, holds: Callable[[int], bool]
) -> list[dict[str, Any]]:
    """Return the account's settlements newest first; a day's variation and funding are one of them."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for entry in reversed(context.venue.views.journal.entries(context.account)):
        kind = TYPES[entry.kind]
        if kind not in ("settlement", "delivery") or wanted not in (None, kind):
            continue
        if not holds(entry.instrument):
            continue
        instrument = instrument_numbered(context.venue, entry.instrument)
        fields = found.setdefault(
            (entry.seq, entry.instrument),
            {
                "type": kind,
                "timestamp": milliseconds(entry.ts_ns),
                "instrument_name": instrument.name,
                "session_profit_loss": 0,
                "funding": 0,
            },
        )
        if entry.kind == PostingKind.VARIATION:
            fields["session_profit_loss"] = dollars(entry.amount_micros)
        elif entry.kind == PostingKind.FUNDING:
            fields["funding"] = dollars(entry.amount_micros)
        else:
            fields["position"] = entry.row[EVENT_QTY_LOTS]
            fields["mark_price"] = dollars(entry.row[EVENT_RESTING_FEE_MICROS])
            fields["index_price"] = fields["mark_price"]
            fields["commission"] = dollars(-entry.amount_micros)
    return list(found.values())


@method("private/get_settlement_history_by_currency", scope="trade:read", cost=5.0)
def get_settlement_history_by_currency(context: Context, params: HistoryParams) -> dict[str, Any]:
    """Return what ends of days and final settlements brought the account."""
    venue = context.venue
    family = family_of(venue, params.currency)

    def holds(number: int) -> bool:
        return family in (None, instrument_numbered(venue, number).family)

    found = _settlements(context, params.type, holds)
    return _page(found, "settlements", params.count, params.continuation)


@method("private/get_settlement_history_by_instrument", scope="trade:read", cost=5.0)
def get_settlement_history_by_instrument(
    context: Context, params: InstrumentHistoryParams
) -> dict[str, Any]:
    """Return what ends of days and final settlement of one instrument brought the account."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    found = _settlements(context, params.type, lambda other: other == number)
    return _page(found, "settlements", params.count, params.continuation)
