"""operator/block_trade, give_up, bust, adjust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from exchange.core import mark_rule, trades
from exchange.core.blocks import MAX_REFERENCE
from exchange.core.commands import Command, Rows
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_SIDE,
    EVENT_TAG,
    INSTRUMENT_MARK_TICKS,
    VENUE_TRADES,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods import quantities
from exchange.gateway.methods.lookup import instrument_numbered
from exchange.gateway.methods.operator.action import (
    Operation,
    Reasoned,
    operation,
    refused_operation,
)
from exchange.gateway.methods.operator.selection import (
    AccountName,
    account_named,
    check_near,
    one_instrument,
)
from exchange.gateway.methods.params import Amount, InstrumentName, Price, TradeId
from exchange.gateway.rpc import Context
from marketdata.messages import dollars

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue
    from exchange.views.orders import Row

_DIRECTIONS = ("buy", "sell")
Reference = Annotated[
    str,
    Meta(max_length=MAX_REFERENCE, description="Of an EFP, what the futures are exchanged for"),
]


class BlockParams(Reasoned):
    """A trade that two accounts agreed beside the book."""

    buyer: AccountName
    seller: AccountName
    instrument_name: InstrumentName
    amount: Amount
    price: Price
    reference: Reference = ""
    force: bool = False


class GiveUpParams(Reasoned):
    """A trade, who executed it and who is to clear it."""

    trade_id: TradeId
    account: AccountName
    to_account: AccountName


class BustParams(Reasoned):
    """A trade that is to be undone."""

    trade_id: TradeId


class AdjustParams(Reasoned):
    """A trade and the price that it should have had."""

    trade_id: TradeId
    price: Price
    force: bool = False


@operation("operator/block_trade")
def block_trade(context: Context, params: BlockParams) -> Operation:
    """Enter a trade that two accounts agreed beside the book; both pay the taker's fee."""
    venue = context.venue
    buyer = account_named(venue, params.buyer, "buyer")
    seller = account_named(venue, params.seller, "seller")
    if buyer == seller:
        raise invalid_params("seller", "must not be the buyer")
    number = one_instrument(venue, params.instrument_name)
    qty_lots = quantities.lots(params.amount)
    least_lots = venue.core.specs[number].block_minimum_lots
    if qty_lots < least_lots:
        raise RpcError.named(
            "qty_too_low", f"a block has at least {least_lots} contracts", "amount"
        )
    price_ticks = _price_ticks(venue, number, params)
    if params.reference and not params.reference.isprintable():
        raise invalid_params("reference", "holds unprintable characters")

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        row = _told(outcomes[0], EventKind.BLOCK_TRADED)
        return {"trade_id": str(row[EVENT_TAG]), **_terms(venue, row), **_fees(row)}

    return Operation(
        [
            Command(
                CommandKind.BLOCK_TRADE,
                buyer,
                number,
                seller,
                price_ticks=price_ticks,
                qty_lots=qty_lots,
                text=params.reference,
            )
        ],
        answer,
    )


@operation("operator/give_up")
def give_up(context: Context, params: GiveUpParams) -> Operation:
    """Move a trade from the account that executed it to the one that clears it: lots, money and fee."""
    venue = context.venue
    executing = account_named(venue, params.account)
    clearing = account_named(venue, params.to_account, "to_account")
    trade_id, _ = _kept_trade(venue, params.trade_id)

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        row = _told(outcomes[0], EventKind.TRADE_GIVEN_UP)
        instrument = instrument_numbered(venue, row[EVENT_INSTRUMENT])
        return {
            "trade_id": params.trade_id,
            "instrument_name": instrument.name,
            "account": params.account,
            "to_account": params.to_account,
            "direction": _DIRECTIONS[row[EVENT_SIDE]],
            "price": instrument.price(row[EVENT_PRICE_TICKS]),
            "amount": row[EVENT_QTY_LOTS],
            "fee": dollars(row[EVENT_RESTING_FEE_MICROS]),
        }

    return Operation(
        [Command(CommandKind.GIVE_UP, executing, order_id=trade_id, qty_lots=clearing)], answer
    )


