"""public/get_currencies, get_instruments, get_instrument."""

from __future__ import annotations

from typing import Any

import msgspec

from exchange.gateway.methods.lookup import family_of, instrument_named
from exchange.gateway.methods.params import Currency, InstrumentParams, Kind
from exchange.gateway.rpc import Context, NoParams, method
from exchange.views.portfolio import CURRENCY
from marketdata.kinds import in_kind
from marketdata.messages import State


class InstrumentsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Instruments of a currency; expired asks for the expired ones instead."""

    currency: Currency = "any"
    kind: Kind = "any"
    expired: bool = False


def _currency(name: str, long_name: str) -> dict[str, Any]:
    return {
        "currency": name,
        "currency_long": long_name,
        "coin_type": name,
        "network_currency": name,
        "fee_precision": 6,
        "min_confirmations": 0,
        "withdrawal_fee": 0,
        "min_withdrawal_fee": 0,
        "network_fee": 0,
        "withdrawal_priorities": [],
        "in_cross_collateral_pool": name == CURRENCY,
    }


@method("public/get_currencies")
def get_currencies(context: Context, params: NoParams) -> list[dict[str, Any]]:
    """Return USD, in which all is paid, and each product family as a base currency."""
    market = context.venue.market
    families = [
        _currency(family, f"{market.instruments(family)[0].underlying} GPU-hours ({family})")
        for family in market.families()
    ]
    return [_currency(CURRENCY, "US dollar"), *families]


@method("public/get_instruments")
def get_instruments(context: Context, params: InstrumentsParams) -> list[dict[str, Any]]:
    """Return the instruments of a currency, in the order of listing."""
    market = context.venue.market
    family = family_of(context.venue, params.currency)
    return [
        market.instrument_fields(instrument.instrument_id)
        for instrument in market.instruments(family)
        if in_kind(params.kind, instrument)
        and (market.state(instrument.instrument_id) == State.EXPIRED) == params.expired
    ]


@method("public/get_instrument")
def get_instrument(context: Context, params: InstrumentParams) -> dict[str, Any]:
    """Return one instrument."""
    instrument = instrument_named(context.venue, params.instrument_name)
    return context.venue.market.instrument_fields(instrument.instrument_id)
