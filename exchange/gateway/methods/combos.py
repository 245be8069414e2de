"""public/get_combos, get_combo_ids, get_combo_details."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from exchange.gateway.errors import RpcError
from exchange.gateway.methods.lookup import instruments_of
from exchange.gateway.methods.params import Currency
from exchange.gateway.rpc import Context, method
from marketdata.messages import State

ComboState = Annotated[
    Literal["active", "inactive"] | None,
    Meta(description="Only combos that are open (`active`) or not; all for none"),
]
ComboId = Annotated[
    str, Meta(min_length=1, max_length=64, description="A combo's id: its `instrument_name`")
]


class CombosParams(msgspec.Struct, forbid_unknown_fields=True):
    """Combos of a currency."""

    currency: Currency = "any"


class ComboIdsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Combos of a currency and state."""

    currency: Currency = "any"
    state: ComboState = None


class ComboParams(msgspec.Struct, forbid_unknown_fields=True):
    """One combo."""

    combo_id: ComboId


def _combos(context: Context, currency: str) -> list[dict[str, Any]]:
    market = context.venue.market
    return [
        market.combo_fields(one.instrument_id)
        for one in instruments_of(context.venue, currency)
        if one.legs and market.state(one.instrument_id) != State.EXPIRED
    ]


@method("public/get_combos")
def get_combos(context: Context, params: CombosParams) -> list[dict[str, Any]]:
    """Return the combos of a currency that have not expired, in the order of listing."""
    return _combos(context, params.currency)


@method("public/get_combo_ids")
def get_combo_ids(context: Context, params: ComboIdsParams) -> list[str]:
    """Return the ids of a currency's combos that have not expired, in the order of listing."""
    found = _combos(context, params.currency)
    return [combo["id"] for combo in found if params.state in (None, combo["state"])]


@method("public/get_combo_details")
def get_combo_details(context: Context, params: ComboParams) -> dict[str, Any]:
    """Return one combo."""
    combo = context.venue.instruments.get(params.combo_id)
    if combo is None or not combo.legs:
        reason = f"no combo is named {params.combo_id}; public/get_combo_ids lists them"
        raise RpcError.named("not_found", reason, "combo_id")
    return context.venue.market.combo_fields(combo.instrument_id)
