"""operator/status, list_actions, list_large_positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from exchange.core.layout import (
    INSTRUMENT_BAND_HIGH_TICKS,
    INSTRUMENT_BAND_LOW_TICKS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_MAX_POSITION_LOTS,
    INSTRUMENT_OPEN_INTEREST_LOTS,
    INSTRUMENT_STATE,
    Reason,
    State,
)
from exchange.gateway.methods.lookup import family_of, instrument_numbered
from exchange.gateway.methods.operator.action import READ
from exchange.gateway.methods.params import Count, Currency
from exchange.gateway.rpc import Context, method
from exchange.views.holds import index_hold, limit_hold, mark_hold
from exchange.views.large_positions import large_positions
from marketdata.messages import STATE_NAMES, dollars, milliseconds

if TYPE_CHECKING:
    from exchange.views.actions import TakenAction

Seq = Annotated[int, Meta(ge=1, le=2**62, description="Only actions before this one")]


class StatusParams(msgspec.Struct, forbid_unknown_fields=True):
    """The venue, and the unexpired instruments of a currency."""

    currency: Currency = "any"


class LargePositionsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Large positions, by account."""

    accountable: bool = False
    count: Count = 100


class ActionsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Actions, newest first."""

    count: Count = 20
    before_seq: Seq | None = None


@method("operator/status", scope=READ)
def status(context: Context, params: StatusParams) -> dict[str, Any]:
    """Return how the venue, its instruments and indices are, and what operators hold."""
    venue = context.venue
    core, holds, now_ns = venue.core, venue.views.holds, context.now_ns
    family = family_of(venue, params.currency)
    until = {name: ns for name, ns in holds.until_ns.items() if ns > now_ns}
    return {
        "venue": venue.status,
        "instruments": [
            _instrument_fields(context, number, until)
            for number, spec in enumerate(core.specs)
            if family in (None, spec.family)
            and core.instruments[number, INSTRUMENT_STATE] != State.EXPIRED
        ],
        "indices": [
            {
                "index_name": name,
                "index_price": dollars(core.index_prices[name]),
                "held_until": _until(until, index_hold(name)),
            }
            for name in core.index_names
            if name in core.index_prices
        ],
    }


def _until(until: dict[str, int], name: str) -> int | None:
    return milliseconds(until[name]) if name in until else None


def _instrument_fields(context: Context, number: int, until: dict[str, int]) -> dict[str, Any]:
    instrument = instrument_numbered(context.venue, number)
    row = context.venue.core.instrument(number).tolist()
    return {
        "instrument_name": instrument.name,
        "state": STATE_NAMES[row[INSTRUMENT_STATE]],
        "mark_price": instrument.price(row[INSTRUMENT_MARK_TICKS]),
        "min_price": instrument.price(row[INSTRUMENT_BAND_LOW_TICKS]),
        "max_price": instrument.price(row[INSTRUMENT_BAND_HIGH_TICKS]),
        "open_interest": row[INSTRUMENT_OPEN_INTEREST_LOTS],
        "held_until": _until(until, mark_hold(instrument.name)),
        "position_limit": row[INSTRUMENT_MAX_POSITION_LOTS],
        "limit_held_until": _until(until, limit_hold(instrument.name)),
    }


@method("operator/list_actions", scope=READ)
def list_actions(context: Context, params: ActionsParams) -> dict[str, Any]:
    """Return the audit trail: who did what, when, why, and what the core refused of it."""
    newest = context.venue.views.actions.newest(params.before_seq)
    found = [taken for taken, _ in zip(newest, range(params.count + 1), strict=False)]
    return {
        "actions": [_action_fields(taken) for taken in found[: params.count]],
        "has_more": len(found) > params.count,
    }


@method("operator/list_large_positions", scope=READ)
def list_large_positions(context: Context, params: LargePositionsParams) -> dict[str, Any]:
    """Return positions from the reportable level on, and those above an accountability level."""
    core = context.venue.core
    found = [
        large for large in large_positions(core) if large.accountable or not params.accountable
    ]
    return {
        "positions": [
            {
                "account": core.account_names[large.account],
                "currency": large.family,
                "instrument_name": core.specs[large.instrument].name
                if large.instrument >= 0
                else None,
                "size": large.lots,
                "accountability_level": large.level_lots or None,
                "accountable": large.accountable,
            }
            for large in found[: params.count]
        ],
        "has_more": len(found) > params.count,
    }


def _action_fields(taken: TakenAction) -> dict[str, Any]:
    action = taken.action
    return {
        "seq": taken.seq,
        "timestamp": milliseconds(taken.ts_ns),
        "operator": action.operator,
        "client_id": action.key,
        "method": action.method,
        "params": action.params,
        "reason": action.reason,
        "commands": taken.commands,
        "refused": [Reason(taken.refused[seq]).name.lower() for seq in sorted(taken.refused)],
    }