@operation("operator/bust")
def bust(context: Context, params: BustParams) -> Operation:
    """Undo a trade: both sides give back lots, money and fee, whatever the mark is by now."""
    venue = context.venue
    trade_id, _ = _kept_trade(venue, params.trade_id)

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        row = _told(outcomes[0], EventKind.TRADE_BUSTED)
        instrument = instrument_numbered(venue, row[EVENT_INSTRUMENT])
        mark_price = instrument.price(row[EVENT_LEAVES_LOTS])
        terms = {**_terms(venue, row), "mark_price": mark_price}
        return {"trade_id": params.trade_id, **terms, **_fees(row)}

    return Operation([Command(CommandKind.BUST, order_id=trade_id)], answer)


@operation("operator/adjust", amount="price")
def adjust(context: Context, params: AdjustParams) -> Operation:
    """Give a trade another price: one side pays the difference to the other."""
    venue = context.venue
    trade_id, trade = _kept_trade(venue, params.trade_id)
    price_ticks = _price_ticks(venue, int(trade[trades.TRADE_INSTRUMENT]), params)

    def answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        row = _told(outcomes[0], EventKind.TRADE_ADJUSTED)
        instrument = instrument_numbered(venue, row[EVENT_INSTRUMENT])
        former_price = instrument.price(row[EVENT_RESTING_LEAVES_LOTS])
        return {"trade_id": params.trade_id, "former_price": former_price, **_terms(venue, row)}

    return Operation(
        [Command(CommandKind.ADJUST, order_id=trade_id, price_ticks=price_ticks)], answer
    )


def _kept_trade(venue: Venue, text: str) -> tuple[int, Rows]:
    """Return the id and the row of a trade that can still be changed.

    Raises not_found (13020) where there is no such trade, other_reject (11030) where it is no longer kept.
    """
    trade_id = int(text)
    if not 1 <= trade_id <= int(venue.core.venue[VENUE_TRADES]):
        raise refused_operation(Reason.UNKNOWN_TRADE, "amount")
    trade = venue.core.trades.find(trade_id)
    if trade is None:
        raise refused_operation(Reason.TRADE_TOO_OLD, "amount")
    return trade_id, trade


def _price_ticks(venue: Venue, number: int, params: BlockParams | AdjustParams) -> int:
    """Return a price that the book could show and that is, unless forced, near the mark."""
    core, instrument = venue.core, instrument_numbered(venue, number)
    price_ticks = quantities.ticks(instrument, params.price)
    low, high = mark_rule.lowest_ticks(core, number), mark_rule.highest_ticks(core, number)
    if not low <= price_ticks <= high:
        reach = f"{instrument.price(low)} to {instrument.price(high)}"
        raise invalid_params("price", f"must be from {reach}, the prices of the book")
    mark_ticks = int(core.instruments[number, INSTRUMENT_MARK_TICKS])
    named = f"the mark {instrument.price(mark_ticks)}"
    check_near(price_ticks, mark_ticks, "price", named, params.force)
    return price_ticks


def _told(outcome: Outcome, kind: EventKind) -> Row:
    return next(row for row in outcome.events if row[EVENT_KIND] == kind)


def _terms(venue: Venue, row: Row) -> dict[str, Any]:
    instrument, names = instrument_numbered(venue, row[EVENT_INSTRUMENT]), venue.core.account_names
    return {
        "instrument_name": instrument.name,
        "buyer": names[row[EVENT_ACCOUNT]],
        "seller": names[row[EVENT_RESTING_ACCOUNT]],
        "price": instrument.price(row[EVENT_PRICE_TICKS]),
        "amount": row[EVENT_QTY_LOTS],
    }


def _fees(row: Row) -> dict[str, Any]:
    return {
        "buyer_fee": dollars(row[EVENT_FEE_MICROS]),
        "seller_fee": dollars(row[EVENT_RESTING_FEE_MICROS]),
    }
