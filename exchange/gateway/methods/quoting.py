"""private/mass_quote, private/cancel_quotes: an account's quotes, replaced or withdrawn as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.core.commands import Command
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_TAG,
    CommandKind,
    EventKind,
    Instruction,
    Reason,
)
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.cancelling import counting
from exchange.gateway.methods.lookup import instrument_named, instrument_numbered, instruments_of
from exchange.gateway.methods.order_fields import FillFields, OrderFields, order_fields
from exchange.gateway.methods.outcomes import rejection
from exchange.gateway.methods.placing import own_trades
from exchange.gateway.methods.quote_levels import Ladder, Level, ladders
from exchange.gateway.methods.quote_params import (
    CANCEL_TYPES,
    CancelQuotesParams,
    MassQuoteParams,
)
from exchange.gateway.methods.reasons import refused_order
from exchange.gateway.rpc import Context, Sequenced, method
from marketdata.kinds import in_kind
from marketdata.messages import Instrument
from matching.layout import Side

if TYPE_CHECKING:
    from exchange.venue import Outcome, Venue

_MASS_QUOTE = int(CommandKind.MASS_QUOTE)
_CHANGES = (int(EventKind.ACCEPTED), int(EventKind.AMENDED), int(EventKind.CANCELLED))
_QUOTE = int(Instruction.QUOTE)
_SELL = int(Side.SELL)
_OF_A_LEVEL = (Reason.INVALID_PRICE, Reason.PRICE_BELOW_BAND, Reason.PRICE_ABOVE_BAND)
"""Why one level makes the core refuse all those of its instrument."""

COST = 10.0
"""What a mass quote takes of the allowance, whatever its size."""


@method("private/mass_quote", scope="trade:read_write", cost=COST)
def mass_quote(context: Context, params: MassQuoteParams) -> Sequenced:
    """Replace all that the account quotes in the instruments named, each in one step.

    A quote at a side and price where the account quotes already is amended and keeps its place unless
    its amount grows; the others are new orders; quotes that the message does not repeat are cancelled.
    """
    venue, account = context.venue, context.account
    asked = ladders(venue, params)
    prevention = venue.core.preventions.get(account, 0)
    commands = [command for ladder in asked for command in ladder.commands(account, prevention)]

    def respond(outcomes: list[Outcome]) -> dict[str, Any]:
        errors: list[dict[str, Any]] = []
        start = 0
        for ladder in asked:
            end = start + 1 + len(ladder.levels)
            errors += _errors(venue, account, ladder, outcomes[start:end])
            start = end
        answer: dict[str, Any] = {"errors_count": len(errors), "errors": errors}
        if params.quote_id:
            answer["quote_id"] = params.quote_id
        if params.detailed:
            answer["orders"], answer["trades"] = _changes(venue, account, outcomes)
        return answer

    return Sequenced(commands, respond)


def _errors(
    venue: Venue, account: int, ladder: Ladder, outcomes: list[Outcome]
) -> list[dict[str, Any]]:
    """Return what became of no order, with the reason: one level, or all where all were refused."""
    whole = rejection(outcomes[0].events)
    errors: list[dict[str, Any]] = []
    if whole is not None and not ladder.levels:
        error = refused_order(venue.core, account, ladder.instrument, whole[EVENT_TAG])
        errors.append(_error_fields(ladder.instrument, error))
    for level, outcome in zip(ladder.levels, outcomes[1:], strict=True):
        row = rejection(outcome.events) or whole
        if row is not None:
            error = refused_order(venue.core, account, ladder.instrument, row[EVENT_TAG])
            if row is whole and row[EVENT_TAG] in _OF_A_LEVEL:
                error.data["reason"] = (
                    f"{error.data['reason']} (this quote, or another one of the instrument)"
                )
            errors.append(_level_fields(ladder.instrument, level, error))
    return errors


def _error_fields(instrument: Instrument, error: RpcError) -> dict[str, Any]:
    return {
        "instrument_name": instrument.name,
        "error": {"code": error.code, "message": error.message, "data": error.data},
    }


def _level_fields(instrument: Instrument, level: Level, error: RpcError) -> dict[str, Any]:
    return {
        **_error_fields(instrument, error),
        "side": "ask" if level.side == _SELL else "bid",
        "price": instrument.price(level.price_ticks),
    }


def _changes(
    venue: Venue, account: int, outcomes: list[Outcome]
) -> tuple[list[OrderFields], list[FillFields]]:
    """Return the quotes that commands entered, amended or cancelled, and what these traded on entry."""
    orders: dict[int, OrderFields] = {}
    trades: list[FillFields] = []
    for outcome in outcomes:
        for row in outcome.events:
            if row[EVENT_KIND] not in _CHANGES or row[EVENT_ACCOUNT] != account:
                continue
            order = venue.views.orders.get(account, row[EVENT_ORDER_ID])
            if order is None or not order.instructions & _QUOTE or order.order_id in orders:
                continue
            instrument = instrument_numbered(venue, order.instrument)
            orders[order.order_id] = order_fields(order, instrument)
            trades += own_trades(venue, account, instrument, order, outcome.events)
    return list(orders.values()), trades


@method("private/cancel_quotes", scope="trade:read_write")
def cancel_quotes(context: Context, params: CancelQuotesParams) -> int | Sequenced:
    """Cancel quotes, orders of mass quotes, and no others; return how many were."""
    account = context.account
    commands = [
        Command(_MASS_QUOTE, account, instrument.instrument_id)
        for instrument in _chosen_instruments(context.venue, params)
    ]
    return Sequenced(commands, counting(account)) if commands else 0


def _chosen_instruments(venue: Venue, params: CancelQuotesParams) -> list[Instrument]:
    wanted = params.cancel_type
    if wanted not in CANCEL_TYPES:
        raise invalid_params("cancel_type", f"offered: {', '.join(CANCEL_TYPES)}")
    for name, value, goes_with in (
        ("instrument_name", params.instrument_name, ("instrument",)),
        ("currency", params.currency, ("currency", "instrument_kind")),
        ("kind", params.kind, ("currency", "instrument_kind")),
    ):
        if value is not None and wanted not in goes_with:
            raise invalid_params(name, f"does not go with cancel_type {wanted}")
    if wanted == "instrument":
        if params.instrument_name is None:
            raise invalid_params("instrument_name", "is required for cancel_type instrument")
        return [instrument_named(venue, params.instrument_name)]
    if wanted == "currency" and params.currency is None:
        raise invalid_params("currency", "is required for cancel_type currency")
    if wanted == "instrument_kind" and params.kind is None:
        raise invalid_params("kind", "is required for cancel_type instrument_kind")
    instruments = instruments_of(venue, params.currency or "any")
    kind = params.kind or "any"
    return [instrument for instrument in instruments if in_kind(kind, instrument)]
