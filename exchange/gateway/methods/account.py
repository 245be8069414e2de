"""private/get_account_summary, get_account_summaries, get_positions, get_position."""

from __future__ import annotations

from typing import Any

import msgspec

from exchange.core import hierarchy
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods.lookup import family_of, instrument_named, instrument_numbered
from exchange.gateway.methods.params import Currency, InstrumentParams, Kind
from exchange.gateway.methods.self_trading import config_of
from exchange.gateway.rpc import Context, method
from exchange.views.portfolio import (
    CURRENCY,
    held_instruments,
    position_fields,
    summary_fields,
)
from marketdata.kinds import in_kind


class SummaryParams(msgspec.Struct, forbid_unknown_fields=True):
    """The account's money in a currency, which is USD; extended adds who the account is."""

    currency: Currency
    extended: bool = False


class SummariesParams(msgspec.Struct, forbid_unknown_fields=True):
    """The account's money in every currency."""

    extended: bool = False


class PositionsParams(msgspec.Struct, forbid_unknown_fields=True):
    """The account's positions in a currency's instruments."""

    currency: Currency = "any"
    kind: Kind = "any"


def _identity(context: Context) -> dict[str, Any]:
    core = context.venue.core
    name = core.account_names[context.account]
    mode, extended = config_of(core, context.account)
    is_main = core.parents[context.account] == hierarchy.NO_PARENT
    return {
        "id": context.account,
        "username": name,
        "system_name": name,
        "type": "main" if is_main else "subaccount",
        "self_trading_reject_mode": mode,
        "self_trading_extended_to_subaccounts": extended,
    }


@method("private/get_account_summary", scope="account:read")
def get_account_summary(context: Context, params: SummaryParams) -> dict[str, Any]:
    """Return equity, margin, available funds and profit of the account."""
    if params.currency != CURRENCY:
        raise invalid_params("currency", f"invalid currency; accounts are kept in {CURRENCY}")
    fields = summary_fields(context.venue.core, context.account)
    return {**_identity(context), **fields} if params.extended else fields


@method("private/get_account_summaries", scope="account:read")
def get_account_summaries(context: Context, params: SummariesParams) -> dict[str, Any]:
    """Return the account with its summaries, one a currency: always one, in USD."""
    summary = summary_fields(context.venue.core, context.account)
    return {**_identity(context), "summaries": [summary]}


@method("private/get_positions", scope="trade:read")
def get_positions(context: Context, params: PositionsParams) -> list[dict[str, Any]]:
    """Return the positions that are not flat, in the order of listing."""
    family = family_of(context.venue, params.currency)
    core, marks = context.venue.core, context.venue.views.marks
    return [
        position_fields(core, context.account, instrument, marks.index_micros(instrument))
        for instrument in held_instruments(core, context.account)
        if family in (None, core.specs[instrument].family)
        and in_kind(params.kind, instrument_numbered(context.venue, instrument))
    ]


@method("private/get_position", scope="trade:read")
def get_position(context: Context, params: InstrumentParams) -> dict[str, Any]:
    """Return the position in one instrument; a flat one has direction zero."""
    number = instrument_named(context.venue, params.instrument_name).instrument_id
    index_micros = context.venue.views.marks.index_micros(number)
    return position_fields(context.venue.core, context.account, number, index_micros)
